"""Every picture that the tests have, and what is left when its metadata is removed.

`python -m tests.strip_cases` writes tests/tables/strip.json, which the tests of the page and of the server read: both
must make the same bytes. A row names the picture by where it is, or holds one that is only here.
"""

import json
import struct
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from app.pictures.strip import BrokenPicture, NotShown, strip
from tests import raster, ultrahdr
from tests.avif import MATRIX, MOVING, STILL, Avif, Item, Track, altr, box, ftyp, full
from tests.conftest import PHOTOGRAPHS, PICTURES, picture
from tests.raster import END, SIX, app1, chunk, segment

TABLES = Path(__file__).parent / "tables"
TABLE = TABLES / "strip.json"
TYPES = {f".{kind}": f"image/{kind}" for kind in ("jpeg", "png", "gif", "webp", "avif")} | {".jpg": "image/jpeg"}


class Case(NamedTuple):
    """A picture; `kept` says that no file of the repository holds it."""

    name: str
    content_type: str
    data: bytes
    kept: bool = False

    def row(self) -> dict[str, str]:
        """Return the table's row."""
        row = {
            "picture": self.name,
            "type": self.content_type,
            "outcome": digest(outcome(self.data, self.content_type)),
        }
        return row | {"data": b64encode(zlib.compress(self.data, 9)).decode()} if self.kept else row


def outcome(data: bytes, content_type: str) -> bytes | str:
    """Return a stripped picture, or the name of the refusal; nearly as patient as the page, which has no limit."""
    try:
        return b"".join(strip(data, content_type, steps=20_000_000))
    except (BrokenPicture, NotShown) as error:
        return type(error).__name__


def digest(outcome: bytes | str) -> str:
    return outcome if isinstance(outcome, str) else sha256(outcome).hexdigest()


def in_folder(folder: Path) -> Iterator[Case]:
    for path in sorted(folder.iterdir()):
        if path.suffix in TYPES:
            yield Case(f"{folder.name}/{path.name}", TYPES[path.suffix], path.read_bytes())


def in_tables() -> Iterator[Case]:
    for row in raster.read():
        yield Case(f"raster/{row['name']}", row["type"], zlib.decompress(b64decode(row["data"])))
    for table, content_type in (("avif", "image/avif"), ("gainmap", "image/jpeg")):
        for name, row in json.loads((TABLES / f"{table}.json").read_text()).items():
            yield Case(f"{table}/{name}", content_type, b64decode(row["file"]))


# JPEGs


def jpegs() -> Iterator[tuple[str, bytes]]:
    """Yield JPEGs with segments that stay and that go, and JPEGs with broken ones."""
    # Its data have a stuffed 0xff and a restart marker.
    scan = segment(0xDA, b"scan") + b"\1\xff\0\2\xff\xd3\3"
    table, frame = segment(0xDB, b"quantization"), segment(0xC0, b"\x08\0\1\0\1\1\1\x11\0")
    codes, interval = segment(0xC4, b"\0\1" + bytes(16)), segment(0xDD, b"\0\1")
    jfif = segment(0xE0, b"JFIF\0\1\2\0\0\x48\0\x48\0\0")
    parts = {
        "nothing": b"",
        "jfif": jfif,
        "jfif twice": jfif * 2,
        "jfif with a preview": segment(0xE0, b"JFIF\0\1\2\0\0\x48\0\x48\1\1rgb"),
        "short jfif": segment(0xE0, b"JFIF\0\1\2"),
        "orientation": app1(SIX),
        "profile": segment(0xE2, b"ICC_PROFILE\0\1\1profile"),
        "adobe": segment(0xEE, b"Adobe\0d\0\0\0\0\1"),
        "long adobe": segment(0xEE, b"Adobe\0d\0\0\0\0\1secret"),
        "comment": segment(0xFE, b"secret"),
        "iptc": segment(0xED, b"Photoshop 3.0\0 8BIM secret"),
        "xmp": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<a exif:GPSLatitude='1'/>"),
        "index": segment(0xE2, b"MPF\0..."),
        "bytes between": b"garbage",
        "bytes and zeros between": b"\xff\0\xff\0 \xff\x01\xff\xd4",
        "fill": b"\xff" * 40,
        "arithmetic codes": segment(0xCC, b"\0\0"),
        "number of lines": segment(0xDC, b"\0\1"),
        "unknown marker": segment(0xC9, b"unknown"),
        "end too early": END,
        "too short a segment": b"\xff\xe1\0\1",
    }
    for name, part in parts.items():
        yield f"{name} in front", raster.START + part + table + frame + scan + END
        yield f"{name} before the scan", raster.START + table + frame + part + scan + END
        yield f"{name} behind the scan", raster.START + table + frame + scan + part + END
        yield f"{name} behind the end", raster.START + table + frame + scan + END + part
        yield f"{name} and no end", raster.START + table + frame + scan + part
    yield "another first marker", b"\xff\xd2" + table + frame + scan + END
    yield "damaged data", raster.START + table + frame + codes + interval + scan + b"\xff\x65\xff\xd4\5" + END
    yield "no codes and no end", raster.START + table + frame + segment(0xDA, b"\1\1\0\0\x3f\0") + b"data"
    yield "two frames", raster.START + table + frame * 2 + scan + END
    yield "no frame", raster.START + table + scan + END
    yield "two scans", raster.START + table + frame + scan * 2 + app1(SIX) + END


