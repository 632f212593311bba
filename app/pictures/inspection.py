"""What the head of a file says it is: type, width and height, without decoding a pixel.

Only the structure up to the first picture's data is walked, in plain Python, and every declared length is checked
against what is there, so no input can make it run long, allocate, or reach a native decoder
(docs/adr/0003-own-head-parser.md). Width and height are as a browser shows them: EXIF (JPEG, PNG) and `irot` (AVIF)
orientation is applied, and where a file says something twice, the first counts.
"""

import struct
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, NamedTuple

from app.errors import NotAnImage

#: Accepted types with their file extensions; the first one is used in keys.
EXTENSIONS: Final = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png", "apng"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/avif": ("avif",),
}

#: First read: enough for nearly every file.
HEAD_BYTES: Final = 64 * 1024
#: Where we stop looking for the dimensions of a file with large EXIF, ICC or XMP in front of them.
MAX_HEAD_BYTES: Final = 4 * 1024 * 1024
#: How many fields are looked at: 4 MiB of one-byte parts would otherwise keep a thread busy for seconds.
MAX_STEPS: Final = 100_000
#: After how many of them others get a turn.
PAUSE_STEPS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Image:
    """What a file is: `width` and `height` in pixels, as shown."""

    content_type: str
    width: int
    height: int


class MoreBytesNeeded(Exception):
    """The file goes on behind the head that was given, and the dimensions lie there."""


def inspect(head: bytes, size: int) -> Image:
    """Say what a file of `size` bytes is from its first bytes.

    Raises:
        NotAnImage: the bytes are none of the accepted types, or broken.
        MoreBytesNeeded: `head` ends before the dimensions; call again with a longer one.
    """
    for content_type, (matches, measure) in _FORMATS.items():
        if matches(head):
            width, height = measure(Reader(head, size))
            if not (width and height):
                raise NotAnImage(f"The {_NAMES[content_type]} file has no width or no height.")
            return Image(content_type, width, height)
    raise NotAnImage(_advice(head))


def count_steps() -> Iterator[int]:
    """Count to MAX_STEPS, with pauses: in a worker of gunicorn, nobody else is served while this one computes."""
    for step in range(MAX_STEPS):
        if step % PAUSE_STEPS == PAUSE_STEPS - 1:
            time.sleep(0)
        yield step


class Reader:
    """Reads a head forwards; knows a broken file from a head that is merely too short."""

    __slots__ = ("at", "head", "size", "steps")

    def __init__(self, head: bytes, size: int, start: int = 0, steps: Iterator[int] | None = None) -> None:
        self.head = head
        self.size = size
        self.at = start
        self.steps = count_steps() if steps is None else steps

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        self.skip(count)
        if self.at > len(self.head):
            raise MoreBytesNeeded
        return self.head[self.at - count : self.at]

    def skip(self, count: int) -> None:
        """Go on; what is skipped need not be in the head."""
        if self.at + count > self.size:
            raise NotAnImage("The file is cut off, or its header lies about a length.")
        if next(self.steps, None) is None:
            raise NotAnImage("The file has too many parts in front of its picture.")
        self.at += count

    def unsigned(self, count: int) -> int:
        """Return the next bytes as a number, the highest first."""
        return int.from_bytes(self.take(count))

    def find(self, part: bytes) -> None:
        """Go behind the next place where `part` stands."""
        found = self.head.find(part, self.at, self.size)
        if found < 0 and len(self.head) < self.size:
            raise MoreBytesNeeded
        self.skip((found if found >= 0 else self.size) - self.at + len(part))

    def window(self, count: int) -> "Reader":
        """Return a reader of the next `count` bytes alone, and go behind them."""
        inner = Reader(self.head, self.at + count, self.at, self.steps)
        self.skip(count)
        return inner

    def __bool__(self) -> bool:
        return self.at < self.size


# PNG: W3C PNG, 3rd edition, 5.2 and 11.2.1.

#: Browsers show none that is wider or higher (libpng's limit).
_PNG_MAX_SIDE = 1_000_000
_PNG_BIT_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def _is_png(head: bytes) -> bool:
    return head.startswith(b"\x89PNG\r\n\x1a\n")


