"""JPEG: ITU T.81 (B.1.1, B.2), EXIF 2.32 (4.5.4), and libjpeg's ways where a file breaks these rules."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from .exif import orientation, orientation_only
from .file import BrokenPicture, File, NotShown, Part
from .scan import Segment, end_of_data, is_frame, is_scan

_START: Final = 0xD8
_END: Final = 0xD9
#: Segments that the picture needs, besides some application data: frames, codes, scans, tables, restart intervals.
_NEEDED: Final = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD})
#: Also those that browsers skip (arithmetic codes, a number of lines), APP0 to APP15, and comments.
_KNOWN: Final = _NEEDED | {0xCC, 0xDC, *range(0xE0, 0xF0), 0xFE}
#: A marker. Browsers skip those without a segment: TEM, and the restarts of a scan.
_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
#: Inside a scan's data, 0xff is followed by 0, by a restart or, in damaged data, by something that is not a marker;
#: decoders continue at the next restart.
_END_OF_SCAN: Final = re.compile(b"\xff[%s]" % re.escape(bytes(sorted(_KNOWN | {_START, _END}))))
_NOT_FILL: Final = re.compile(rb".*[^\xff]", re.DOTALL)
#: Pixels; browsers show no JPEG that is wider or higher (libjpeg's limit).
_MAX_SIDE: Final = 65_500


@dataclass(slots=True)
class Stripped:
    """A JPEG's parts: what comes first (JFIF, orientation), and the picture."""

    head: list[Part]
    body: list[Part]


def jpeg(file: File) -> Stripped:
    """Return the parts of a JPEG that show it."""
    segments, end = _read(file)
    stripped = Stripped([file.keep(0, 2)], [])
    turned: int | None = None
    scanned = False
    for segment in segments:
        marker, body = segment.marker, segment.body
        scanned = scanned or is_scan(marker)
        if marker in _NEEDED or (not scanned and marker == 0xE2 and body.starts_with(b"ICC_PROFILE\0")):
            stripped.body.append(file.keep(segment.start, segment.end))
        elif scanned:
            continue
        elif marker == 0xE1 and body.starts_with(b"Exif\0") and turned is None and body.length > 6:
            # Browsers use the first EXIF segment before the scan that has a body.
            turned = orientation(body.slice(6))
        elif marker == 0xE0 and body.starts_with(b"JFIF\0") and body.length >= 14:
            # Browsers ignore shorter ones. The last two bytes are the size of a preview that follows.
            stripped.head += [b"\xff\xe0\0\x10", body.keep(0, 12), b"\0\0"]
        elif marker == 0xEE and body.starts_with(b"Adobe") and body.length >= 12:
            # It says what the colour channels mean: without it some pictures turn green.
            stripped.body += [b"\xff\xee\0\x0e", body.keep(0, 12)]
    if turned is not None and turned != 1:
        tiff = orientation_only(turned)
        stripped.head.append(b"\xff\xe1" + (8 + len(tiff)).to_bytes(2) + b"Exif\0\0" + tiff)
    stripped.body += end
    return stripped


class _Marker(NamedTuple):
    marker: int
    #: Where it starts, with all its 0xff, and where it ends.
    start: int
    at: int


def _read(file: File) -> tuple[list[Segment], list[Part]]:
    """Read the segments of the picture, each scan with its data; and what it ends with."""
    segments: list[Segment] = []
    framed, last = False, -1
    following = _next_marker(file, 2)
    while following and not (following.marker == _END and last >= 0):
        segment = _read_segment(file, following, framed=framed, scanned=last >= 0)
        if segment is None:
            break
        framed = framed or is_frame(segment.marker)
        if is_scan(segment.marker):
            last = len(segments)
        segments.append(segment)
        following = _next_marker(file, segment.end)
    if last < 0:
        raise BrokenPicture("no scan")
    del segments[last + 1 :]
    if following and following.marker == _END:
        return segments, [file.keep(following.start, following.at)]
    # Browsers show a truncated picture as far as it goes.
    scan = segments[last]
    end = end_of_data(file, segments)
    scan.end = scan.end if end is None else end
    # With no marker behind the data Chromium leaves out the last rows, unless other bytes are there.
    return segments, [bytes([0xFF, _END])] if scan.end < file.length else []


def _next_marker(file: File, start: int) -> _Marker | None:
    """Find the next marker as libjpeg does: it skips bytes before 0xff, and 0xff followed by zero."""
    file.limits.take()
    found = file.find(_MARKER, start)
    if found is None:
        return None
    return _Marker(file.unsigned(found + 1, 1), file.run(_NOT_FILL, start, found), found + 2)


def _read_segment(file: File, found: _Marker, *, framed: bool, scanned: bool) -> Segment | None:
    """Read a segment; None for one after the scans that does not belong to the picture."""
    marker, start, at = found
    if marker not in _KNOWN or (is_frame(marker) and framed) or (is_scan(marker) and not framed):
        if not scanned:
            raise NotShown(f"marker {marker}")
        return None
    length = file.unsigned(at, 2) if at + 2 <= file.length else 0
    data = at + length
    if length < 2 or data > file.length:
        if not scanned:
            raise BrokenPicture("segment too short or too long")
        return None
    body = file.slice(at + 2, data)
    if is_frame(marker):
        _refuse_not_shown(body)
    return Segment(marker, body, start, data, _end_of_scan(file, data) if is_scan(marker) else data)


def _end_of_scan(file: File, start: int) -> int:
    """Return the position of the marker after a scan's data."""
    end = file.find(_END_OF_SCAN, start)
    return file.length if end is None else end


def _refuse_not_shown(frame: File) -> None:
    """Refuse a frame that no browser shows: the API has the same rules."""
    height, width, components = frame.unsigned(1, 2), frame.unsigned(3, 2), frame.unsigned(5, 1)
    sampling = [frame.unsigned(7 + 3 * index, 1) for index in range(components)]
    sampled = all(1 <= factor <= 4 for both in sampling for factor in (both >> 4, both & 15))
    whole = components in (1, 3, 4) and frame.length == 6 + 3 * components
    sized = min(width, height) > 0 and max(width, height) <= _MAX_SIDE
    if frame.unsigned(0, 1) != 8 or not (sized and sampled and whole):
        raise NotShown("frame")
