"""AWS Signature Version 4 of S3: in the query, of any body, and in a header, of one body.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
Both are the same to the byte as botocore's; docs/adr/0009-own-presigner.md says why botocore does not make them.
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
    """What we use of botocore's frozen credentials. Only a role's have a `token`."""

    @property
    def access_key(self) -> str: ...  # noqa: D102
    @property
    def secret_key(self) -> str: ...  # noqa: D102
    @property
    def token(self) -> str | None: ...  # noqa: D102


class Presigner:
    """Signs requests for objects whose URL is `base_url` and a key. Thread-safe."""

    def __init__(self, base_url: str, region: str) -> None:
        parts = urlsplit(base_url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        # Clients leave the scheme's own port out of the Host header, and so does the signature.
        default = parts.port in (None, _DEFAULT_PORTS[parts.scheme])
        self._host = (parts.netloc.rpartition(":")[0] if default and parts.port else parts.netloc).lower()
        self._path = parts.path
        self._region = region

    def presign(
        self, method: str, key: str, headers: Mapping[str, str], credentials: Credentials, expires: int, now: datetime
    ) -> str:
        """Return a URL for one request, which must carry all `headers` exactly as given.

        Args:
            method: such as PUT.
            key: what follows `base_url`, not quoted.
            headers: to be signed, with any spelling of their names; Host is added.
            credentials: whose request it will be.
            expires: seconds from `now` until the store refuses the URL.
            now: in UTC.
        """
        timestamp = now.strftime("%Y%m%dT%H%M%SZ")
        scope = self._scope(timestamp)
        path = self._path + quote(key)
        signed = self._canonical(headers)
        names = ";".join(sorted(signed))
        parameters = [
            f"X-Amz-Algorithm={_ALGORITHM}",
            f"X-Amz-Credential={_quote(f'{credentials.access_key}/{scope}', '/')}",
            f"X-Amz-Date={timestamp}",
            f"X-Amz-Expires={expires}",
            f"X-Amz-SignedHeaders={_quote(names, ';')}",
        ]
        if credentials.token is not None:
            parameters.append(f"X-Amz-Security-Token={_quote(credentials.token, '/+=')}")
        query = "&".join(sorted(parameters))
        signature = self._sign(method, path, query, signed, "UNSIGNED-PAYLOAD", credentials, timestamp)
        return f"{self.origin}{path}?{'&'.join(parameters)}&X-Amz-Signature={signature}"

    def sign(
        self, method: str, key: str, headers: Mapping[str, str], body: bytes, credentials: Credentials, now: datetime
    ) -> tuple[str, dict[str, str]]:
        """Return the URL of one request that we send ourselves, and its headers; all of `headers` are signed.

        Args:
            method: such as PUT.
            key: what follows `base_url`, not quoted.
            headers: with any spelling of their names; Host is signed too, and our HTTP client adds it.
            body: all of it.
            credentials: whose request it is.
            now: in UTC; the store accepts the request for some minutes before and after.
        """
        timestamp = now.strftime("%Y%m%dT%H%M%SZ")
        path = self._path + quote(key)
        digest = sha256(body).hexdigest()
        sent = {**headers, "X-Amz-Date": timestamp, "X-Amz-Content-SHA256": digest}
        if credentials.token:
            sent["X-Amz-Security-Token"] = credentials.token
        signed = self._canonical(sent)
        signature = self._sign(method, path, "", signed, digest, credentials, timestamp)
        sent["Authorization"] = (
            f"{_ALGORITHM} Credential={credentials.access_key}/{self._scope(timestamp)}, "
            f"SignedHeaders={';'.join(sorted(signed))}, Signature={signature}"
        )
        return self.origin + path, sent

    def _scope(self, timestamp: str) -> str:
        return f"{timestamp[:8]}/{self._region}/s3/aws4_request"

    def _canonical(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {"host": self._host} | {name.lower(): " ".join(value.split()) for name, value in headers.items()}

    def _sign(
        self,
        method: str,
        path: str,
        query: str,
        signed: Mapping[str, str],
        digest: str,
        credentials: Credentials,
        timestamp: str,
    ) -> str:
        names = sorted(signed)
        lines = (method, path, query, *(f"{name}:{signed[name]}" for name in names), "", ";".join(names), digest)
        request = sha256("\n".join(lines).encode()).hexdigest()
        to_sign = f"{_ALGORITHM}\n{timestamp}\n{self._scope(timestamp)}\n{request}"
        return _hmac(_signing_key(credentials.secret_key, timestamp[:8], self._region), to_sign).hex()


# Four, because two days' keys are in use around midnight, and two credentials' while a role renews its own.
@lru_cache(maxsize=4)
def _signing_key(secret_key: str, date: str, region: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, "s3", "aws4_request"):
        key = _hmac(key, part)
    return key


def _quote(value: str, separators: str) -> str:
    """Percent-encode all but unreserved characters.

    `quote` is fast only if it finds nothing to do: so it skips the `separators` that `value` is known to have.
    """
    quoted = quote(value, safe=separators)
    for separator in separators:
        quoted = quoted.replace(separator, f"%{ord(separator):02X}")
    return quoted


def _hmac(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")