def _png(file: Reader) -> tuple[int, int]:
    file.skip(8)
    header = file.take(21)
    length, kind, width, height, depth, colour, compression, filtering, interlace = struct.unpack(">I4sIIBBBBB", header)
    if (length, kind) != (13, b"IHDR") or file.unsigned(4) != zlib.crc32(header[4:]):
        raise NotAnImage("The PNG file does not begin with a sound IHDR chunk.")
    if depth not in _PNG_BIT_DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        raise NotAnImage("The PNG file's IHDR chunk describes no picture.")
    _refuse_longer(max(width, height), _PNG_MAX_SIDE)
    orientation = 0
    while True:
        length, kind = file.unsigned(4), file.take(4)
        # A capital says: who does not know this chunk can't show the picture. Of a second IHDR, some take the size.
        if not kind.isalpha() or (kind[:1].isupper() and kind not in (b"PLTE", b"IDAT")):
            raise NotAnImage("The PNG file holds no picture that browsers show.")
        if kind == b"eXIf" and not orientation:
            block = file.take(length)
            if file.unsigned(4) == zlib.crc32(block, zlib.crc32(kind)):
                orientation = _exif_orientation(block)
        else:
            file.skip(length + 4)
        if kind == b"IDAT":
            return _shown(width, height, orientation)


# GIF: GIF89a specification, 17 to 26. Browsers stretch the screen to a first frame that is larger.


def _is_gif(head: bytes) -> bool:
    return head.startswith((b"GIF87a", b"GIF89a"))


def _gif(file: Reader) -> tuple[int, int]:
    file.skip(6)
    width, height, flags = struct.unpack("<HHB2x", file.take(7))
    if flags & 0x80:
        file.skip(3 << (flags & 7) + 1)
    while (block := file.take(1)) == b"\x21":
        file.skip(1)
        while length := file.unsigned(1):
            file.skip(length)
    if block != b"\x2c":
        raise NotAnImage("The GIF file holds no picture.")
    left, top, frame_width, frame_height = struct.unpack("<4Hx", file.take(9))
    return max(width, left + frame_width), max(height, top + frame_height)


# WebP: RFC 9649, 2.3 to 2.7.


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _webp(file: Reader) -> tuple[int, int]:
    file.skip(4)
    body = file.window(int.from_bytes(file.take(4), "little"))
    body.skip(4)
    kind = body.take(4)
    chunk = body.window(int.from_bytes(body.take(4), "little"))
    if kind == b"VP8X":
        chunk.skip(4)
        width, height = (int.from_bytes(chunk.take(3), "little") + 1 for _ in "wh")
        body.take(8)
    elif kind == b"VP8L":
        signature, bits = struct.unpack("<BI", chunk.take(5))
        if signature != 0x2F or bits >> 29:
            raise NotAnImage("The WebP file's lossless header is broken.")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        tag, start, width, height = struct.unpack("<B2x3sHH", chunk.take(10))
        if tag & 1 or start != b"\x9d\x01\x2a":
            raise NotAnImage("The WebP file does not begin with a key frame.")
        width, height = width & 0x3FFF, height & 0x3FFF
    else:
        raise NotAnImage("The WebP file holds no picture.")
    return width, height


# JPEG: ITU-T T.81, B.1.1 and B.2.2, and libjpeg's ways where a file breaks these rules.
# Orientation: EXIF 2.32, 4.6.4.

#: Browsers show none that is wider or higher (libjpeg's JPEG_MAX_DIMENSION).
_JPEG_MAX_SIDE = 65_500
_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what browsers show
_JPEG_SCAN = 0xDA
#: Beside the frames: tables, scan, restart interval, what is for decoders of other kinds, application data, comment.
_JPEG_SEGMENTS = _JPEG_FRAMES | {0xC4, 0xCC, _JPEG_SCAN, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)}
#: Markers with nothing behind them that decoders pass over: TEM, and the restarts of a scan.
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


def _is_jpeg(head: bytes) -> bool:
    return head.startswith(b"\xff\xd8\xff")


def _jpeg(file: Reader) -> tuple[int, int]:
    file.skip(2)
    size: tuple[int, int] | None = None
    orientation = 0
    while True:
        marker = _next_marker(file)
        # A frame must come before the scan, and only one.
        if marker not in _JPEG_SEGMENTS or (marker in _JPEG_FRAMES and size) or (marker == _JPEG_SCAN and not size):
            raise NotAnImage("The JPEG file holds no picture that browsers show.")
        length = file.unsigned(2)
        if length < 2:
            raise NotAnImage("The JPEG file has a segment of impossible length.")
        segment = file.window(length - 2)
        if marker in _JPEG_FRAMES:
            size = _jpeg_frame(segment.take(length - 2))
        # Browsers look at five bytes, skip the sixth, and want one more.
        elif marker == 0xE1 and not orientation and length > 8:
            if segment.take(6).startswith(b"Exif\0"):
                orientation = _exif_orientation(segment.take(length - 8))
        elif marker == _JPEG_SCAN and size:
            return _shown(*size, orientation)


def _next_marker(file: Reader) -> int:
    """Return the next marker; what stands between two segments, and 0xFF 0x00, is no part of the picture."""
    marker = 0
    while not marker or marker in _JPEG_BARE:
        file.find(b"\xff")
        while (marker := file.unsigned(1)) == 0xFF:
            pass
    return marker


