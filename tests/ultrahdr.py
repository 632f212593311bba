"""JPEGs with a second one behind them: gain maps as phones write them (Ultra HDR, ISO 21496-1, Apple's), and previews.

`python -m tests.ultrahdr` writes the table that the tests of the page read as well.
"""

import json
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

XMP = b"http://ns.adobe.com/xap/1.0/\0"
ISO = b"urn:iso:std:iso:ts:21496:-1\0"
HDRGM = b"http://ns.adobe.com/hdr-gain-map/1.0/"

#: A picture of 64 × 48, and a grey one of 32 × 24 as a gain map; as text, so that they always have the same bytes.
PICTURE = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAEMuMjoyKkM6NjpLR0NPZKZsZFxcZMySmnmm8dT++u3U6eX//////////+Xp////////"
    "////////////////////2wBDAUdLS2RXZMRsbMT//+n/////////////////////////////////////////////////////////"
    "////////////wAARCAAwAEADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAQIDAP/EABgQAQEBAQEAAAAAAAAAAAAAAAAB"
    "EhEC/8QAGAEAAwEBAAAAAAAAAAAAAAAAAAECAwT/xAAYEQEBAQEBAAAAAAAAAAAAAAAAARECEv/aAAwDAQACEQMRAD8Ay4OLsTYl"
    "0XpIVwGi9guIHt3Dx0ipCXOlWJsa2JsTrC1nYnjWxOVaztRxUhyqQaJUyKkMipE60lXfIvltkZZ6VY5GW2Rk9RYyyctMnI0Yznkz"
    "y0yclq4//9k="
)
GREY = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAEMuMjoyKkM6NjpLR0NPZKZsZFxcZMySmnmm8dT++u3U6eX//////////+Xp////////"
    "////////////////////wAALCAAYACABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAT/xAAVEAEBAAAAAAAAAAAAAAAAAAAAE//a"
    "AAgBAQAAPwCWZMmTVTJkyaqZMmTf/9k="
)

#: What must be gone when the metadata is removed.
SECRET = b"secret"

#: Every parameter, each with a value of its own.
NUMBERS = {
    b"Version": b"1.0",
    b"GainMapMin": b"-0.25",
    b"GainMapMax": b"2.5",
    b"Gamma": b"1.125",
    b"OffsetSDR": b"0.015625",
    b"OffsetHDR": b"0.03125",
    b"HDRCapacityMin": b"0",
    b"HDRCapacityMax": b"2.75",
    b"BaseRenditionIsHDR": b"False",
}


def segment(marker: int, *body: bytes) -> bytes:
    data = b"".join(body)
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def xmp(attributes: bytes, elements: bytes = b"") -> bytes:
    return segment(
        0xE1,
        XMP,
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="' + SECRET + b'"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' + attributes + b">",
        elements,
        b"</rdf:Description></rdf:RDF></x:xmpmeta>",
    )


GPS = b' xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="52,30N" exif:UserComment="' + SECRET + b'"'
NAMESPACE = b'xmlns:hdrgm="' + HDRGM + b'"'


def parameters(numbers: dict[bytes, bytes] = NUMBERS, *, more: bytes = GPS) -> bytes:
    """Describe a gain map with attributes."""
    return xmp(NAMESPACE + b"".join(b' hdrgm:%s="%s"' % each for each in numbers.items()) + more)


def parameters_of_channels() -> bytes:
    """Describe a gain map with elements of another prefix, some of them of three numbers."""
    rows = []
    for name, value in NUMBERS.items():
        each = [b"%s%d" % (value, channel) for channel in (1, 2, 3)] if name in (b"GainMapMax", b"Gamma") else []
        items = b"".join(b"<rdf:li>%s</rdf:li>" % item for item in each)
        rows.append(b"<g:%s>%s</g:%s>" % (name, b"<rdf:Seq>%s</rdf:Seq>" % items if each else value, name))
    return xmp(b'xmlns:g="' + HDRGM + b'"', b"".join(rows))


