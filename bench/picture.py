"""The picture of the README: what one core makes in a second, of ours and of others, drawn from a report."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from xml.sax.saxutils import escape

from bench.peers import PEERS
from bench.report import Report
from bench.variants import HAND

_BARS = {
    HAND: "plain dicts, by hand, for this corpus alone",
    "record, in process": "Broadcast, from records in process",
    "record, plan per batch": "Broadcast, from lines of JSON",
    "delivery, plan per batch": "Broadcast, from OpenRouter's deliveries",
    "record, stdlib engine": "Broadcast, from lines, without orjson",
    **{name: f"{name}, in process" for name in PEERS},
}
"""What is drawn, by the variant."""
_TITLE = "Generations a second on one core, made into Opik's rows"
_WIDTH, _LEFT, _HEIGHT, _TOP = 760, 300, 30, 46


def drawn(report: Report) -> str:
    """Return the picture as SVG, which is readable on light and dark pages."""
    rates = {
        label: timed.records / median(sum(batches) for batches in timed.rounds)
        for name, label in _BARS.items()
        if (timed := report.results.get((name, "mixed"))) is not None
    }
    height = _TOP + _HEIGHT * len(rates) + 8
    lines = "\n".join(_bars(rates))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"
  font-family="system-ui, sans-serif" font-size="13">
<title>{_TITLE}</title>
<style>text {{ fill: #1f2328 }} .ours {{ fill: #2f6fdd }} .other {{ fill: #8c959f }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #d1d7e0 }} }}</style>
<text x="8" y="22" font-size="15" font-weight="600">{_TITLE}</text>
{lines}
</svg>
"""


def _bars(rates: dict[str, float]) -> Iterator[str]:
    most = max(rates.values())
    for n, (label, rate) in enumerate(sorted(rates.items(), key=lambda one: -one[1])):
        y = _TOP + n * _HEIGHT
        width = max(2, (_WIDTH - _LEFT - 80) * rate / most)
        kind = "ours" if label.startswith("Broadcast") else "other"
        yield f'<text x="8" y="{y + 15}">{escape(label)}</text>'
        yield f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{width:.0f}" height="20" rx="3"/>'
        yield f'<text x="{_LEFT + width + 6:.0f}" y="{y + 15}">{rate:,.0f}</text>'
