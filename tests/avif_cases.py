"""What an AVIF may look like, how large browsers show it, and what goes when its metadata is removed.

`python -m tests.avif_cases` writes the table that the tests of the API, of the page and of both in Chromium read.
"""

import json
import struct
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.avif import (
    ALPHA,
    CODED,
    CODED_GREY,
    COLOUR,
    DEEP,
    DEEP_GREY,
    DEPTH,
    GREY,
    HALF,
    HALF_PICTURE,
    MIRROR,
    MOVING,
    NAMED,
    PICTURE,
    QUARTER,
    SECRET,
    SIZE,
    STILL,
    TWO,
    Avif,
    Item,
    Track,
    altr,
    auxc,
    box,
    ftyp,
    full,
    tmap,
)
from tests.conftest import PICTURES
from tests.unit.test_inspection import entry

#: The front end's tests read it as well.
TABLE = Path(__file__).parent / "tables" / "avif.json"


@dataclass(frozen=True)
class Case:
    """A file; `shown` is the size that Chromium shows, None if it shows nothing and the API and the page refuse it."""

    file: Avif
    shown: tuple[int, int] | None = (64, 48)
    removed: tuple[str, ...] = ()


LYING, STANDING, NARROW = (64, 48), (48, 64), (32, 48)
UNKNOWN = box(b"uuid", bytes(16), SECRET)
NO_TURN = box(b"irot", b"\0")
EXIF = b"\0\0\0\0" + entry(tag=0x010E, kind=2, values=len(SECRET) + 1, value=0) + bytes(4) + SECRET
XMP = b"<x:xmpmeta><dc:description>" + SECRET + b"</dc:description></x:xmpmeta>"
GRID = b"\0\0\0\1" + struct.pack(">HH", 64, 48)
CROP = box(b"clap", struct.pack(">8I", 32, 1, 32, 1, 0, 1, 0, 1))


def profile() -> bytes:
    with Image.open(PICTURES / "rotated.jpg") as image:
        return box(b"colr", b"prof", image.info["icc_profile"])


def turned(*more: bytes) -> tuple[Item, ...]:
    return (Item(1, properties=PICTURE + more),)


def auxiliary(kind: bytes, data: bytes = GREY) -> Item:
    return Item(2, data, properties=(SIZE, DEEP_GREY, CODED_GREY, auxc(kind)), to=((b"auxl", (1,)),))


def grid(*, inside: bool) -> tuple[Item, ...]:
    whole = Item(1, GRID, b"grid", (SIZE, DEEP), ((b"dimg", (2, 3)),), inside=inside)
    return whole, *(Item(number, HALF, properties=HALF_PICTURE, hidden=True) for number in (2, 3))


def metadata(*, inside: bool = False) -> tuple[Item, ...]:
    return (
        Item(2, EXIF, b"Exif", (), ((b"cdsc", (1,)),), inside=inside),
        Item(3, XMP, b"mime", (), ((b"cdsc", (1,)),), mime=b"application/rdf+xml", inside=inside),
    )


GAIN_MAP = (
    Item(1),
    Item(2, tmap(), b"tmap", (SIZE, DEEP, COLOUR), ((b"dimg", (1, 3)),)),
    Item(3, GREY, properties=(SIZE, DEEP_GREY, CODED_GREY, COLOUR), hidden=True),
)
TRANSPARENT = Track(
    (GREY, GREY),
    b"auxv",
    CODED_GREY + full(b"auxi", ALPHA + b"\0"),
    box(b"tref", box(b"auxl", b"\0\0\0\1")),
)
TOLD = Avif(items=metadata(inside=True), primary=None).list(0)
SOUND = Track((SECRET,), b"soun", size=(0, 0))
CAPTIONS = Track((SECRET,), b"text", size=(0, 0))


def still(**options: object) -> Avif:
    return Avif(**options)  # type: ignore[arg-type]


def moving(*tracks: Track, **options: object) -> Avif:
    """Make a sequence; without `meta`, unless the options say otherwise."""
    brands = options.pop("brands", MOVING)
    if not options.keys() & {"items", "primary", "without"}:
        options |= {"items": (), "meta": False}
    return Avif(brands=brands, tracks=tracks or (Track(),), **options)  # type: ignore[arg-type]


