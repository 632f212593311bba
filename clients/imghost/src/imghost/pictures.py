"""From a file to what is sent in its place: known by its bytes, without metadata, hashed."""

import hashlib
import mmap
import os
import re
import sys
from dataclasses import dataclass
from typing import BinaryIO, Final

from imghost import text
from imghost.errors import Failure
from imghost.server import CHUNK
from imghost.strip import BrokenPicture, NotShown, strip
from imghost.wire import Limits

#: Enough for every signature below, and for comments before an <svg>.
HEAD: Final = 1024
#: Bytes. What is larger is mapped, not read; what is smaller is read, so that an editor that cuts a file short while it
#: is sent can't kill us (SIGBUS).
_MAPPED: Final = 32 * 1024 * 1024

_SVG: Final = re.compile(rb"(\xef\xbb\xbf)?\s*<(svg|\?xml|!--|!doctype svg)", re.IGNORECASE)
_HEIC: Final = re.compile(rb"hei[cxms]|hev[cxms]")
_NAMES: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WebP",
    "image/avif": "AVIF",
}


@dataclass(frozen=True)
class Prepared:
    """What is sent. `parts` are views, mostly of the file itself; `digest` is SHA-256."""

    content_type: str
    parts: list[memoryview]
    size: int
    digest: bytes


def prepare(file: BinaryIO, limits: Limits, *, keep_metadata: bool) -> Prepared:
    """Look at a file, and make what is sent of it.

    Raises:
        Failure: the server would refuse it, or its metadata can't be found.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    content_type = judge(file.read(HEAD), size, limits)
    file.seek(0)
    data = _contents(file, size)
    try:
        # A server bounds the work; here whoever waits for it has asked for it, and may press Ctrl-C.
        found = [data] if keep_metadata else strip(data, content_type, steps=sys.maxsize)
    except BrokenPicture as error:
        raise Failure(
            "It is damaged: its metadata can't be found, and so can't be removed. --keep-metadata sends it as it is."
        ) from error
    except NotShown as error:
        raise Failure("No browser shows such a picture.") from error
    parts = [memoryview(part) for part in found]
    digest = hashlib.sha256()
    for part in parts:
        for start in range(0, len(part), CHUNK):
            digest.update(part[start : start + CHUNK])
    return Prepared(content_type, parts, sum(len(part) for part in parts), digest.digest())


def _contents(file: BinaryIO, size: int) -> bytes | mmap.mmap:
    if size <= _MAPPED:
        return file.read()
    try:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise Failure("Somebody has emptied the file meanwhile.") from error


def judge(head: bytes, size: int, limits: Limits) -> str:
    """Return the type of a picture that the server takes.

    Raises:
        Failure: it takes none like this; the sentence names the limit.
    """
    if not size:
        raise Failure("The file is empty.")
    content_type = sniff(head)
    accepted = ", ".join(_NAMES.get(each, each) for each in limits.content_types)
    if content_type is None:
        raise Failure(f"It is no picture that the server takes. It takes {accepted}.")
    if content_type not in limits.content_types:
        name = {"image/svg+xml": "SVG", "image/heic": "HEIC"}.get(content_type) or _NAMES[content_type]
        raise Failure(f"The server does not take {name}: convert it. It takes {accepted}.")
    if size > limits.max_upload_bytes:
        raise Failure(f"It is {text.size(size)}; the server takes {text.size(limits.max_upload_bytes)} at most.")
    return content_type


def sniff(head: bytes) -> str | None:
    """Return the type that the first bytes announce; None for what is no picture we know.

    The page decides the same way (frontend/src/engine/inspect.ts): tests/tables/heads.json tests both.
    """
    for signature, content_type in ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png")):
        if head.startswith(signature):
            return content_type
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return _sniff_brands(head)
    if _SVG.match(head) and re.search(rb"<svg[\s/>]", head, re.IGNORECASE):
        return "image/svg+xml"
    return None


def _sniff_brands(head: bytes) -> str | None:
    """AVIF and HEIC share a container (ISO 14496-12, HEIF); the brands in its first box tell them apart."""
    end = min(int.from_bytes(head[:4]), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    if b"avif" in brands or b"avis" in brands:
        return "image/avif"
    return "image/heic" if any(_HEIC.fullmatch(brand) for brand in brands) else None