def endless() -> Iterator[tuple[str, bytes]]:
    """Yield JPEGs whose codes must be read to find the end of their data."""
    ways: dict[str, dict[str, Any]] = {
        "sequential": {},
        "progressive": {"progressive": True},
        "optimised": {"optimize": True, "quality": 30},
        "fine": {"subsampling": 0, "quality": 98},
        "restarts": {"restart_marker_blocks": 3},
        "progressive restarts": {"progressive": True, "restart_marker_blocks": 2},
    }
    for way, options in ways.items():
        data = picture("image/jpeg", (67, 43), **options)[:-2]
        yield f"{way}, no end", data
        yield f"{way}, no end and more", data + b"secret"
        yield f"{way}, no end and zeros", data + bytes(9)
        yield f"{way}, no end and one byte", data + b"1"
        yield f"{way}, no end, cut off", data[:-30]
        yield f"{way}, no end, without a stretch", data[:-60] + data[-40:] + b"more"
    # The last that is read are more bits than there are.
    frame = segment(0xC2, b"\x08\0\x08\0\x10\1\1\x11\0") + segment(0xC4, b"\0\1" + bytes(15) + b"\xc8")
    scan = segment(0xDA, b"\1\1\0\0\0\0")
    for length in (1, 3, 5, 25, 26, 40, 51, 60):
        data = bytes(length)
        yield f"long numbers in {length} bytes, no end", raster.START + frame + scan + data
        yield f"long numbers in {length} bytes, no end and more", raster.START + frame + scan + data + b"\xff\xd8secret"
        restarts = segment(0xDD, b"\0\1") + scan + data + b"\xff\xd0" + data
        yield f"long numbers in {length} bytes, no end, restarts", raster.START + frame + restarts + b"\xff\xd8secret"
    # All blocks are empty, which takes one code and a number of fourteen bits.
    frame = segment(0xC2, struct.pack(">BHHB", 8, 1_024, 1_024, 1) + b"\1\x11\0")
    empty = segment(0xC4, b"\x10\1" + bytes(15) + b"\xe0") + segment(0xDA, b"\1\1\0\1\x3f\0") + b"\0\0"
    yield "nothing but empty blocks, no end", raster.START + frame + empty
    refined = segment(0xDA, b"\1\1\0\1\x3f\x10") + b"\0\0"
    yield "nothing but empty blocks refined, no end", raster.START + frame + empty + refined + b"secret"
    yield "nothing but empty blocks, no end and more", raster.START + frame + empty + b"secret"


# PNGs


def pngs() -> Iterator[tuple[str, bytes]]:
    """Yield PNGs with each kind of chunk, PNGs that are cut off, and PNGs without a part."""
    header, pixels, end = raster.header(), chunk(b"IDAT", b"pixels"), chunk(b"IEND")
    kinds = b"PLTE tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD hIST pHYs acTL fcTL fdAT".split()
    for kind in (*kinds, b"tEXt", b"zTXt", b"iTXt", b"tIME", b"caBX", b"iDOT", b"CgBI", b"IHDR", b"IDAT", b"IEND"):
        part = chunk(kind, b"x")
        yield f"{kind.decode()} in front", raster.SIGNATURE + part + header + pixels + end
        yield f"{kind.decode()} before the pixels", raster.SIGNATURE + header + part + pixels + end
        yield f"{kind.decode()} behind the pixels", raster.SIGNATURE + header + pixels + part + end
    whole = raster.SIGNATURE + header + chunk(b"eXIf", SIX) + pixels + end
    for length in (0, 7, 8, 9, 15, 16, 20, 33, 40, len(whole) - 20, len(whole) - 13, len(whole) - 12, len(whole) - 1):
        yield f"cut off at {length}", whole[:length]
    yield "orientation without a header", raster.SIGNATURE + chunk(b"eXIf", SIX) + end
    yield "orientation and pixels without a header", raster.SIGNATURE + chunk(b"eXIf", SIX) + pixels + end
    yield "letters that are none", raster.SIGNATURE + header + chunk(b"IDA1", b"pixels") + end


