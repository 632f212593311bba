"""Find where the data of a JPEG's last scan end if no marker says so: ITU T.81 (B.2, F.2, G.1, G.2).

The codes are read only for their lengths; no pixel is decoded.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from .file import BrokenPicture, File, Limits
from .huffman import Bits, Table, read_tables

_PROGRESSIVE: Final = 0xC2
_TABLES: Final = 0xC4
_INTERVAL: Final = 0xDD
#: What a block takes beside its codes.
_BLOCK_STEPS: Final = 6
#: More coefficients than any accepted picture has; a false size must not use up the memory.
_MAX_COEFFICIENTS: Final = 2**28
#: The highest number that a scan can give to a coefficient.
_HIGHEST: Final = 255


@dataclass(slots=True)
class Segment:
    """A segment of a JPEG. A scan's data are between `data` and `end`, after its header."""

    marker: int
    body: File
    start: int
    data: int
    end: int


def is_frame(marker: int) -> bool:
    """Say whether a marker begins a frame."""
    return 0xC0 <= marker <= 0xC2


def is_scan(marker: int) -> bool:
    """Say whether a marker begins a scan."""
    return marker == 0xDA


class _Component(NamedTuple):
    across: int
    down: int
    h: int
    v: int


class _Frame(NamedTuple):
    progressive: bool
    width: int
    height: int
    #: The largest sampling.
    h: int
    v: int
    components: dict[int, _Component]


class _Part(NamedTuple):
    """A component in a scan: its number, and its codes."""

    number: int
    dc: Table | None
    ac: Table | None


class _Scan(NamedTuple):
    segment: Segment
    parts: list[_Part]
    interval: int
    first: int
    last: int
    refines: bool

    @property
    def of(self) -> int | None:
        """The number of its first component."""
        return self.parts[0].number if self.parts else None


def end_of_data(file: File, segments: list[Segment]) -> int | None:
    """Return where the last scan is complete; None if its data end too early."""
    frame, scans = _understand(segments)
    if frame is None or not scans:
        raise BrokenPicture("no picture")
    last = scans.pop()
    known = None
    # A refining scan depends on the scans before it. No other scan does.
    if frame.progressive and last.refines and last.first > 0 and last.of is not None:
        known = _Known(frame, last.of)
        for scan in scans:
            if scan.first > 0 and scan.of == last.of:
                _walk(file, frame, scan, known)
    return _walk(file, frame, last, known)


def _understand(segments: list[Segment]) -> tuple[_Frame | None, list[_Scan]]:
    frame = None
    tables: dict[int, Table] = {}
    interval = 0
    scans = []
    for segment in segments:
        if is_frame(segment.marker):
            frame = _read_frame(segment.body, progressive=segment.marker == _PROGRESSIVE)
        elif segment.marker == _TABLES:
            read_tables(segment.body, tables)
        elif segment.marker == _INTERVAL:
            interval = segment.body.unsigned(0, 2)
        elif is_scan(segment.marker):
            scans.append(_read_scan(segment, tables, interval))
    return frame, scans


def _read_frame(body: File, *, progressive: bool) -> _Frame:
    height, width = body.unsigned(1, 2), body.unsigned(3, 2)
    factors = {}
    for at in range(6, body.length, 3):
        sampling = body.unsigned(at + 1, 1)
        factors[body.unsigned(at, 1)] = (sampling >> 4, sampling & 15)
    most_h, most_v = (max(both[side] for both in factors.values()) for side in (0, 1))
    components = {
        number: _Component(_blocks(width * h, most_h), _blocks(height * v, most_v), h, v)
        for number, (h, v) in factors.items()
    }
    return _Frame(progressive, width, height, most_h, most_v, components)