def iso(*, channels: int = 1, common: bool = False) -> bytes:
    """Describe a gain map as ISO 21496-1 (C.2.2) does: by fractions, which may share a denominator."""
    numbers = [4, 1, 9, *range(10, 10 + 5 * channels)] if common else [*range(1, 5 + 10 * channels)]
    flags = (0x80 if channels == 3 else 0) | (0x08 if common else 0)
    return segment(0xE2, ISO, struct.pack(f">HHB{len(numbers)}I", 0, 0, flags, *numbers), SECRET)


ISO_VERSION = segment(0xE2, ISO, bytes(4))
TURNED = segment(0xE1, b"Exif\0\0MM\0*", struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0))


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """Insert segments behind the JFIF segment."""
    at = 4 + int.from_bytes(jpeg[4:6])
    return jpeg[:at] + b"".join(segments) + jpeg[at:]


def index(entries: Iterable[tuple[int, int]], *, little: bool = False, more: bool = False) -> bytes:
    """Make an MPF segment (CIPA DC-007, 5.2) of sizes and distances."""
    order, rows = ("<" if little else ">"), list(entries)
    fields = [(0xB000, 7, 4, b"0100"), (0xB001, 4, 1, struct.pack(order + "I", len(rows)))]
    start = 8 + 2 + 12 * (3 + more) + 4
    fields.append((0xB002, 7, 16 * len(rows), struct.pack(order + "I", start)))
    if more:
        fields.append((0xB003, 7, len(SECRET), struct.pack(order + "I", start + 16 * len(rows))))
    directory = b"".join(struct.pack(order + "HHI", tag, kind, count) + value for tag, kind, count, value in fields)
    table = b"".join(
        struct.pack(order + "IIIHH", 0x030000 if number == 0 else 0, size, distance, 0, 0)
        for number, (size, distance) in enumerate(rows)
    )
    head = (b"II*\0" if little else b"MM\0*") + struct.pack(order + "IH", 8, len(fields))
    return segment(0xE2, b"MPF\0", head, directory, bytes(4), table, SECRET if more else b"")


@dataclass(frozen=True)
class Photograph:
    """A JPEG, other JPEGs behind it, and an index of where these lie."""

    others: tuple[bytes, ...]
    segments: tuple[bytes, ...] = ()
    behind: bytes = b""
    little: bool = False
    #: Whether the index has more fields.
    more: bool = False
    #: By how much the index is wrong about their places and lengths.
    shift: int = 0
    longer: int = 0

    #: Whether the others lie in a comment of the first.
    inside: bool = False

    def make(self) -> bytes:
        first = self._laid(2**20)
        # Offsets are counted from behind marker, length and name.
        start = first.index(b"MPF\0") + 4
        return self._laid(first.index(self.others[0], start) - start)

    def _laid(self, distance: int) -> bytes:
        rows, at = [(len(PICTURE), 0)], distance
        for other in self.others:
            rows.append((len(other) + self.longer, at + self.shift))
            at += len(other)
        listed = index(rows, little=self.little, more=self.more)
        others = b"".join(self.others)
        if self.inside:
            return with_segments(PICTURE, *self.segments, listed, segment(0xFE, others)) + self.behind
        return with_segments(PICTURE, *self.segments, listed) + others + self.behind


def directory(length: int, more: bytes = b"") -> bytes:
    """List the gain map in the XMP of the first picture (Ultra HDR, "GContainer")."""
    item = (
        b'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="image/jpeg" Item:Semantic="%s" Item:Length="%d"/>'
    )
    google = b"http://ns.google.com/photos/1.0/container/"
    return xmp(
        NAMESPACE + b' hdrgm:Version="1.0" xmlns:Container="%s" xmlns:Item="%sitem/"' % (google, google) + more,
        b"<Container:Directory><rdf:Seq>"
        + item % (b"Primary", 0) + b"</rdf:li>" + item % (b"GainMap", length) + b"</rdf:li>"
        + b"</rdf:Seq></Container:Directory>",
    )  # fmt: skip


