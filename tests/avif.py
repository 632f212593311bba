"""AVIF files made by hand: forms that browsers show and that our encoders don't write (ISO/IEC 14496-12, 23008-12).

The coded pictures are kept here as text, so that a file always has the same bytes.
"""

import struct
from base64 import b64decode
from dataclasses import dataclass

#: Pictures of 64 × 48 as libaom codes them: one, the same turned by a half, and a grey one.
ONE = b64decode("EgAKCRgVf72yAhoNCDIxHseHhVnAACzwQACXuHagrGqUWxRWITFH4RQsNSF8LYnrGwHcfFlU5HtrepFT0MZSQA==")
TWO = b64decode("EgAKCRgVf72yAhoNCDIxHseHhVnAACzsQACXuKtKaaFMAc1aLsLMDZC1xxKClqUWUurTcO4cID7kyXUrhgEkGA==")
GREY = b64decode("EgAKCRgVf722AhoNQDIXHYWdwAAsAACXs7m0wk1/tBsRmOzX++A=")
#: Half of the first, 32 × 48.
HALF = b64decode("EgAKCRgRf3tkBDQaEDIkHseHhVnAACzQQADdjtzDbGXhf1H8nD/9XJU4ZHEPb+tBFYRw")

#: What must be gone when the metadata is removed.
SECRET = b"secret"


def box(kind: bytes, *parts: bytes, wide: bool = False, length: int | None = None) -> bytes:
    body = b"".join(parts)
    if wide:
        return struct.pack(">I4sQ", 1, kind, len(body) + 16) + body
    return struct.pack(">I4s", len(body) + 8 if length is None else length, kind) + body


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def ftyp(*brands: bytes, minor: bytes = bytes(4)) -> bytes:
    return box(b"ftyp", brands[0], minor, *brands)


STILL = (b"avif", b"mif1", b"miaf")
MOVING = (b"avis", b"msf1", b"miaf", b"iso8")

# Properties