def _jpeg_frame(frame: bytes) -> tuple[int, int]:
    """Return the width and height that a frame says, if it is one that browsers show."""
    if len(frame) < 6:
        raise NotAnImage("The JPEG file's frame is cut off.")
    precision, height, width, components = struct.unpack_from(">BHHB", frame)
    if precision != 8:
        raise NotAnImage(f"The JPEG file has {precision} bits a sample; browsers show only those that have 8.")
    _refuse_longer(max(width, height), _JPEG_MAX_SIDE)
    sampling = frame[7::3]
    if components not in (1, 3, 4) or len(frame) != 6 + 3 * components:
        raise NotAnImage("The JPEG file's colours are none that browsers show.")
    if not all(1 <= factor <= 4 for both in sampling for factor in (both >> 4, both & 15)):
        raise NotAnImage("The JPEG file's sampling is none that browsers show.")
    return width, height


def _refuse_longer(side: int, limit: int) -> None:
    if side > limit:
        raise NotAnImage(f"The picture is {side:,} pixels wide or high; browsers show at most {limit:,} of its type.")


_ORIENTATION = 0x0112
_EXIF_DIRECTORY = 0x8769


def _exif_orientation(tiff: bytes) -> int:
    """Return 1 to 8; 1 where there is none or the block is broken, as viewers do."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 1

    def orientations(start: int, *, followed: bool = False) -> Iterator[int]:
        """Yield each that the directory at `start` says, in the order of its fields."""
        (count,) = struct.unpack_from(order + "H", tiff, start) if start + 2 <= len(tiff) else (0,)
        fields = range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12)
        for at, _ in zip(fields, steps, strict=False):
            field = struct.unpack_from(order + "HHI", tiff, at)
            if field == (_ORIENTATION, 3, 1):
                yield from struct.unpack_from(order + "H", tiff, at + 8)
            elif field == (_EXIF_DIRECTORY, 4, 1) and not followed:
                # Browsers follow the first pointer to an Exif directory, and none from there.
                followed = True
                yield from orientations(*struct.unpack_from(order + "I", tiff, at + 8), followed=True)

    steps = count_steps()
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    return next((each for each in orientations(start) if 1 <= each <= 8), 1)


def _shown(width: int, height: int, orientation: int) -> tuple[int, int]:
    return (height, width) if orientation >= 5 else (width, height)


# AVIF: AV1 Image File Format 1.2; boxes: ISO/IEC 14496-12, 4.2; items and properties: ISO/IEC 23008-12.


def _brands(head: bytes) -> tuple[bytes, ...]:
    if head[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(head[:4]), len(head), 1024)
    return (head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4)))


def _is_avif(head: bytes) -> bool:
    return not {b"avif", b"avis"}.isdisjoint(_brands(head))


def boxes(file: Reader) -> Iterator[tuple[bytes, Reader]]:
    """Yield the kind and the body of each."""
    while file:
        start = file.at
        length, kind = file.unsigned(4), file.take(4)
        if length == 1:
            length = file.unsigned(8)
        elif length == 0:
            length = file.size - start
        if length < file.at - start:
            raise NotAnImage("The AVIF file has a box of impossible length.")
        yield kind, file.window(length - (file.at - start))


def gather(file: Reader, needed: Collection[bytes]) -> dict[bytes, Reader]:
    """Return the first box of each kind, up to where all that is needed was found; what follows is not read."""
    found: dict[bytes, Reader] = {}
    for kind, body in boxes(file):
        found.setdefault(kind, body)
        if all(kind in found for kind in needed):
            return found
    missing = " and no ".join(kind.decode() for kind in needed if kind not in found)
    raise NotAnImage(f"The AVIF file has no {missing} box.")


def first_of_each(file: Reader) -> dict[bytes, Reader]:
    """Return the first box of each kind: what browsers take of two."""
    return dict(reversed([*boxes(file)]))


def find(file: Reader, *kinds: bytes) -> list[Reader]:
    """Return the first box of each kind; what is behind the last of them is not read."""
    found = gather(file, kinds)
    return [found[kind] for kind in kinds]


def needed_boxes(head: bytes) -> list[bytes]:
    """Return the boxes without which browsers show nothing: each brand asks for one."""
    return [kind for brand, kind in ((b"avif", b"meta"), (b"avis", b"moov")) if brand in _brands(head)]


def _avif(file: Reader) -> tuple[int, int]:
    # Which picture browsers show, the brands say; ADR 3 has what Chromium does with each.
    brands = _brands(file.head)
    found = gather(file, needed_boxes(file.head))
    tracks = _tracks(found[b"moov"]) if b"avis" in brands else []
    moving = b"avis" in brands and brands[0] != b"avif"
    item = _primary(found[b"meta"], required=not moving) if b"meta" in found else None
    shown = tracks[0] if moving and tracks else item
    if shown is None:
        raise NotAnImage("The AVIF file does not say how large its picture is.")
    # Other viewers may show another one, which would carry any number of pixels past the limit.
    others = [*tracks, item] if item else tracks
    if any(other.size[side] > shown.size[side] for other in others for side in (0, 1)):
        raise NotAnImage("The AVIF file says two different sizes.")
    return shown.size[::-1] if shown.turned else shown.size


class _Lying(NamedTuple):
    """A picture as it lies in an AVIF: width, height, and whether it is shown turned by a quarter."""

    size: tuple[int, int]
    turned: bool


def _lying(size: tuple[int, int], properties: dict[bytes, Reader]) -> _Lying:
    return _Lying(size, b"irot" in properties and bool(properties[b"irot"].unsigned(1) & 1))


def _primary(meta: Reader, *, required: bool) -> _Lying | None:
    """Measure the primary picture; a movie's need not be there."""
    meta.skip(4)
    found = gather(meta, (b"pitm", b"iprp")) if required else first_of_each(meta)
    if b"pitm" not in found or b"iprp" not in found:
        return None
    item = found[b"pitm"]
    primary = item.unsigned(2 if item.unsigned(4) >> 24 == 0 else 4)
    ipco, ipma = find(found[b"iprp"], b"ipco", b"ipma")
    properties = list(boxes(ipco))
    numbers = [number for number in _associations(ipma, primary) if 0 < number <= len(properties)]
    # Browsers take the first of two, so backwards, for the first to be what stays.
    described = dict(properties[number - 1] for number in reversed(numbers))
    if b"ispe" not in described:
        return None
    described[b"ispe"].skip(4)
    return _lying((described[b"ispe"].unsigned(4), described[b"ispe"].unsigned(4)), described)


