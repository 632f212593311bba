"""Bars as SVG, legible on light and dark pages."""

from dataclasses import dataclass
from html import escape

from benchmarks.measure import Spread

_STYLE = (
    "<style>text{fill:#24292f}.bar{fill:#9aa4af}.ours{fill:#2f7d4f}.range{stroke:#24292f}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#59636e}.ours{fill:#3fb068}"
    ".range{stroke:#e6edf3}}</style>"
)
_WIDTH, _LEFT, _ROW, _TOP = 720, 240, 30, 44


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