# GIFs


def gifs() -> Iterator[tuple[str, bytes]]:
    """Yield GIFs with each kind of extension."""
    header, frame = b"GIF89a\1\0\1\0\0\0\0", b"\x2c\0\0\0\0\1\0\1\0\0\2\1\x44\0"

    def extension(label: int, *blocks: bytes) -> bytes:
        return bytes([0x21, label]) + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"

    loop, control = extension(0xFF, b"NETSCAPE2.0", b"\1\5\0"), extension(0xF9, b"\4\x0a\0\0")
    parts = {
        "nothing": b"",
        "loops": loop,
        "times": control,
        "profile": extension(0xFF, b"ICCRGBG1012", b"profile", b"more of it"),
        "loops by another name": extension(0xFF, b"ANIMEXTS1.0", b"\1\5\0"),
        "how much to read ahead": extension(0xFF, b"NETSCAPE2.0", b"\1\0\0", b"\2\0\0\0\1"),
        "comment": extension(0xFE, b"secret"),
        "plain text": extension(0x01, b"\0\0\0\0\1\0\1\0\1\1\0\1", b"secret"),
        "unknown extension": extension(0x77, b"secret"),
        "unknown application": extension(0xFF, b"SECRET  1.0", b"secret"),
        "application of another length": extension(0xFF, b"NETSCAPE2.0 ", b"secret"),
        "application with no name": extension(0xFF),
        "xmp": extension(0xFF, b"XMP DataXMP", b"<dc:creator>secret"),
        "secret behind loops": extension(0xFF, b"NETSCAPE2.0", b"\1\5\0", b"secret"),
        "secret behind times": extension(0xF9, b"\4\x0a\0\0", b"secret"),
        "secret before loops": extension(0xFF, b"NETSCAPE2.0", b"secret", b"\1\5\0"),
        "secret for times": extension(0xF9, b"secret"),
        "zeros": bytes(300),
        "long blocks": extension(0xFE, *(bytes(length) for length in range(1, 256))),
        "unknown block": b"secret",
        "end too early": b";",
    }
    for name, part in parts.items():
        yield name, header + part + control + frame + b";"
        yield f"{name} behind the end", header + frame + b";" + part
        yield f"{name} and no end", header + frame + part
    yield "colours", b"GIF89a\1\0\1\0\x81\0\0" + bytes(12) + frame[:9] + b"\x80" + bytes(6) + frame[10:] + b";"
    whole = header + loop + control + extension(0xFE, b"secret") + frame + b";"
    for length in range(len(header), len(whole)):
        yield f"cut off at {length}", whole[:length]


# WebPs


def webps() -> Iterator[tuple[str, bytes]]:
    """Yield WebPs with each kind of chunk, some inside frames."""

    def riff(kind: bytes, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)

    def webp(*chunks: bytes) -> bytes:
        return riff(b"RIFF", b"WEBP", *chunks)

    def frame(*chunks: bytes) -> bytes:
        return riff(b"ANMF", bytes(16), *chunks)

    canvas, alpha, lossy = riff(b"VP8X", b"\x2c" + bytes(9)), riff(b"ALPH", b"odd"), riff(b"VP8 ", b"pixels")
    secret, animation = riff(b"what", b"secret"), riff(b"ANIM", bytes(6))
    exif, xmp = riff(b"EXIF", SIX), riff(b"XMP ", b"<x/>")
    yield "plain", webp(lossy)
    yield "lossless and odd", webp(riff(b"VP8L", b"pixel"))
    yield "exif without a canvas", webp(lossy, exif)
    yield "exif and xmp", webp(canvas, lossy, exif, xmp)
    yield "exif named as in a JPEG", webp(canvas, lossy, riff(b"EXIF", b"Exif\0\0" + SIX))
    yield "exif twice", webp(canvas, lossy, exif, riff(b"EXIF", raster.EIGHT))
    yield "exif in front", webp(exif, canvas, lossy)
    yield "empty exif", webp(canvas, lossy, riff(b"EXIF"))
    yield "canvas twice", webp(canvas, canvas, lossy, exif)
    yield "short canvas", webp(riff(b"VP8X", bytes(8)), lossy)
    yield "unknown in front", webp(canvas, secret, animation, frame(alpha, lossy), frame(lossy))
    yield "unknown in frames", webp(canvas, animation, frame(alpha, lossy, secret), frame(secret, lossy))
    yield "only unknown in a frame", webp(canvas, animation, frame(secret))
    yield "exif in a frame", webp(canvas, animation, frame(alpha, exif, lossy), exif)
    yield "short frame", webp(canvas, animation, riff(b"ANMF", bytes(9)))
    yield "unknown behind", webp(canvas, lossy) + b"secret"
    yield "longer than said", webp(canvas, lossy)[:-4]
    whole = webp(canvas, animation, frame(alpha, lossy, secret), riff(b"EXIF", SIX))
    for length in range(0, len(whole), 3):
        yield f"cut off at {length}", whole[:length]


