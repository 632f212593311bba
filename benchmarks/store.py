"""A store that costs next to nothing and answers after a delay: `python -m benchmarks.store PORT SECONDS KEYS`.

It answers the calls of `complete`, of pages, and of `flask images list`, checks no signature and keeps nothing: every
staged object is the same photo, and every public one; an album has as many of it as the last digits of its id say;
every copy succeeds; and a listing has KEYS keys, 1,000 a page, as S3 sends them. So a benchmark measures the API,
without a SeaweedFS on the same cores. The tests prove on a real store that answers are right.
"""

import asyncio
import re
import sys
import uuid
from functools import cache
from typing import Final
from urllib.parse import parse_qs, urlsplit

from app.storage import Album, Shown
from benchmarks.photos import photo
from benchmarks.servers import INIT_REQUEST

_ETAG: Final = '"0123456789abcdef0123456789abcdef"'
_XMLNS: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PAGE: Final = 1000
_PUBLIC: Final = (
    f"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {INIT_REQUEST['size']}\r\nETag: {_ETAG}\r\n"
    "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-amz-meta-width: 4000\r\nx-amz-meta-height: 3000\r\n"
    "Content-Disposition: inline; filename*=UTF-8''photo.jpg\r\n\r\n"
).encode()


@cache
def _album(pictures: int) -> bytes:
    shown = tuple(
        Shown(f"{uuid.UUID(int=place)}.jpg", "A caption", "photo.jpg", INIT_REQUEST["size"], 4000, 3000)
        for place in range(pictures)
    )
    return Album("", "Holiday", shown[0].key, shown, 1_790_000_000).to_json()


class Store(asyncio.Protocol):
    """One connection."""

    def __init__(self, delay: float, keys: int) -> None:
        self._delay = delay
        self._keys = keys
        self._head = photo(600, 800)[: 64 * 1024]
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request, after the delay."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1")
            length = re.search(r"(?i)\r\ncontent-length: *(\d+)", head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            answer = self._answer(head)
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, answer)

    def _answer(self, head: str) -> bytes:
        method, target, _ = head.partition("\r\n")[0].split(" ")
        url = urlsplit(target)
        query = parse_qs(url.query)
        if method == "GET" and "list-type" in query:
            return _http("200 OK", self._list(query).encode())
        if method == "GET" and "/incoming/" in url.path:
            extra = f"Content-Range: bytes 0-{len(self._head) - 1}/{INIT_REQUEST['size']}\r\nETag: {_ETAG}\r\n"
            return _http("206 Partial Content", self._head, "image/jpeg", extra)
        if method == "PUT" and "/uploads/" in url.path:
            modified = "<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            return _http(
                "200 OK", f"{_XML}<CopyObjectResult {_XMLNS}><ETag>{_ETAG}</ETag>{modified}</CopyObjectResult>".encode()
            )
        if method == "GET" and "/albums/" in url.path:
            album = _album(int(url.path.removesuffix(".json")[-12:]))
            extra = f"Content-Range: bytes 0-{len(album) - 1}/{len(album)}\r\nETag: {_ETAG}\r\n"
            return _http("206 Partial Content", album, "application/json", extra)
        if method == "HEAD" and "/uploads/" in url.path:
            return _PUBLIC
        if method == "HEAD" and "/incoming/deleted/" in url.path:
            return _http("404 Not Found", b"")
        return _http("200 OK", b"")

    def _list(self, query: dict[str, list[str]]) -> str:
        keys = self._keys if query["prefix"] == ["uploads/"] else 0
        start = int(query.get("continuation-token", ["0"])[0])
        end = min(start + _PAGE, keys)
        contents = "".join(
            f"<Contents><Key>uploads/{uuid.UUID(int=(number << 64) | 0x4000800000000000)}.jpg</Key>"
            f"<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>{_ETAG}</ETag><Size>2500000</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for number in range(start, end)
        )
        more = f"<NextContinuationToken>{end}</NextContinuationToken>" if end < keys else ""
        return (
            f"{_XML}<ListBucketResult {_XMLNS}><Name>images</Name><Prefix>uploads/</Prefix>"
            f"<KeyCount>{end - start}</KeyCount><MaxKeys>{_PAGE}</MaxKeys>"
            f"<IsTruncated>{str(bool(more)).lower()}</IsTruncated>{more}{contents}</ListBucketResult>"
        )


def _http(status: str, body: bytes, content_type: str = "application/xml", extra: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


async def _serve(port: int, delay: float, keys: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Store(delay, keys), "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
