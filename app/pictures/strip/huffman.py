"""The codes of a JPEG: ITU T.81 (Annex C, F.2.2)."""

import re
from collections.abc import Callable, Iterator
from struct import iter_unpack
from typing import Final

from .file import File, Limits

#: The longest code, in bits.
_LONGEST: Final = 16
#: What it takes to make a table: as much as to read so many codes.
_TABLE_STEPS: Final = 8_000
#: Data are read in pieces of so many bytes.
_PIECE: Final = 64 * 1024
_MARKER: Final = re.compile(rb"\xff(?!\0)")
_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")


class Table:
    """Codes, by what the next 16 bits are. An entry is a number times 32, and how many bits it takes."""

    __slots__ = ("_counts", "_jumps", "_values", "_whole")

    def __init__(self, counts: bytes, values: bytes) -> None:
        self._counts = counts
        self._values = values
        self._whole: list[int] = []
        self._jumps: list[int] = []

    def values(self, limits: Limits) -> list[int]:
        """Return entries with the value of each code."""
        if not self._whole:
            self._whole = self._make(limits, lambda value, length: value << 5 | length)
        return self._whole

    def jumps(self, limits: Limits) -> list[int]:
        """Return entries with how many coefficients a code passes over, 64 at a block's end; and the bits behind it."""
        if not self._jumps:
            self._jumps = self._make(
                limits, lambda value, length: ((value >> 4) + 1 if value else 64) << 5 | length + (value & 15)
            )
        return self._jumps

    def _make(self, limits: Limits, entry: Callable[[int, int], int]) -> list[int]:
        limits.take(_TABLE_STEPS)
        entries: list[int] = []
        values = iter(self._values)
        for length, count in enumerate(self._counts, 1):
            for value in (next(values) for _ in range(count)):
                entries += [entry(value, length)] * 2 ** (_LONGEST - length)
                if len(entries) >= 2**_LONGEST:
                    return entries
        # Decoders read an unknown code as zero.
        return entries + [entry(0, _LONGEST)] * (2**_LONGEST - len(entries))


def read_tables(body: File, tables: dict[int, Table]) -> None:
    """Read the codes in a segment."""
    at = 0
    while at < body.length:
        body.limits.take()
        counts = body.text(at + 1, _LONGEST)
        start = at + 1 + _LONGEST
        tables[body.unsigned(at, 1)] = Table(counts, body.text(start, sum(counts)))
        at = start + sum(counts)


class Bits:
    """Reads bits (T.81, F.2.2.5). After the end, and after a marker, it reads zeros."""

    __slots__ = ("_bits", "_bytes", "_end", "_file", "_left", "_read", "_start", "_words", "codes")

    def __init__(self, file: File, start: int, end: int) -> None:
        self._file = file
        self._end = end
        #: How many times it was read; who counts them sets it back.
        self.codes = 0
        self._begin(start)

    def _begin(self, start: int) -> None:
        self._start = start
        self._words = self._read_words()
        #: The bits that were read but not taken are the last `_left` of `_bits`.
        self._bits = self._left = self._read = 0
        #: How many bytes there are, once that is known.
        self._bytes: int | None = None

    @property
    def ended(self) -> bool:
        """Whether more bits were taken than there are."""
        return self._bytes is not None and self._read - self._left > 8 * self._bytes

    @property
    def at(self) -> int:
        """The position after the byte that is being read."""
        taken = -(-(self._read - self._left) // 8)
        taken = taken if self._bytes is None else min(taken, self._bytes)
        at = self._start
        while taken > 0:
            piece = self._piece(at, taken)
            at += len(piece)
            taken -= len(piece) - piece.count(b"\xff\0")
        return at

    def restart(self) -> bool:
        """Skip to the position after the next restart marker; False if there is none."""
        marker = self._file.slice(0, self._end).find(_RESTART, self.at)
        if marker is None:
            return False
        self._file.limits.take()
        self._begin(marker + 2)
        return True

    def code(self, entries: list[int]) -> int:
        """Return the number of the next code in a table."""
        if self._left < 32:
            self._refill()
        entry = entries[self._bits >> self._left - _LONGEST & 0xFFFF]
        self._left -= entry & 31
        self.codes += 1
        return entry >> 5

    def receive(self, count: int) -> int:
        """Return a number of at most 16 bits."""
        if self._left < 32:
            self._refill()
        self._left -= count
        self.codes += 1
        return self._bits >> self._left & (1 << count) - 1

    def skip(self, count: int) -> None:
        """Pass over any number of bits."""
        self._left -= count
        self.codes += 1
        if self._left < 0:
            self._refill()

    def _refill(self) -> None:
        while self._left < 32:
            self._bits = (self._bits << 32 | next(self._words)) & 0xFFFF_FFFF_FFFF_FFFF
            self._left += 32
            self._read += 32

    def _piece(self, at: int, most: int) -> bytes:
        """Return the next bytes, and one more where the last would be parted from its zero."""
        size = min(most, _PIECE, self._end - at)
        piece = self._file.text(at, size)
        return self._file.text(at, size + 1) if piece.endswith(b"\xff") and at + size < self._end else piece

    def _read_words(self) -> Iterator[int]:
        """Yield 32 bits at a time, without the zero behind each 0xff; in the end zeros."""
        at, count, rest = self._start, 0, b""
        while at < self._end:
            piece = self._piece(at, _PIECE)
            at += len(piece)
            if marker := _MARKER.search(piece):
                piece, at = piece[: marker.start()], self._end
            clean = piece.replace(b"\xff\0", b"\xff")
            count += len(clean)
            clean = rest + clean
            whole = len(clean) & ~3
            rest = clean[whole:]
            yield from (word for (word,) in iter_unpack(">I", clean[:whole]))
        self._bytes = count
        yield int.from_bytes(rest.ljust(4, b"\0"))
        while True:
            yield 0
