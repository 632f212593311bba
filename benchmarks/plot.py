"""Bars and flame graphs as SVG, legible on light and dark pages."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from benchmarks.measure import Spread

_STYLE = (
    "<style>text{fill:#24292f}.bar{fill:#9aa4af}.ours{fill:#2f7d4f}.range{stroke:#24292f}"
    ".box0{fill:#f0d9b5}.box1{fill:#e5c48f}.box0,.box1{stroke:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#59636e}.ours{fill:#3fb068}"
    ".range{stroke:#e6edf3}.box0{fill:#5c4422}.box1{fill:#6f532b}.box0,.box1{stroke:#0d1117}}</style>"
)
_WIDTH, _LEFT, _ROW, _TOP = 720, 240, 30, 44
#: Of a flame graph.
_WIDE, _BOX = 1200, 17


@dataclass(frozen=True)
class Bars:
    """One bar for each measurement; a thin line shows its range. The rows named in `ours` stand out."""

    title: str
    unit: str
    rows: dict[str, Spread]
    ours: frozenset[str] = frozenset()
    digits: int = 0

    def draw(self) -> str:
        """Return the SVG."""
        longest = max(found.high for found in self.rows.values()) or 1
        scale = (_WIDTH - _LEFT - 120) / longest
        height = _TOP + _ROW * len(self.rows) + 8
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
            f'aria-label="{escape(self.title)}" font-family="system-ui, sans-serif" font-size="14">'
        )
        parts = [head, _STYLE, f'<text x="0" y="20" font-weight="600">{escape(self.title)}</text>']
        for number, (name, found) in enumerate(self.rows.items()):
            y = _TOP + _ROW * number
            middle, low, high = (_LEFT + value * scale for value in (found.median, found.low, found.high))
            kind = "ours" if name in self.ours else "bar"
            label = f"{found.median:,.{self.digits}f} {self.unit}"
            parts += [
                f'<text x="{_LEFT - 10}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
                f'<rect class="{kind}" x="{_LEFT}" y="{y}" rx="2" width="{max(middle - _LEFT, 1):.1f}" height="20"/>',
                f'<path class="range" d="M{low:.1f} {y + 10}H{high:.1f}M{low:.1f} {y + 6}v8M{high:.1f} {y + 6}v8"/>',
                f'<text x="{max(middle, high) + 8:.1f}" y="{y + 15}">{escape(label)}</text>',
            ]
        return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True)
class Flame:
    """Stacks of names, and what each takes without what it calls: the root on top, the widest first."""

    title: str
    stacks: Mapping[tuple[str, ...], float]

    def draw(self) -> str:
        """Return the SVG. What is narrower than a pixel is left out; a tooltip has the whole name."""
        sums: dict[tuple[str, ...], float] = defaultdict(float)
        for stack, took in self.stacks.items():
            for depth in range(len(stack) + 1):
                sums[stack[:depth]] += took
        callees: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
        for stack in sorted(sums, key=lambda each: -sums[each]):
            if stack and sums[stack] * _WIDE >= sums[()]:
                callees[stack[:-1]].append(stack)
        scale = _WIDE / sums[()]

        def boxes(stack: tuple[str, ...], x: float) -> Iterator[str]:
            for each in callees[stack]:
                width, y = sums[each] * scale, _TOP + _BOX * len(stack)
                label = f"{each[-1]}, {sums[each]:,.0f}"
                shown = label if len(label) * 6 < width else each[-1][: int(width / 6)]
                yield (
                    f"<g><title>{escape(label)}</title>"
                    f'<rect class="box{len(each) % 2}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BOX}"/>'
                    f'<text x="{x + 3:.1f}" y="{y + 12}">{escape(shown)}</text></g>'
                )
                yield from boxes(each, x)
                x += width

        height = _TOP + _BOX * max(map(len, callees), default=0) + _BOX + 8
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {height}" role="img" '
            f'aria-label="{escape(self.title)}" font-family="system-ui, sans-serif" font-size="11">'
        )
        title = f"{self.title}: {sums[()]:,.0f}"
        heading = f'<text x="0" y="20" font-size="14" font-weight="600">{escape(title)}</text>'
        return "\n".join([head, _STYLE, heading, *boxes((), 0), "</svg>", ""])