CAMERA = segment(0xE1, b"Exif\0\0MM\0*", struct.pack(">IHHHII", 8, 1, 0x010F, 2, 7, 26), bytes(4), SECRET + b"\0")
MAP = with_segments(GREY, CAMERA, parameters(), segment(0xFE, SECRET))
PREVIEW = with_segments(GREY, segment(0xFE, SECRET))
VIDEO = struct.pack(">I4s", 20, b"ftyp") + b"mp42" + bytes(4) + b"mp42" + SECRET
APPLE = with_segments(
    GREY,
    xmp(
        b'xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/" xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/" '
        b'apdi:AuxiliaryImageType="urn:com:apple:photo:2020:aux:hdrgainmap" HDRGainMap:HDRGainMapVersion="65536"'
    ),
)

WITHOUT_PARAMETERS = {name: value for name, value in NUMBERS.items() if name == b"Version"}


@dataclass(frozen=True)
class Case:
    file: Photograph
    #: What the page says it removed.
    removed: tuple[str, ...]
    #: Whether the gain map stays.
    kept: bool = True


def lost(*maps: bytes, removed: tuple[str, ...] = ("hdr", "preview"), **options: Any) -> Case:
    segments = options.pop("segments", (directory(9),))
    return Case(Photograph(maps, segments, **options), removed, kept=False)


#: Files as the programs of Google, Samsung, Apple and Adobe write them, and broken ones.
CASES = {
    "XMP": Case(Photograph((MAP,), (CAMERA, directory(len(MAP), GPS))), ("location", "camera", "text")),
    "XMP that tells nothing": Case(Photograph((with_segments(GREY, parameters(more=b"")),), (directory(9),)), ()),
    "XMP of channels": Case(Photograph((with_segments(GREY, parameters_of_channels()),), (directory(0),)), ("other",)),
    "ISO": Case(Photograph((with_segments(GREY, iso()),), (ISO_VERSION,)), ()),
    "ISO of channels": Case(Photograph((with_segments(GREY, iso(channels=3)),), (ISO_VERSION,)), ()),
    "ISO with one denominator": Case(
        Photograph((with_segments(GREY, iso(channels=3, common=True)),), (ISO_VERSION,)), ()
    ),
    "both": Case(
        Photograph((with_segments(GREY, iso(), parameters()),), (CAMERA, directory(0), ISO_VERSION), little=True),
        ("location", "camera", "text"),
    ),
    "turned": Case(Photograph((MAP,), (TURNED, directory(9))), ("location", "camera", "text")),
    "behind a preview": Case(Photograph((PREVIEW, MAP), (directory(9),)), ("location", "camera", "text", "preview")),
    "before a preview": Case(Photograph((MAP, PREVIEW), (directory(9),)), ("location", "camera", "text", "preview")),
    "before a video": Case(Photograph((MAP,), (directory(9),), behind=VIDEO), ("location", "camera", "text", "video")),
    "index with more fields": Case(
        Photograph((MAP,), (directory(9),), more=True), ("location", "camera", "text", "other")
    ),
    "longer than it is": Case(
        Photograph((MAP,), (directory(9),), behind=SECRET, longer=len(SECRET)),
        ("location", "camera", "text", "other"),
    ),
    "Apple's": lost(APPLE, segments=(CAMERA,), removed=("camera", "hdr", "preview")),
    "no parameters": lost(with_segments(PICTURE, parameters(WITHOUT_PARAMETERS))),
    "words for numbers": lost(with_segments(PICTURE, parameters({**NUMBERS, b"Gamma": SECRET}))),
    "short ISO parameters": lost(with_segments(PICTURE, segment(0xE2, ISO, bytes(20))), segments=(ISO_VERSION,)),
    "cut off": lost(MAP[:-40]),
    "longer than the file": lost(MAP, longer=1),
    "elsewhere": lost(MAP, shift=7),
    "within the picture": lost(MAP, inside=True, removed=("text", "hdr")),
    "no gain map but previews": lost(*(PREVIEW,) * 40, segments=(CAMERA,), removed=("camera", "preview")),
}

#: The front end's tests read it as well.
TABLE = Path(__file__).parent / "tables" / "gainmap.json"


def table() -> str:
    """Return the cases as JSON, each on a line of its own."""
    rows = [
        f"{json.dumps(name)}: "
        + json.dumps({"file": b64encode(case.file.make()).decode(), "removed": case.removed, "kept": case.kept})
        for name, case in CASES.items()
    ]
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    TABLE.write_text(table())
