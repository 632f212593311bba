"""Whether a picture's metadata says where it was taken, without decoding a pixel.

Looked at is what viewers and exiftool read a position from: EXIF's GPS block, XMP, and in PNG the text that holds
either. Metadata that can't be followed counts as a position: a more patient reader may find one. docs/security.md says
what is not looked at.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from app.errors import LocationFound, NotAnImage
from app.images import HEAD_BYTES, MAX_HEAD_BYTES, MAX_STEPS, Image, MoreBytesNeeded, Reader, boxes, find

#: Reads a file's bytes from the first place up to the second.
Read = Callable[[int, int], bytes]

#: How much of a PNG's end is looked at; some programs put metadata behind the picture.
TAIL_BYTES: Final = 4 * HEAD_BYTES
#: How much compressed text of one file may unpack to.
MAX_TEXT: Final = 4 * 1024 * 1024
#: How often the file may be read behind the head that was given.
MAX_READS: Final = 2

# Whatever prefix a file gives to the names; one maker of drones spells longitude with another t.
_POSITION: Final = re.compile(rb"gps(dest)?(latitude|longt?itude|position|coordinates)\b", re.IGNORECASE)
# exiftool takes it behind four other bytes, and in any case.
_EXIF: Final = re.compile(rb".{0,4}exif\0.", re.IGNORECASE | re.DOTALL)


def refuse_location(head: bytes, image: Image, size: int, read: Read) -> None:
    """Look for a position in a file of `size` bytes whose `head` was found to be `image`.

    `read` is called for what lies behind the head, where metadata does or may: at most twice, for at most 4 MiB each.

    Raises:
        LocationFound: there is one, or metadata that can't be followed.
    """
    try:
        found = _SEARCHES[image.content_type](_File(head, size, read))
    except (NotAnImage, MoreBytesNeeded) as error:
        raise LocationFound(
            "The picture's metadata can't be followed, and may say where it was taken. Remove it and try again."
        ) from error
    if found:
        raise LocationFound("The picture says where it was taken. Remove its GPS position and try again.")


class _File:
    """A head, the way to what lies behind it, and how much work is left for the whole file."""

    def __init__(self, head: bytes, size: int, read: Read) -> None:
        self.head = head
        self.size = size
        self._read = read
        self._reads = MAX_READS
        self._steps = MAX_STEPS
        self._text = MAX_TEXT

    def read(self, start: int, end: int) -> bytes:
        self._reads -= 1
        if self._reads < 0 or end - start > MAX_HEAD_BYTES:
            raise NotAnImage("The metadata is spread too far.")
        return self._read(start, end)

    def step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise NotAnImage("The metadata has too many parts.")

    def text(self, count: int) -> None:
        """Take `count` bytes of the budget for what is unpacked or summed up."""
        self._text -= count
        if self._text < 0:
            raise NotAnImage("The metadata has too much text.")

    def unpack(self, data: bytes) -> bytes:
        try:
            text = zlib.decompressobj().decompress(data, self._text + 1)
        except zlib.error as error:
            raise NotAnImage("The compressed text is broken.") from error
        self.text(len(text))
        return text


def _xmp(text: bytes) -> bool:
    # Of UTF-16 and UTF-32, what is left without zeros is ASCII.
    return bool(_POSITION.search(text) or (b"\0" in text and _POSITION.search(text.replace(b"\0", b""))))


# EXIF 2.32, 4.5 and 4.6; TIFF 6.0, 2.

_GPS: Final = 0x8825
_GPS_VERSION: Final = 0
_MORE_DIRECTORIES: Final = frozenset({0x8769, 0x014A})  # EXIF's own, and those of other pictures in the block
_SHORT: Final = 3


def _exif(file: _File, block: bytes) -> bool:
    if prefix := _EXIF.match(block):
        block = block[prefix.end() :]
    if not block.strip(b"\0"):
        return False
    little = block.startswith(b"II")
    if len(block) < 8 or not (little or block.startswith(b"MM")):
        raise NotAnImage("The EXIF block is broken.")

    def unsigned(at: int, count: int) -> int:
        file.step()
        return int.from_bytes(block[at : at + count], "little" if little else "big")

    def entries(start: int) -> range:
        """Return where those are that are there: some programs count more."""
        count = unsigned(start, 2)
        there = range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12)
        if start + 2 > len(block) or (count and not there):
            raise NotAnImage("The EXIF block is cut off.")
        return there

    first = unsigned(4, 4)
    waiting, seen = [first], set[int]()
    while waiting:
        start = waiting.pop()
        # Many blocks end in a wrong pointer to a next directory; nobody reads anything there.
        if start in seen or (start != first and not 8 <= start <= len(block) - 14):
            continue
        seen.add(start)
        for entry in entries(start):
            tag = unsigned(entry, 2)
            if tag == _GPS or tag in _MORE_DIRECTORIES:
                pointer = unsigned(entry + 8, 2 if unsigned(entry + 2, 2) == _SHORT else 4)
                if tag != _GPS:
                    waiting.append(pointer)
                elif any(unsigned(place, 2) != _GPS_VERSION for place in entries(pointer)):
                    return True
        waiting.append(unsigned(start + 2 + 12 * unsigned(start, 2), 4))
    return False


# JPEG: ITU-T T.81, B.1.1; XMP specification, part 3, 1.1.3. `inspect` has seen that it is sound up to its scan.

_EXTENDED_XMP: Final = b"http://ns.adobe.com/xmp/extension/\0"


def _jpeg(file: _File) -> bool:
    reader = Reader(file.head, file.size, 2)
    extended: list[tuple[bytes, bytes]] = []
    while True:
        while (marker := reader.unsigned(1)) == 0xFF:
            pass
        if marker == 0xDA:
            return _xmp(b"".join(part for _, part in sorted(extended)))
        segment = reader.take(reader.unsigned(2) - 2)
        if marker == 0xE1 and segment.startswith(_EXTENDED_XMP):
            # Behind the name: 32 bytes that say of which, 4 with the length of all, 4 where this part belongs.
            start = len(_EXTENDED_XMP)
            extended.append((segment[start : start + 40], segment[start + 40 :]))
        elif marker == 0xE1 and _EXIF.match(segment):
            if _exif(file, segment):
                return True
        elif marker in (0xE1, 0xED) and _xmp(segment):
            return True


# PNG: W3C PNG, 3rd edition, 11.3.3. "Raw profile type" is ImageMagick's, from before there was eXIf.

_PNG_METADATA: Final = re.compile(rb"eXIf|iTXt|tEXt|zTXt")


def _png(file: _File) -> bool:
    head, at = file.head, 8
    while at + 8 <= len(head):
        file.step()
        kind, end = head[at + 4 : at + 8], at + 12 + int.from_bytes(head[at : at + 4])
        if _PNG_METADATA.fullmatch(kind):
            if len(head) < end <= file.size:
                head += file.read(len(head), end)
            if _png_chunk(file, kind, head[at + 8 : end - 4]):
                return True
        if kind == b"IEND":
            return False
        at = end
    if at + 12 >= file.size:
        return False
    # Of the chunks in between, nobody says where they begin.
    tail = file.read(max(len(head), file.size - TAIL_BYTES), file.size)
    for match in _PNG_METADATA.finditer(tail, 4):
        start = match.start()
        end = match.end() + int.from_bytes(tail[start - 4 : start])
        if end + 4 <= len(tail):
            file.text(end - start)
            sound = zlib.crc32(tail[start:end]) == int.from_bytes(tail[end : end + 4])
            if sound and _png_chunk(file, match[0], tail[match.end() : end]):
                return True
    return False


def _png_chunk(file: _File, kind: bytes, data: bytes) -> bool:
    if kind == b"eXIf":
        return _exif(file, data)
    name, _, text = data.partition(b"\0")
    if kind == b"zTXt":
        text = file.unpack(text[1:])
    elif kind == b"iTXt":
        packed = text[:1] != b"\0"
        text = text[2:].partition(b"\0")[2].partition(b"\0")[2]
        text = file.unpack(text) if packed else text
    if name.lower().startswith(b"raw profile type "):
        return _profile(file, text)
    return _xmp(name) or _xmp(text)


def _profile(file: _File, text: bytes) -> bool:
    """Look into bytes in hexadecimal, behind a line with their name and one with their number."""
    digits = text.strip().split(b"\n", 2)[-1]
    try:
        data = bytes.fromhex(digits.decode("ascii"))
    except ValueError as error:
        raise NotAnImage("The PNG profile is broken.") from error
    return _exif(file, data) if _EXIF.match(data) or data.startswith((b"II*\0", b"MM\0*")) else _xmp(data)


# GIF: XMP specification, part 3, 1.1.2: it stands as it is, in an extension.


def _gif(file: _File) -> bool:
    return _xmp(file.head)


# WebP: RFC 9649, 2.7. Metadata stands behind the picture.


def _webp(file: _File) -> bool:
    announced = file.head[12:16] == b"VP8X" and bool(file.head[20] & 0x0C)
    bytes_, start, at, kind = file.head, 0, 12, b""
    while at + 8 <= file.size:
        file.step()
        here = at - start
        length = int.from_bytes(bytes_[here + 4 : here + 8], "little")
        known = here + 8 <= len(bytes_)
        wanted = known and bytes_[here : here + 4] in (b"EXIF", b"XMP ")
        if not known or (wanted and here + 8 + length > len(bytes_)):
            # Behind a frame of an animation is another one; behind a still picture, nothing but metadata.
            if not (known or announced or kind in (b"VP8 ", b"VP8L")):
                return False
            if start == at:
                raise NotAnImage("The WebP file's metadata is cut off, or too long.")
            start, bytes_ = at, file.read(at, min(file.size, at + MAX_HEAD_BYTES))
            continue
        kind, data = bytes_[here : here + 4], bytes_[here + 8 : here + 8 + length]
        if (kind == b"EXIF" and _exif(file, data)) or (kind == b"XMP " and _xmp(data)):
            return True
        at += 8 + length + length % 2
    return False


# AVIF: items and where they lie: ISO/IEC 14496-12, 8.11.3 and 8.11.6; Exif: ISO/IEC 23008-12, A.2.1.


def _avif(file: _File) -> bool:
    try:
        items = list(_avif_items(file.head, file.size))
    except MoreBytesNeeded:
        file.head += file.read(len(file.head), min(file.size, MAX_HEAD_BYTES))
        items = list(_avif_items(file.head, file.size))
    parts = [part for _, extents in items for part in extents]
    if sum(end - start for start, end in parts) > MAX_HEAD_BYTES or any(end > file.size for _, end in parts):
        raise NotAnImage("The AVIF file's metadata is cut off, or too long.")
    start = 0
    data = file.head
    if behind := [part for part in parts if part[1] > len(file.head)]:
        start = min(place for place, _ in behind)
        data = file.read(start, max(end for _, end in behind))
    for kind, extents in items:
        item = b"".join(
            data[first - start : last - start] if last > len(file.head) else file.head[first:last]
            for first, last in extents
        )
        # The block says where in it TIFF begins.
        if (kind == b"Exif" and _exif(file, item[4 + int.from_bytes(item[:4]) :])) or (kind == b"mime" and _xmp(item)):
            return True
    return False


def _avif_items(head: bytes, size: int) -> Iterator[tuple[bytes, list[tuple[int, int]]]]:
    """Yield the kind of each item of metadata, and from where to where its parts go."""
    (meta,) = find(Reader(head, size), b"meta")
    meta.skip(4)
    found: dict[bytes, Reader] = {}
    for kind, body in boxes(meta):
        found.setdefault(kind, body)
    kinds = _avif_kinds(found[b"iinf"]) if b"iinf" in found else {}
    if not kinds:
        return
    if b"iloc" not in found:
        raise NotAnImage("The AVIF file does not say where its items are.")
    iloc = found[b"iloc"]
    version, sizes = iloc.unsigned(4) >> 24, iloc.unsigned(2)
    offset_bytes, length_bytes, base_bytes, index_bytes = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    id_bytes = 2 if version < 2 else 4
    for _ in range(iloc.unsigned(id_bytes)):
        number = iloc.unsigned(id_bytes)
        method = iloc.unsigned(2) & 15 if version else 0
        iloc.skip(2)
        base = iloc.unsigned(base_bytes)
        extents = []
        for _ in range(iloc.unsigned(2)):
            iloc.skip(index_bytes if version else 0)
            start = base + iloc.unsigned(offset_bytes)
            length = iloc.unsigned(length_bytes)
            extents.append((start, start + length if length else size))
        if number not in kinds:
            continue
        if method == 1 and b"idat" in found:
            idat = found[b"idat"]
            extents = [(idat.at + first, min(idat.at + last, idat.size)) for first, last in extents]
        elif method:
            raise NotAnImage("The AVIF file's metadata is made of other items.")
        yield kinds[number], extents


def _avif_kinds(iinf: Reader) -> dict[int, bytes]:
    """Return the numbers of the items that are metadata."""
    iinf.skip(4 + (2 if iinf.head[iinf.at : iinf.at + 1] == b"\0" else 4))
    kinds = {}
    for _, infe in boxes(iinf):
        version = infe.unsigned(4) >> 24
        number = infe.unsigned(4 if version > 2 else 2)
        infe.skip(2)
        # Before there were types, an item was something with a MIME type.
        kind = infe.take(4) if version > 1 else b"mime"
        if kind in (b"Exif", b"mime"):
            kinds[number] = kind
    return kinds


_SEARCHES: Final[dict[str, Callable[[_File], bool]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/avif": _avif,
}
