"""Pictures of the web: fetched here, never by the server, with bounds to everything."""

import time
from typing import BinaryIO, Final
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError

from imghost import text
from imghost.errors import Failure
from imghost.server import USER_AGENT
from imghost.spool import filled

#: Seconds, for all of it.
PATIENCE: Final = 60.0
REDIRECTS: Final = 5
_CHUNK: Final = 64 * 1024
#: Servers that don't know what they serve say one of these. The bytes decide later.
_UNKNOWN: Final = {"", "application/octet-stream", "binary/octet-stream"}


def download(url: str, limit: int, http: urllib3.PoolManager) -> BinaryIO:
    """Download a picture into a file.

    Raises:
        Failure: it does not come, is no picture, or has more than `limit` bytes.
    """
    end = time.monotonic() + PATIENCE
    try:
        answer = _follow(url, http, end)
        try:
            return filled(lambda file: _copy(answer, file, limit, end))
        finally:
            # What is left of a body that is not wanted is not waited for.
            answer.close()
    except (HTTPError, LocationParseError, UnicodeError) as error:
        raise Failure(f"It can't be fetched ({text.plain(str(error.__cause__ or error))}).") from error


def _follow(url: str, http: urllib3.PoolManager, end: float) -> urllib3.BaseHTTPResponse:
    for _ in range(REDIRECTS + 1):
        answer = http.request(
            "GET",
            url,
            headers={"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": USER_AGENT},
            timeout=urllib3.Timeout(connect=_left(end), read=_left(end)),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        target = answer.get_redirect_location()
        if not target:
            return answer
        answer.close()
        target = urljoin(url, target)
        schemes = urlsplit(url).scheme, urlsplit(target).scheme
        if schemes[1] not in ("http", "https") or schemes == ("https", "http"):
            raise Failure(f"It can't be fetched: its server sends us on to {text.plain(target)}.")
        url = target
    raise Failure(f"It can't be fetched: its server sends us on more than {REDIRECTS} times.")


def _copy(answer: urllib3.BaseHTTPResponse, file: BinaryIO, limit: int, end: float) -> None:
    if answer.status != 200:
        raise Failure(f"It can't be fetched: its server answers {answer.status}.")
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in _UNKNOWN and not kind.startswith("image/"):
        raise Failure(f"It is no picture: its server calls it {text.plain(kind)}.")
    length = answer.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and int(length) > limit:
        raise Failure(f"It is {text.size(int(length))}; the server takes {text.size(limit)} at most.")
    count = 0
    # read1 returns what has come, so that drops of a slow server can't keep us beyond the time.
    while data := answer.read1(_CHUNK):
        _left(end)
        count += len(data)
        if count > limit:
            raise Failure(f"It is larger than the {text.size(limit)} that the server takes at most.")
        file.write(data)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise Failure(f"It can't be fetched: it takes longer than {PATIENCE:.0f} seconds.")
    return left