def _blocks(pixels: int, divisor: int) -> int:
    """Return how many blocks of eight cover some pixels, after dividing; each time the rest counts as one."""
    return -(pixels // -divisor // 8)


def _read_scan(segment: Segment, tables: dict[int, Table], interval: int) -> _Scan:
    body = segment.body
    count = body.unsigned(0, 1)
    parts = []
    for at in range(1, 1 + 2 * count, 2):
        chosen = body.unsigned(at + 1, 1)
        parts.append(_Part(body.unsigned(at, 1), tables.get(chosen >> 4), tables.get(0x10 | chosen & 15)))
    first, last, approximation = (body.unsigned(1 + 2 * count + index, 1) for index in range(3))
    return _Scan(segment, parts, interval, first, last, approximation >> 4 > 0)


class _Known:
    """Which coefficients of a component are known not to be zero: a byte for each, as far as they were read."""

    def __init__(self, frame: _Frame, number: int) -> None:
        component = frame.components.get(number)
        self._length = component.across * component.down * 64 if component else 0
        if self._length > _MAX_COEFFICIENTS:
            raise BrokenPicture("too large")
        self.bytes = bytearray()

    def reach(self, block: int) -> int:
        """Make room for a block, and return where it begins."""
        start = 64 * block
        if len(self.bytes) <= start + _HIGHEST:
            self.bytes.extend(bytes(start + _HIGHEST + 1 + 64 * 1024 - len(self.bytes)))
        return start

    def add(self, at: int) -> None:
        """Note that a coefficient is not zero."""
        if at < self._length:
            self.bytes[at] = 1


def _walk(file: File, frame: _Frame, scan: _Scan, known: _Known | None) -> int | None:
    """Read a scan, and return where its data end; None if there are too few."""
    bits = Bits(file, scan.segment.data, scan.segment.end)
    blocks: _Blocks = _Sequential(bits, file.limits)
    if frame.progressive:
        blocks = _Progressive(bits, scan, known, file.limits)
    parts = []
    for part in scan.parts:
        component = frame.components.get(part.number)
        if component is None:
            raise BrokenPicture("no such component")
        parts.append((part, component))
    if len(parts) == 1:
        across, down = parts[0][1].across, parts[0][1].down
    else:
        across, down = -(-frame.width // (8 * frame.h)), -(-frame.height // (8 * frame.v))
    turns = [part for part, component in parts for _ in range(1 if len(parts) == 1 else component.h * component.v)]
    for unit in range(across * down):
        if scan.interval and unit and unit % scan.interval == 0:
            if not bits.restart():
                return None
            blocks.restart()
        if not scan.interval and bits.ended:
            return None
        for part in turns:
            blocks.read(part, unit)
        file.limits.take(bits.codes + _BLOCK_STEPS * (len(turns) or 1))
        bits.codes = 0
    return None if bits.ended else bits.at


class _Blocks(Protocol):
    def read(self, part: _Part, number: int) -> None: ...
    def restart(self) -> None: ...


def _need(table: Table | None) -> Table:
    if table is None:
        raise BrokenPicture("no such table")
    return table


class _Sequential:
    """T.81, F.2.2."""

    def __init__(self, bits: Bits, limits: Limits) -> None:
        self._bits = bits
        self._limits = limits

    def restart(self) -> None:
        """Begin anew after a restart marker."""

    def read(self, part: _Part, number: int) -> None:  # noqa: ARG002  (blocks of a progressive scan need it)
        """Read a block."""
        bits = self._bits
        bits.skip(bits.code(_need(part.dc).values(self._limits)))
        jumps = _need(part.ac).jumps(self._limits)
        k = 1
        while k < 64:
            k += bits.code(jumps)


class _Progressive:
    """T.81, G.1.2 and G.2."""

    def __init__(self, bits: Bits, scan: _Scan, known: _Known | None, limits: Limits) -> None:
        self._bits = bits
        self._scan = scan
        self._known = known
        self._limits = limits
        #: How many of the next blocks have nothing new in them.
        self._empty = 0

    def restart(self) -> None:
        """Begin anew after a restart marker."""
        self._empty = 0

    def read(self, part: _Part, number: int) -> None:
        """Read a block."""
        if self._scan.first == 0:
            self._bits.skip(1 if self._scan.refines else self._bits.code(_need(part.dc).values(self._limits)))
        elif not self._scan.refines:
            self._begin(part.ac, number)
        elif self._known:
            self._refine(part.ac, self._known, self._known.reach(number))

    def _begin(self, ac: Table | None, number: int) -> None:
        if self._empty > 0:
            self._empty -= 1
            return
        bits, known, k = self._bits, self._known, self._scan.first
        start = known.reach(number) if known else 0
        while k <= self._scan.last:
            value = bits.code(_need(ac).values(self._limits))
            run, size = value >> 4, value & 15
            if size == 0 and run < 15:
                self._empty = 2**run + bits.receive(run) - 1
                return
            k += run
            bits.skip(size)
            if size > 0 and known and k <= self._scan.last:
                known.add(start + k)
            k += 1

    def _refine(self, ac: Table | None, known: _Known, start: int) -> None:
        bits, k, end = self._bits, self._scan.first, self._scan.last + 1
        while self._empty == 0 and k < end:
            value = bits.code(_need(ac).values(self._limits))
            run, appears = value >> 4, value & 15 > 0
            if appears:
                bits.skip(1)
            elif run < 15:
                self._empty = 2**run + bits.receive(run)
                break
            # Coefficients that are already known get one more bit each, and are not counted.
            while k < end:
                if known.bytes[start + k]:
                    bits.skip(1)
                elif run == 0:
                    break
                else:
                    run -= 1
                k += 1
            if appears and k < end:
                known.add(start + k)
            k += 1
        if self._empty > 0:
            bits.skip(known.bytes.count(1, start + k, start + end))
            self._empty -= 1