#: A picture, and a movie of another size, in one file.
BOTH = {"items": (Item(1, HALF, properties=HALF_PICTURE),)}
EMPTY = {"items": (), "without": (b"pitm", b"iloc", b"iinf", b"iprp")}

CASES = {
    # Pictures
    "plain": Case(still()),
    "turned": Case(still(items=turned(QUARTER)), STANDING),
    "turned twice": Case(still(items=turned(QUARTER, NO_TURN)), STANDING),
    "mirrored": Case(still(items=turned(MIRROR))),
    "cropped": Case(still(items=turned(CROP))),
    "with a profile": Case(still(items=(Item(1, properties=(*PICTURE[:3], profile())),))),
    "transparent": Case(still(items=(Item(1), auxiliary(ALPHA)))),
    "transparent, multiplied": Case(still(items=(Item(1, to=((b"prem", (2,)),)), auxiliary(ALPHA)))),
    "of tiles": Case(still(items=grid(inside=False))),
    "of tiles, in idat": Case(still(items=grid(inside=True))),
    "made of another": Case(
        still(items=(Item(1, b"", b"iden", (SIZE, QUARTER), ((b"dimg", (2,)),)), Item(2))), STANDING
    ),
    "with a gain map": Case(still(brands=(*STILL, b"tmap"), items=GAIN_MAP, groups=altr(2, 1))),
    "of one layer": Case(still(items=turned(box(b"a1lx", bytes(7))))),
    # Other ways to write them
    "data first": Case(still(first=True)),
    "meta behind a free box": Case(still(before=box(b"free", bytes(100)))),
    "wide box": Case(still(wide=True)),
    "iloc 1 with a base": Case(still(iloc_version=1, base=100)),
    "iloc 2 in pieces": Case(still(iloc_version=2, pieces=3)),
    "free property": Case(still(items=(Item(1, properties=(box(b"free"), *PICTURE)),))),
    # Files that are not shown
    "Exif and XMP": Case(still(items=(Item(1), *metadata())), removed=("text",)),
    "Exif and XMP, in idat": Case(still(items=(Item(1), *metadata(inside=True))), removed=("text",)),
    "Exif and XMP in pieces": Case(still(items=(Item(1), *metadata()), pieces=4), removed=("text",)),
    "names of items": Case(still(items=(Item(1, name=SECRET),), handler=SECRET)),
    "description": Case(still(items=turned(NAMED)), removed=("text",)),
    "description of nothing": Case(
        still(items=(Item(1), Item(2, SECRET, b"uri ", (NAMED,), mime=SECRET))), removed=("text", "other")
    ),
    "when it was made": Case(still(items=turned(full(b"crtt", bytes(8)))), removed=("date",)),
    "unknown property": Case(still(items=turned(UNKNOWN)), removed=("other",)),
    "thumbnail": Case(
        still(items=(Item(1), Item(2, HALF + SECRET, properties=HALF_PICTURE, to=((b"thmb", (1,)),)))),
        removed=("preview",),
    ),
    "another picture": Case(still(items=(Item(1), Item(2, TWO + SECRET))), removed=("preview",)),
    "depths": Case(still(items=(Item(1), auxiliary(DEPTH, GREY + SECRET))), removed=("other",)),
    "Apple's gain map": Case(
        still(items=(Item(1), auxiliary(b"urn:com:apple:photo:2020:aux:hdrgainmap", GREY + SECRET))),
        removed=("hdr",),
    ),
    "comment": Case(still(inside=box(b"xml ", SECRET)), removed=()),
    "video behind": Case(still(behind=box(b"mpvd", SECRET)), removed=("video",)),
    "file behind": Case(still(behind=ftyp(b"isom") + box(b"mdat", SECRET)), removed=("video", "other")),
    "Samsung's box behind": Case(still(behind=box(b"sefd", SECRET)), removed=("other",)),
    "unknown box": Case(still(between=box(b"what", SECRET)), removed=("other",)),
    "uuid box first": Case(still(before=UNKNOWN), removed=("other",)),
    "full free box": Case(still(between=box(b"free", SECRET)), removed=("other",)),
    "second meta": Case(still(behind=Avif(handler=SECRET).list(0)), removed=("other",)),
    "data that nothing points to": Case(still(padding=SECRET), removed=("other",)),
    "second mdat": Case(still(behind=box(b"mdat", SECRET)), removed=("other",)),
    "bytes behind": Case(still(behind=SECRET), removed=("other",)),
    "broken box behind": Case(still(behind=b"\0\1\0\0mdat" + SECRET), removed=("other",)),
    "zeros behind": Case(still(behind=bytes(100))),
    "movie of no brand": Case(still(tracks=(Track(told=box(b"udta", SECRET)),)), removed=("video", "other")),
    # Sequences
    "sequence": Case(moving()),
    "sequence with a picture": Case(moving(primary=1)),
    "sequence, brand first": Case(moving(brands=(b"avis",))),
    "sequence of msf1": Case(moving(brands=(b"msf1", b"avis"))),
    "sequence of mif1, no pitm": Case(moving(brands=(b"mif1", b"avis"), **EMPTY)),
    "sequence without pitm": Case(moving(primary=None), removed=("preview",)),
    "sequence with an empty meta": Case(moving(brands=(*MOVING, b"avif"), **EMPTY)),
    "sequence, its picture is smaller": Case(moving(**BOTH)),
    "sequence as a picture": Case(moving(brands=(b"avif", b"avis"), items=turned(QUARTER)), STANDING),
    "sequence, its picture is turned": Case(moving(items=turned(QUARTER))),
    "turned sequence": Case(moving(Track(properties=CODED + COLOUR + QUARTER)), STANDING),
    "sequence turned twice": Case(moving(Track(properties=CODED + COLOUR + NO_TURN + QUARTER))),
    "mirrored sequence": Case(moving(Track(properties=CODED + COLOUR + MIRROR))),
    "transparent sequence": Case(moving(Track(), TRANSPARENT)),
    "transparency first": Case(
        moving(
            Track((GREY, GREY), b"auxv", TRANSPARENT.properties, box(b"tref", box(b"auxl", b"\0\0\0\2"))),
            Track(),
        )
    ),
    "sequence shown twice": Case(moving(Track(repeats=2))),
    "sequence shown once": Case(moving(Track(repeats=1))),
    "sequence in one chunk, far": Case(moving(Track(wide=True, one_chunk=True))),
    "sequence, data first": Case(moving(first=True)),
    "sequence of video": Case(moving(Track(handler=b"vide"))),
    "sequence with dates": Case(moving(made=3_900_000_000), removed=("date",)),
    "sequence with names": Case(moving(Track(name=SECRET))),
    "sequence with sound": Case(moving(Track(), SOUND), removed=("sound",)),
    "sequence with captions": Case(moving(Track(), CAPTIONS), removed=("other",)),
    "sequence with another": Case(moving(Track(), Track((TWO + SECRET,))), removed=("video",)),
    "sequence that tells": Case(moving(told=box(b"udta", SECRET)), removed=("other",)),
    "track that tells": Case(
        moving(Track(told=Avif(items=metadata(inside=True), primary=None).list(0))), removed=("text",)
    ),
    "sequence, unknown box behind": Case(moving(behind=UNKNOWN), removed=("other",)),
    "sequence, bytes behind": Case(moving(behind=b"\0\1\0\0" + SECRET), removed=("other",)),
    # Brands
    "mif1, avif": Case(still(brands=(b"mif1", b"avif"))),
    "mif3, avif": Case(still(brands=(b"mif3", b"avif"))),
    "another one, avif": Case(still(brands=(b"iso8", b"avif"))),
    "mif3 alone": Case(still(brands=(b"mif3", b"mif1"), minor=b"avif"), None),
    "mif1 alone": Case(still(brands=(b"mif1", b"miaf")), None),
    "avif without a meta": Case(still(tracks=(Track(),), meta=False, items=()), None),
    "avif without a pitm": Case(still(primary=None), None),
    "avis without a moov": Case(still(brands=(b"avis", b"avif")), None),
    "avis, avif without a meta": Case(moving(brands=(b"avis", b"avif")), None),
}


def table() -> str:
    """Return the cases as JSON, each on a line of its own."""
    rows = [
        f"{json.dumps(name)}: "
        + json.dumps({"file": b64encode(case.file.make()).decode(), "shown": case.shown, "removed": case.removed})
        for name, case in CASES.items()
    ]
    return "{\n" + ",\n".join(rows) + "\n}\n"


if __name__ == "__main__":
    TABLE.write_text(table())
