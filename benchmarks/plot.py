"""Bars and flame graphs as SVG, legible on light and dark pages."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from benchmarks.measure import Spread

#: The heading ends above it.
_TOP = 44


def _svg(title: str, width: int, height: int, colours: tuple[str, str], parts: Iterable[str]) -> str:
    """Return an SVG with a heading. `colours` are styles for light pages, and for dark ones."""
    light, dark = colours
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="14">'
    )
    style = f"text{{fill:#24292f}}{light}@media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}{dark}}}"
    heading = f'<text x="0" y="20" font-weight="600">{escape(title)}</text>'
    return "\n".join([head, f"<style>{style}</style>", heading, *parts, "</svg>", ""])


@dataclass(frozen=True)
class Bars:
    """One bar for each measurement; a thin line shows its range. The rows named in `ours` stand out."""

    title: str
    unit: str
    rows: dict[str, Spread]
    ours: frozenset[str] = frozenset()
    digits: int = 0

    _WIDTH = 720
    _LEFT = 240
    _ROW = 30
    _COLOURS = (
        ".bar{fill:#9aa4af}.ours{fill:#2f7d4f}.range{stroke:#24292f}",
        ".bar{fill:#59636e}.ours{fill:#3fb068}.range{stroke:#e6edf3}",
    )

    def draw(self) -> str:
        """Return the SVG."""
        height = _TOP + self._ROW * len(self.rows) + 8
        return _svg(self.title, self._WIDTH, height, self._COLOURS, self._bars())

    def _bars(self) -> Iterator[str]:
        left = self._LEFT
        longest = max(found.high for found in self.rows.values()) or 1
        scale = (self._WIDTH - left - 120) / longest
        for number, (name, found) in enumerate(self.rows.items()):
            y = _TOP + self._ROW * number
            middle, low, high = (left + value * scale for value in (found.median, found.low, found.high))
            kind = "ours" if name in self.ours else "bar"
            label = f"{found.median:,.{self.digits}f} {self.unit}"
            yield f'<text x="{left - 10}" y="{y + 15}" text-anchor="end">{escape(name)}</text>'
            yield f'<rect class="{kind}" x="{left}" y="{y}" rx="2" width="{max(middle - left, 1):.1f}" height="20"/>'
            yield f'<path class="range" d="M{low:.1f} {y + 10}H{high:.1f}M{low:.1f} {y + 6}v8M{high:.1f} {y + 6}v8"/>'
            yield f'<text x="{max(middle, high) + 8:.1f}" y="{y + 15}">{escape(label)}</text>'


@dataclass(frozen=True)
class Flame:
    """Stacks of names, and what each takes without what it calls: the root on top, the widest first.

    What is narrower than a pixel is left out; a tooltip has the whole name.
    """

    title: str
    stacks: Mapping[tuple[str, ...], float]

    _WIDTH = 1200
    _ROW = 17
    #: Pixels of a letter.
    _LETTER = 6
    _COLOURS = (
        ".box0{fill:#f0d9b5}.box1{fill:#e5c48f}rect{stroke:#fff}",
        ".box0{fill:#5c4422}.box1{fill:#6f532b}rect{stroke:#0d1117}",
    )

    def draw(self) -> str:
        """Return the SVG."""
        sums: dict[tuple[str, ...], float] = defaultdict(float)
        for stack, took in self.stacks.items():
            for depth in range(len(stack) + 1):
                sums[stack[:depth]] += took
        scale = self._WIDTH / sums[()]
        shown = [stack for stack in sums if stack and sums[stack] * scale >= 1]
        callees: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
        for stack in sorted(shown, key=lambda each: -sums[each]):
            callees[stack[:-1]].append(stack)

        def boxes(caller: tuple[str, ...], x: float) -> Iterator[str]:
            for stack in callees[caller]:
                width, y = sums[stack] * scale, _TOP + self._ROW * len(caller)
                label = f"{stack[-1]}, {sums[stack]:,.0f}"
                text = label if len(label) * self._LETTER < width else stack[-1][: int(width / self._LETTER)]
                yield (
                    f"<g><title>{escape(label)}</title>"
                    f'<rect class="box{len(stack) % 2}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{self._ROW}"/>'
                    f'<text x="{x + 3:.1f}" y="{y + 12}">{escape(text)}</text></g>'
                )
                yield from boxes(stack, x)
                x += width

        height = _TOP + self._ROW * max(map(len, shown)) + 8
        title = f"{self.title}: {sums[()]:,.0f}"
        return _svg(title, self._WIDTH, height, self._COLOURS, ['<g font-size="11">', *boxes((), 0), "</g>"])
