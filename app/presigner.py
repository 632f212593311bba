"""Presigned URLs of S3: AWS Signature Version 4 in the query, of any body.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
The URLs are botocore's to the byte; docs/adr/0009-own-presigner.md says why it does not make them itself.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, Protocol
from urllib.parse import quote, urlsplit

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Credentials(Protocol):
    """What botocore's frozen credentials are. `token` is that of a role."""

    @property
    def access_key(self) -> str: ...  # noqa: D102
    @property
    def secret_key(self) -> str: ...  # noqa: D102
    @property
    def token(self) -> str | None: ...  # noqa: D102


class Presigner:
    """Signs requests for the objects below `base_url`, which ends in front of a key. Thread-safe."""

    def __init__(self, base_url: str, region: str) -> None:
        parts = urlsplit(base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        # As clients send it: without the port that they would take anyway.
        default = parts.port in (None, _DEFAULT_PORTS[parts.scheme])
        self._host = (parts.netloc.rpartition(":")[0] if default and parts.port else parts.netloc).lower()
        self._path = parts.path
        self._region = region

    def presign(
        self, method: str, key: str, headers: Mapping[str, str], credentials: Credentials, expires: int, now: datetime
    ) -> str:
        """Return the URL that is good for `expires` seconds from `now` (UTC), for who sends all `headers` as given."""
        timestamp = now.strftime("%Y%m%dT%H%M%SZ")
        date = timestamp[:8]
        scope = f"{date}/{self._region}/s3/aws4_request"
        path = self._path + quote(key)
        signed = {"host": self._host}
        for name, value in headers.items():
            signed[name.lower()] = " ".join(value.split())
        names = sorted(signed)
        parameters = [
            f"X-Amz-Algorithm={_ALGORITHM}",
            f"X-Amz-Credential={_quote(f'{credentials.access_key}/{scope}', '/')}",
            f"X-Amz-Date={timestamp}",
            f"X-Amz-Expires={expires}",
            f"X-Amz-SignedHeaders={_quote(';'.join(names), ';')}",
        ]
        if credentials.token is not None:
            parameters.append(f"X-Amz-Security-Token={_quote(credentials.token, '/+=')}")
        request = "\n".join(
            (
                method,
                path,
                "&".join(sorted(parameters)),
                *(f"{name}:{signed[name]}" for name in names),
                "",
                ";".join(names),
                "UNSIGNED-PAYLOAD",
            )
        )
        to_sign = f"{_ALGORITHM}\n{timestamp}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        signature = _hmac(_signing_key(credentials.secret_key, date, self._region), to_sign).hex()
        return f"{self._origin}{path}?{'&'.join(parameters)}&X-Amz-Signature={signature}"


# A day's key, and the next one's about midnight; those of the credentials before and after a role's are renewed.
@lru_cache(maxsize=4)
def _signing_key(secret_key: str, date: str, region: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, "s3", "aws4_request"):
        key = _hmac(key, part)
    return key


def _quote(value: str, separators: str) -> str:
    """Quote all that is not unreserved; fast where it is `separators` alone, as `quote` is where there is nothing."""
    quoted = quote(value, safe=separators)
    for separator in separators:
        quoted = quoted.replace(separator, f"%{ord(separator):02X}")
    return quoted


def _hmac(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")