def ispe(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def auxc(name: bytes) -> bytes:
    return full(b"auxC", name + b"\0")


ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
DEPTH = b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth"
CODED = box(b"av1C", b"\x81\0\x0c\0")
CODED_GREY = box(b"av1C", b"\x81\0\x1c\0")
SIZE, HALF_SIZE = ispe(64, 48), ispe(32, 48)
DEEP, DEEP_GREY = full(b"pixi", b"\3\x08\x08\x08"), full(b"pixi", b"\1\x08")
COLOUR = box(b"colr", b"nclx", struct.pack(">HHHB", 1, 13, 6, 0x80))
QUARTER, MIRROR = box(b"irot", b"\1"), box(b"imir", b"\1")
NAMED = full(b"udes", b"en\0", SECRET, b" name\0", SECRET, b" description\0tag\0")
PICTURE = (SIZE, DEEP, CODED, COLOUR)
HALF_PICTURE = (HALF_SIZE, DEEP, CODED, COLOUR)


@dataclass(frozen=True)
class Item:
    """An item of `meta`: a coded picture, a part of one, or metadata."""

    number: int
    data: bytes = ONE
    kind: bytes = b"av01"
    properties: tuple[bytes, ...] = PICTURE
    #: The items that it refers to: kind of reference, and their numbers.
    to: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    name: bytes = b""
    #: Type of a `mime`, or of a `uri `.
    mime: bytes = b""
    hidden: bool = False
    #: Whether its data lies in `idat`.
    inside: bool = False


@dataclass(frozen=True)
class Avif:
    """The parts of a file; `make` puts them together."""

    items: tuple[Item, ...] = (Item(1),)
    brands: tuple[bytes, ...] = STILL
    minor: bytes = bytes(4)
    primary: int | None = 1
    handler: bytes = b""
    groups: bytes = b""
    #: Boxes before `meta`, inside it, between it and the data, and behind all.
    before: bytes = b""
    inside: bytes = b""
    between: bytes = b""
    behind: bytes = b""
    #: Bytes in `mdat` that nothing points to, before each item and behind the last.
    padding: bytes = b""
    #: Whether the data lies before `meta`.
    first: bool = False
    #: Whether `mdat` and its last extent go to the end of the file, without saying their length.
    open_end: bool = False
    wide: bool = False
    iloc_version: int = 0
    #: Where offsets are counted from.
    base: int = 0
    #: How many pieces an item is divided into.
    pieces: int = 1
    #: Kinds of box that `meta` lacks.
    without: tuple[bytes, ...] = ()
    tracks: tuple["Track", ...] = ()
    #: Seconds since 1904 in a movie's headers.
    made: int = 0
    #: More boxes of `moov`.
    told: bytes = b""
    #: Whether there is a `meta` at all.
    meta: bool = True

    def make(self) -> bytes:
        head, data = ftyp(*self.brands, minor=self.minor) + self.before, self._data()
        mdat = box(b"mdat", data, wide=self.wide, length=0 if self.open_end else None)
        start = len(mdat) - len(data)
        if self.first:
            at = len(head) + start
            return head + mdat + self.list(at) + self._moov(at) + self.between + self.behind
        at = len(head) + len(self.list(self.base)) + len(self._moov(0)) + len(self.between) + start
        return head + self.list(at) + self._moov(at) + self.between + mdat + self.behind

    def _stored(self) -> list[bytes]:
        return [item.data for item in self.items if not item.inside] + [
            sample for track in self.tracks for sample in track.samples
        ]

    def _data(self) -> bytes:
        return b"".join(self.padding + each for each in self._stored()) + self.padding

    def _places(self, at: int) -> list[int]:
        places = []
        for each in self._stored():
            places.append(at + len(self.padding))
            at = places[-1] + len(each)
        return places

    def list(self, at: int) -> bytes:
        """Make `meta` for data that begins at `at`."""
        if not self.meta:
            return b""
        parts = {
            b"hdlr": full(b"hdlr", bytes(4), b"pict", bytes(12), self.handler, b"\0"),
            b"pitm": b"" if self.primary is None else full(b"pitm", struct.pack(">H", self.primary)),
            b"iloc": self._iloc(at),
            b"iinf": full(b"iinf", struct.pack(">H", len(self.items)), *(self._infe(item) for item in self.items)),
            b"iref": self._iref(),
            b"iprp": self._iprp(),
            b"grpl": self.groups and box(b"grpl", self.groups),
            b"idat": self._idat(),
        }
        kept = b"".join(part for kind, part in parts.items() if kind not in self.without)
        return full(b"meta", kept, self.inside)

    def _idat(self) -> bytes:
        inside = b"".join(item.data for item in self.items if item.inside)
        return box(b"idat", inside) if inside else b""

    @staticmethod
    def _infe(item: Item) -> bytes:
        tail = item.mime + b"\0" if item.mime else b""
        head = struct.pack(">HH", item.number, 0)
        return full(b"infe", head, item.kind, item.name + b"\0", tail, version=2, flags=int(item.hidden))

    def _iref(self) -> bytes:
        rows = [
            box(kind, struct.pack(f">HH{len(to)}H", item.number, len(to), *to))
            for item in self.items
            for kind, to in item.to
        ]
        return full(b"iref", *rows) if rows else b""

    def _iprp(self) -> bytes:
        shared = list(dict.fromkeys(each for item in self.items for each in item.properties))
        rows = []
        for item in self.items:
            if item.properties:
                rows.append(struct.pack(">HB", item.number, len(item.properties)))
                # A property that changes the picture is essential.
                rows += [
                    bytes([shared.index(each) + 1 | (0x80 if each[4:8] in (b"av1C", b"irot", b"imir", b"clap") else 0)])
                    for each in item.properties
                ]
        count = sum(bool(item.properties) for item in self.items)
        return box(b"iprp", box(b"ipco", *shared), full(b"ipma", struct.pack(">I", count), *rows))

    def _iloc(self, at: int) -> bytes:
        outside, within = iter(self._places(at)), 0
        version = max(self.iloc_version, int(any(item.inside for item in self.items)))
        rows = []
        for item in self.items:
            base = 0 if item.inside else self.base
            start = within if item.inside else next(outside)
            within += len(item.data) if item.inside else 0
            rows.append(struct.pack(">I" if version == 2 else ">H", item.number))
            rows.append(struct.pack(">H", int(item.inside)) if version else b"")
            pieces = self.pieces if item.data else 0
            rows.append(struct.pack(">HIH", 0, base, pieces))
            size = -(-len(item.data) // self.pieces)
            for piece in range(pieces):
                begin, end = piece * size, min((piece + 1) * size, len(item.data))
                last = self.open_end and item is self.items[-1] and piece == self.pieces - 1
                rows.append(struct.pack(">II", start + begin - base, 0 if last else end - begin))
        count = struct.pack(">I" if version == 2 else ">H", len(self.items))
        return full(b"iloc", b"\x44\x40", count, *rows, version=version)

    def _moov(self, at: int) -> bytes:
        if not self.tracks:
            return b""
        places = self._places(at)[sum(not item.inside for item in self.items) :]
        header = struct.pack(">IIII", self.made, self.made, 1000, 2000) + b"\0\1\0\0\1\0" + bytes(10)
        traks = []
        for number, track in enumerate(self.tracks, 1):
            own, places = places[: len(track.samples)], places[len(track.samples) :]
            traks.append(track.make(number, own, self.made))
        return box(
            b"moov", full(b"mvhd", header, MATRIX, bytes(24), struct.pack(">I", len(traks) + 1)), *traks, self.told
        )


MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True)
class Track:
    """A track of a movie: samples of one kind, each shown for a second."""

    samples: tuple[bytes, ...] = (ONE, TWO)
    handler: bytes = b"pict"
    #: The boxes of its sample entry.
    properties: bytes = CODED + COLOUR
    #: The reference to the track that it belongs to.
    to: bytes = b""
    size: tuple[int, int] = (64, 48)
    wide: bool = False
    #: More boxes of `trak`.
    told: bytes = b""
    #: The name of its handler and of its coder.
    name: bytes = b""
    #: How often it is shown; None if it does not say.
    repeats: int | None = None
    #: Whether all samples lie in one chunk.
    one_chunk: bool = False

    def make(self, number: int, places: list[int], made: int) -> bytes:
        seconds = 1000 * len(self.samples)
        width, height = (each << 16 for each in self.size)
        tkhd = full(
            b"tkhd",
            struct.pack(">IIIII", made, made, number, 0, seconds) + bytes(16),
            MATRIX,
            struct.pack(">II", width, height),
            flags=1,
        )
        mdhd = full(b"mdhd", struct.pack(">IIIIHH", made, made, 1000, seconds, 0x55C4, 0))
        hdlr = full(b"hdlr", bytes(4), self.handler, bytes(12), self.name, b"\0")
        header = full(b"smhd", bytes(4)) if self.handler == b"soun" else full(b"vmhd", bytes(8), flags=1)
        dinf = box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", flags=1)))
        minf = box(b"minf", header, dinf, self._table(places))
        edits = b""
        if self.repeats is not None:
            edits = box(
                b"edts", full(b"elst", struct.pack(">IIIHH", 1, seconds, 0, 1, 0), flags=int(self.repeats != 1))
            )
        return box(b"trak", tkhd, edits, self.to, box(b"mdia", mdhd, hdlr, minf), self.told)

    def _table(self, places: list[int]) -> bytes:
        count = len(self.samples)
        chunks = places[:1] if self.one_chunk else places
        offsets = struct.pack(f">I{len(chunks)}{'Q' if self.wide else 'I'}", len(chunks), *chunks)
        return box(
            b"stbl",
            full(b"stsd", struct.pack(">I", 1), self._entry()),
            full(b"stts", struct.pack(">III", 1, count, 1000)),
            full(b"stsc", struct.pack(">IIII", 1, 1, count if self.one_chunk else 1, 1)),
            full(b"stsz", struct.pack(f">II{count}I", 0, count, *map(len, self.samples))),
            full(b"co64" if self.wide else b"stco", offsets),
            full(b"stss", struct.pack(f">I{count}I", count, *range(1, count + 1))),
        )

    def _entry(self) -> bytes:
        if self.handler == b"soun":
            return box(b"mp4a", bytes(6), b"\0\1", bytes(20))
        name = bytes([len(self.name)]) + self.name.ljust(31, b"\0")
        shown = struct.pack(">HH", *self.size) + struct.pack(">III", 0x480000, 0x480000, 0) + b"\0\1"
        return box(b"av01", bytes(6), b"\0\1", bytes(16), shown, name, b"\0\x18\xff\xff", self.properties)


def tmap() -> bytes:
    """Make the parameters of a gain map (ISO 21496-1, C.2): three channels, each number a fraction."""
    fractions = [(0, 1), (3, 1)]
    channel = [(-1, 2), (3, 1), (1, 1), (1, 64), (1, 64)]
    rows = b"".join(struct.pack(">iI" if top < 0 else ">II", top, bottom) for top, bottom in fractions + channel * 3)
    return b"\0" + struct.pack(">HHB", 0, 0, 0xC0) + rows


def altr(*numbers: int) -> bytes:
    return full(b"altr", struct.pack(f">II{len(numbers)}I", 99, len(numbers), *numbers))
