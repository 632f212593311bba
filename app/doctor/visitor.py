"""A browser or a stranger: requests without credentials, as the internet would send them."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3
from urllib3 import exceptions

#: Seconds to connect, and seconds between two pieces of an answer, or of a body that is sent.
CONNECT_TIMEOUT: Final = 5
READ_TIMEOUT: Final = 30
#: Bytes of an answer that are read; no check needs more.
MOST: Final = 1024 * 1024
#: Requests at once.
CROWD: Final = 20

_CERTIFICATE: Final = "Mend the certificate; for an authority of your own, set SSL_CERT_FILE to its certificate"


class Unreachable(Exception):
    """There is no answer; the message says why, without a full stop, and `remedy` what mends it, if that is sure."""

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 2xx."""
        return 200 <= self.status < 300


class Visitor:
    """Sends requests one by one, follows no redirect and repeats nothing. Thread-safe.

    It trusts the authorities of this machine, and that of `authority` as well.
    """

    def __init__(self, authority: Path | None) -> None:
        context = ssl.create_default_context()
        if authority:
            context.load_verify_locations(authority)
        self._pool = urllib3.PoolManager(
            maxsize=CROWD,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
            ssl_context=context,
        )

    def ask(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
        """Send a request.

        Raises:
            Unreachable: there is no answer.
        """
        try:
            answer = self._pool.request(method, url, body=body, headers=headers, redirect=False, preload_content=False)
            try:
                data = answer.read(MOST)
            finally:
                answer.close()
        except (exceptions.HTTPError, OSError) as error:
            raise _explain(error) from error
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, data)


def _explain(error: Exception) -> Unreachable:
    match error:
        case exceptions.SSLError() if "CERTIFICATE" in str(error):
            return Unreachable(f"its certificate is not trusted here ({error})", _CERTIFICATE)
        case exceptions.SSLError():
            return Unreachable(f"it does not speak TLS ({error})", "Begin the address with http://, or mend its TLS")
        case exceptions.NameResolutionError():
            return Unreachable("its name has no address")
        case exceptions.NewConnectionError():
            return Unreachable((getattr(error.__cause__, "strerror", None) or "there is no connection").lower())
        case exceptions.ConnectTimeoutError():
            return Unreachable(f"nothing answers within {CONNECT_TIMEOUT} seconds")
        case exceptions.ReadTimeoutError():
            return Unreachable(f"no answer comes within {READ_TIMEOUT} seconds")
    return Unreachable(f"the connection breaks off ({error})")
