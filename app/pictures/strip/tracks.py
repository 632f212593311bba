"""The tracks of a sequence: ISO 14496-12 (8.3 to 8.7, 12.1), ISO 23008-12 (7)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .boxes import MOST, Box, Extent, Numbers, box, boxes, first_of_each, full_box, handler, numbers
from .file import BrokenPicture, File, Part
from .items import PROPERTIES, is_alpha


@dataclass(slots=True)
class Track:
    """A track of a movie."""

    box: Box
    number: int
    handler: bytes
    #: The tracks whose transparency this one holds.
    alpha_of: list[int]
    chunks: list[Extent]


#: The inner boxes that each box keeps.
_KEPT: Final = {
    b"moov": (b"mvhd", b"trak"),
    b"trak": (b"tkhd", b"edts", b"tref", b"mdia"),
    b"edts": (b"elst",),
    b"tref": (b"auxl", b"prem"),
    b"mdia": (b"mdhd", b"hdlr", b"minf"),
    b"minf": (b"vmhd", b"dinf", b"stbl"),
    b"stbl": (b"stsd", b"stts", b"ctts", b"stss", b"stsc", b"stsz", b"stco", b"co64"),
}
#: Headers with dates, and their lengths in bytes; each is 12 longer if its times have 64 bits.
_DATED: Final = {b"mvhd": 100, b"tkhd": 84, b"mdhd": 24}
#: Handlers of tracks that show something.
_PICTURED: Final = frozenset({b"pict", b"vide", b"auxv"})
#: ISO 14496-12 (12.1.3): the length of a visual sample entry, and where in it the encoder's name is.
_SAMPLE_ENTRY: Final = 78
_CODER: Final = slice(42, 74)
_SAMPLE_PROPERTIES: Final = PROPERTIES | {b"ccst", b"auxi"}
#: A `dinf` box that says that the data are in this file.
_HERE: Final = box(b"dinf", *full_box(b"dref", 0, 0, numbers(4, [1]), *full_box(b"url ", 0, 1)))
_UNDETERMINED: Final = numbers(2, [0x55C4])


def read_tracks(file: File, moov: Box) -> list[Track]:
    """Return the track that is shown and its transparency, in the file's order."""
    tracks = [_read_track(file, each) for each in boxes(file, moov.start, moov.end) if each.kind == b"trak"]
    colour = next((track for track in tracks if _is_picture(file, track) and not track.alpha_of), None)
    if colour is None:
        return []
    alpha = next((track for track in tracks if _is_picture(file, track) and colour.number in track.alpha_of), None)
    return [track for track in tracks if track is colour or track is alpha]


def _descend(file: File, start: Box, *kinds: bytes) -> Box | None:
    found: Box | None = start
    for kind in kinds:
        found = first_of_each(file, found.start, found.end).get(kind) if found else None
    return found