# Gain maps


def gain_maps() -> Iterator[tuple[str, bytes]]:
    """Yield JPEGs whose gain map says in odd ways how it is applied."""

    def with_packet(text: bytes, namespace: bytes = ultrahdr.HDRGM) -> bytes:
        packet = segment(0xE1, ultrahdr.XMP + b'<a xmlns:p-1="' + namespace + b'" ' + text)
        return ultrahdr.Photograph((ultrahdr.with_segments(ultrahdr.GREY, packet),)).make()

    version = b'p-1:Version="1.0" '
    for value in (
        b"1",
        b"-1",
        b"+1.5",
        b".5",
        b"1.",
        b"1e5",
        b"1.5E-5",
        b".",
        b"1e",
        b"1,5",
        b"",
        b"1" * 20_000 + b"x",
    ):
        name = value.decode() if len(value) < 9 else "long"
        yield f"attribute {name}", with_packet(version + b'p-1:Gamma="' + value + b'"')
        yield f"element {name}", with_packet(version + b"><p-1:Gamma>" + value + b"</p-1:Gamma>")
        items = b"<rdf:li>" + value + b"</rdf:li>"
        yield f"items {name}", with_packet(version + b"><p-1:Gamma>" + items * 3 + b"</p-1:Gamma>")
    yield "space", with_packet(b"p-1:Version\t=\n'\xa01.0\x0b' ><p-1:Gamma \n>\r2\f</p-1:Gamma\xa0>")
    yield "other space", with_packet(b"p-1:Version\x85='\x1c1.0' ><p-1:Gamma>2</p-1:Gamma>")
    yield "quotes", with_packet(b'p-1:Version=" 1.0 \' p-1:Gamma="2" p-1:Version="1.0" ')
    yield "lines", with_packet(b'p-1:Version="1.0\n" p-1:Version="1.1" p-1:Gamma="\r1" p-1:Gamma="2"')
    yield "no end", with_packet(version + b"><p-1:Gamma>1<p-1:Gamma>2" * 2000)
    yield "two items", with_packet(version + b"><p-1:Gamma><rdf:li>1</rdf:li><rdf:li>2</rdf:li></p-1:Gamma>")
    yield "capitals", with_packet(version + b'p-1:Gamma="1" p-1:BaseRenditionIsHDR="TRUE"')
    yield "version alone", with_packet(version)
    yield "no dot in the namespace", with_packet(version + b'p-1:Gamma="1"', ultrahdr.HDRGM.replace(b".", b"-"))
    yield "longer than a segment", with_packet(version + b'p-1:Gamma="1.' + b"0" * 65_300 + b'"')
    for length in (0, 4, 5, 40, 60, 61, 68, 69, 140):
        for flags in (0, 0x08, 0x80, 0x88):
            body = segment(0xE2, ultrahdr.ISO + (b"\0\0\0\0" + bytes([flags]) + bytes(200))[:length])
            gains = ultrahdr.with_segments(ultrahdr.GREY, body)
            yield f"ISO {flags:02x} {length}", ultrahdr.Photograph((gains,), (body,)).make()


# AVIFs


class ShortEntry(Track):
    """A track whose sample entry ends before its fixed part does."""

    def _entry(self) -> bytes:
        return box(b"av01", bytes(8))


class LongDates(Track):
    """A track whose header has dates of 64 bits."""

    def make(self, number: int, places: list[int], made: int) -> bytes:
        track = super().make(number, places, made)
        start = struct.pack(">QQIIQ", 7, 8, number, 0, 1_000 * len(self.samples)) + bytes(16)
        tkhd = full(b"tkhd", start, MATRIX, struct.pack(">II", 64 << 16, 48 << 16), version=1, flags=1)
        return box(b"trak", tkhd, track[8 + 92 :])