def _tracks(moov: Reader) -> list[_Lying]:
    """Measure the tracks that are seen; the first is the one that browsers show."""
    tracks = []
    for kind, body in boxes(moov):
        if kind != b"trak":
            continue
        track = first_of_each(body)
        if b"tkhd" not in track:
            raise NotAnImage("The AVIF file has a track with no tkhd box.")
        header = track[b"tkhd"]
        header.skip(87 if header.unsigned(1) else 75)
        # 16.16 each, of which viewers take the whole part. What is heard has none.
        size = header.unsigned(4) >> 16, header.unsigned(4) >> 16
        if any(size):
            # What refers to another track is its transparency.
            tracks.append((b"tref" in track, _lying(size, _sample_entry(track))))
    return [lying for _, lying in sorted(tracks, key=itemgetter(0))]


def _sample_entry(track: dict[bytes, Reader]) -> dict[bytes, Reader]:
    """Return the properties of a track: the boxes in the entry that describes its first sample."""
    for kind in (b"mdia", b"minf", b"stbl"):
        if kind not in track:
            return {}
        track = first_of_each(track[kind])
    if b"stsd" not in track:
        return {}
    track[b"stsd"].skip(8)
    entry = first_of_each(track[b"stsd"]).get(b"av01")
    if entry is None:
        return {}
    # ISO/IEC 14496-12, 12.1.3: what every picture's entry has.
    entry.skip(78)
    return first_of_each(entry)


def _associations(ipma: Reader, item: int) -> list[int]:
    """Return the 1-based numbers of an item's properties."""
    version_and_flags = ipma.unsigned(4)
    id_bytes = 4 if version_and_flags >> 24 else 2
    index_bytes = 2 if version_and_flags & 1 else 1
    essential = 1 << 8 * index_bytes - 1
    for _ in range(ipma.unsigned(4)):
        found = ipma.unsigned(id_bytes)
        count = ipma.unsigned(1)
        if found == item:
            return [ipma.unsigned(index_bytes) & ~essential for _ in range(count)]
        ipma.skip(count * index_bytes)
    return []


_FORMATS: Final[dict[str, tuple[Callable[[bytes], bool], Callable[[Reader], tuple[int, int]]]]] = {
    "image/jpeg": (_is_jpeg, _jpeg),
    "image/png": (_is_png, _png),
    "image/gif": (_is_gif, _gif),
    "image/webp": (_is_webp, _webp),
    "image/avif": (_is_avif, _avif),
}
_NAMES: Final = {kind: kind.removeprefix("image/").upper() for kind in EXTENSIONS}


def _advice(head: bytes) -> str:
    """Say what a refused file seems to be, and what to do about it."""
    text = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"}.isdisjoint(_brands(head)):
        return "The file is HEIC, which most browsers can't show. Save it as JPEG and try again."
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return "The file is SVG, which can carry scripts. Save it as PNG and try again."
    if text.startswith((b"<!doctype html", b"<html", b"<script", b"<head", b"<body")):
        return "The file is a web page, not a picture."
    return "The file is none of JPEG, PNG, GIF, WebP and AVIF."