def _read_track(file: File, trak: Box) -> Track:
    tkhd, hdlr = _descend(file, trak, b"tkhd"), _descend(file, trak, b"mdia", b"hdlr")
    if tkhd is None or hdlr is None:
        raise BrokenPicture("track with no header")
    number = file.unsigned(tkhd.start + (20 if file.unsigned(tkhd.start, 1) == 1 else 12), 4)
    kind = file.text(hdlr.start + 8, 4)
    alpha_of = []
    if auxl := _descend(file, trak, b"tref", b"auxl"):
        take = Numbers(file, auxl.start, auxl.end).take
        alpha_of = [take(4) for _ in range((auxl.end - auxl.start) // 4)]
    return Track(trak, number, kind, alpha_of, _read_chunks(file, trak))


def _is_picture(file: File, track: Track) -> bool:
    """Say whether browsers may show a track: it holds pictures in AV1, or their transparency."""
    stsd = _descend(file, track.box, b"mdia", b"minf", b"stbl", b"stsd")
    if stsd is None or not track.chunks or track.handler not in _PICTURED:
        return False
    for kind, _, start, end in boxes(file, stsd.start + 8, stsd.end):
        if kind != b"av01":
            return False
        auxi = first_of_each(file, start + _SAMPLE_ENTRY, end).get(b"auxi")
        if auxi and not is_alpha(file, auxi):
            return False
    return True


def _read_chunks(file: File, trak: Box) -> list[Extent]:
    """Return where the samples of a track are: each chunk holds some, one after the other."""
    stbl = _descend(file, trak, b"mdia", b"minf", b"stbl")
    tables = first_of_each(file, stbl.start, stbl.end) if stbl else {}
    stsz, stsc, offsets = tables.get(b"stsz"), tables.get(b"stsc"), tables.get(b"stco") or tables.get(b"co64")
    if not stsz or not stsc or not offsets:
        return []
    count = file.unsigned(offsets.start + 4, 4)
    same, left = file.unsigned(stsz.start + 4, 4), file.unsigned(stsz.start + 8, 4)
    if count > MOST:
        raise BrokenPicture("too many chunks")
    per_chunk = _samples_per_chunk(file, stsc)
    offset = Numbers(file, offsets.start + 8, offsets.end).take
    size = Numbers(file, stsz.start + 12, stsz.end).take
    width = 4 if offsets.kind == b"stco" else 8
    chunks = []
    for chunk in range(1, count + 1):
        start = offset(width)
        samples = min(per_chunk(chunk), left)
        left -= samples
        length = same * samples if same else sum(size(4) for _ in range(samples))
        chunks.append(Extent(start, start + length))
    return chunks


def _samples_per_chunk(file: File, stsc: Box) -> Callable[[int], int]:
    """Return a function that says how many samples a chunk has; call it in order, because the table holds runs."""
    take = Numbers(file, stsc.start + 4, stsc.end).take
    runs = take(4)
    samples = 0
    following = take(4) if runs > 0 else None

    def per_chunk(chunk: int) -> int:
        nonlocal runs, samples, following
        while following is not None and chunk >= following:
            samples = take(4)
            take(4)
            runs -= 1
            following = take(4) if runs > 0 else None
        return samples

    return per_chunk


def write_tracks(file: File, moov: Box, shown: list[Track], data: int) -> list[Part]:
    """Write a `moov` box with only the tracks that are shown, without dates; the data start at `data`."""
    content: list[Part] = []
    for each in first_of_each(file, moov.start, moov.end).values():
        if each.kind in _KEPT[b"moov"] and each.kind != b"trak":
            content += _copy(file, each, [])
    for track in shown:
        content += _copy(file, track.box, [data + chunk.place for chunk in track.chunks])
    return box(b"moov", *content)


def _copy(file: File, source: Box, places: list[int]) -> list[Part]:
    """Write a box of a track; `places` are where its chunks are in the new file."""
    kind = source.kind
    if kind in _KEPT:
        inner = first_of_each(file, source.start, source.end).values()
        return box(kind, *(part for each in inner if each.kind in _KEPT[kind] for part in _copy(file, each, places)))
    if kind in _DATED:
        return box(kind, _header(kind, file.slice(source.start, source.end)))
    if kind == b"hdlr":
        return handler(file.text(source.start + 8, 4))
    if kind == b"dinf":
        return _HERE
    if kind == b"stsd":
        return _write_entries(file, source)
    if kind in (b"stco", b"co64"):
        return full_box(kind, 0, 0, numbers(4, [len(places)]), numbers(4 if kind == b"stco" else 8, places))
    return box(kind, file.keep(source.start, source.end))


def _header(kind: bytes, header: File) -> bytes:
    """Return a header without its dates. ISO 14496-12 (8.2.2, 8.3.2, 8.4.2): each has 4 or 8 bytes."""
    longer = header.unsigned(0, 1) == 1
    body = bytearray(header.text(0, _DATED[kind] + (12 if longer else 0)))
    end = 20 if longer else 12
    body[4:end] = bytes(end - 4)
    if kind == b"mdhd":
        # The language is the last field but one; both have two bytes.
        body[-4:-2] = _UNDETERMINED
    return bytes(body)


def _write_entries(file: File, stsd: Box) -> list[Part]:
    entries: list[Part] = []
    count = 0
    for kind, _, start, end in boxes(file, stsd.start + 8, stsd.end):
        fixed = bytearray(file.slice(start, end).text(0, _SAMPLE_ENTRY))
        fixed[_CODER] = bytes(_CODER.stop - _CODER.start)
        inner = boxes(file, start + _SAMPLE_ENTRY, end)
        entries += box(
            kind, bytes(fixed), *(file.keep(each.at, each.end) for each in inner if each.kind in _SAMPLE_PROPERTIES)
        )
        count += 1
    return full_box(b"stsd", 0, 0, numbers(4, [count]), *entries)