def _long_numbers() -> bytes:
    """Make an AVIF whose items have numbers of four bytes: a picture made of another, and metadata."""
    numbers = struct.pack(">III", 70_000, 2**32 - 1, 9)
    kinds = (b"grid", b"av01", b"mime")
    entries = [
        full(b"infe", numbers[4 * each : 4 * each + 4], bytes(2), kind + b"\0", version=3)
        for each, kind in enumerate(kinds)
    ]
    rows = [numbers[4 * each : 4 * each + 4] + struct.pack(">HHHII", 0, 0, 1, each, 9) for each in range(3)]
    turned = box(
        b"iprp",
        box(b"ipco", *(box(b"irot", bytes([turn % 4])) for turn in range(200)), box(b"uuid")),
        full(b"ipma", struct.pack(">I", 2), *(
            numbers[4 * each : 4 * each + 4] + struct.pack(">B150H", 150, *range(0x8001 + each, 0x8001 + each + 150))
            for each in range(2)
        ), version=1, flags=1),
    )  # fmt: skip
    return ftyp(*STILL) + full(
        b"meta",
        full(b"pitm", numbers[:4], version=1),
        full(b"iinf", struct.pack(">I", 3), *entries, version=1),
        full(b"iloc", b"\x44\0", struct.pack(">I", 3), *rows, version=2),
        full(b"iref", box(b"dimg", numbers[:4], b"\0\1", numbers[4:8]), version=1),
        turned,
        box(b"grpl", full(b"altr", struct.pack(">II", 5, 2) + numbers[:8])),
    )


def avifs() -> Iterator[tuple[str, bytes]]:
    """Yield AVIFs that are broken where it matters, and where it does not."""
    broken = full(b"meta", box(b"iinf", length=999))
    movie = Avif(brands=MOVING, tracks=(Track(),), meta=False)
    yield "broken metadata of a movie", replace(movie, told=broken).make()
    yield "broken metadata of a track", replace(movie, tracks=(Track(told=broken),)).make()
    yield "short entry of a track", replace(movie, tracks=(ShortEntry(told=box(b"udta", b"secret" * 20)),)).make()
    yield "long numbers of items", _long_numbers()
    items = (Item(1), Item(2, b"secret", b"mime", ()))
    yield "one of two alternatives", Avif(items=items, groups=altr(1, 2)).make()
    last = Avif(items=items, first=True).make()
    at = last.index(b"meta") - 4
    yield "metadata up to the end", last[:at] + bytes(4) + last[at + 4 :]
    method = Avif(items=(Item(1),), iloc_version=1).make()
    at = method.index(b"iloc") + 14
    for number in range(5):
        yield f"place counted in way {number}", method[:at] + bytes([0, number]) + method[at + 2 :]
    yield "long dates", Avif(brands=MOVING, tracks=(LongDates(),), meta=False).make()
    entry = full(b"infe", struct.pack(">HH", 1, 0), b"av01\0", version=2)
    listed = full(b"pitm", b"\0\1") + full(b"iinf", b"\0\1", entry)
    for name, counts in (("many", (65_535,)), ("more", (65_535, 1)), ("too many", (65_535, 40_000))):
        rows = (struct.pack(">HHH", 1, 0, count) + struct.pack(">II", 0, 8) * count for count in counts)
        places = full(b"iloc", b"\x44\0", struct.pack(">H", len(counts)), *rows)
        yield f"{name} extents", ftyp(*STILL) + full(b"meta", listed, places)
    whole = Avif(items=(Item(1), Item(2, b"secret", b"mime", ())), open_end=True).make()
    for size in range(0, 16, 3):
        at = whole.index(b"iloc") + 8
        yield f"places of {size} bytes", whole[:at] + bytes([size << 4 | size]) + whole[at + 1 :]


MADE = {
    "image/jpeg": (jpegs, endless, gain_maps),
    "image/avif": (avifs,),
    "image/png": (pngs,),
    "image/gif": (gifs,),
    "image/webp": (webps,),
}


def cases() -> list[Case]:
    """Return all cases."""
    made = [
        Case(f"{content_type.removeprefix('image/')}: {name}", content_type, data, kept=True)
        for content_type, makers in MADE.items()
        for make in makers
        for name, data in make()
    ]
    return [*in_folder(PICTURES), *in_folder(PHOTOGRAPHS), *in_tables(), *made]


def table() -> str:
    """Return the cases as JSON, each on a line of its own."""
    return "[\n" + ",\n".join(json.dumps(case.row()) for case in cases()) + "\n]\n"


if __name__ == "__main__":
    TABLE.write_text(table())
