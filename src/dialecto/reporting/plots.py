"""Plots as inline SVG that follow the page: its font, its light and its dark colours.

matplotlib draws in stand-in colours, which become CSS variables; text stays text, so it can
be read aloud, searched and printed sharply. The same data gives the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

Numbers = Callable[[float, int], str]  # writes a number with so many decimals

# Stand-ins for the page's colours; the SVG carries the variable in their place.
_INK, _SOFT, _GRID = "#010101", "#020202", "#030303"
_SERIES = ("#040404", "#050505", "#060606")
_VARIABLES = {
    _INK: "var(--ink)",
    _SOFT: "var(--soft)",
    _GRID: "var(--line)",
    _SERIES[0]: "var(--accent)",
    _SERIES[1]: "var(--second)",
    _SERIES[2]: "var(--muted)",
}
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": _INK,
    "axes.labelcolor": _SOFT,
    "axes.edgecolor": _GRID,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "text.parse_math": False,
}


def curve(
    lines: Sequence[Mapping[str, float]],
    *,
    field: str,
    scale: float = 1.0,
    labels: Mapping[str, str],
    number: Numbers,
    alt: str,
    key: str,
) -> str:
    """Training (smoothed) and held-out values over time.

    lines: of metrics.jsonl; field: the training value, times `scale`; labels: `train`,
    `validation`, `seconds`, `minutes`, `y`; key: makes the SVG's identifiers unique on the page.
    """
    unit, length = ("minutes", 60) if lines[-1]["seconds"] >= 180 else ("seconds", 1)
    times = [line["seconds"] / length for line in lines]
    held = [
        (time, value)
        for time, line in zip(times, lines, strict=True)
        for name, value in line.items()
        if name.startswith("validation_")
    ]
    values = [line[field] * scale for line in lines]

    def draw(axes: Any) -> None:
        axes.plot(times, smooth(values), color=_SERIES[2], linewidth=1.4, label=labels["train"])
        if held:
            axes.plot(
                *zip(*held, strict=True),
                color=_SERIES[0],
                marker="o",
                markersize=4,
                linewidth=2,
                label=labels["validation"],
            )
        # The first steps, far above the rest, would flatten all that follows.
        shown = smooth(values)[len(values) // 20 :] + [value for _, value in held[1:] or held]
        low, high = min(shown), max(shown)
        margin = 0.08 * (high - low) or 0.1 * abs(high) or 0.1
        axes.set_ylim(max(low - margin, 0), high + margin)
        axes.set(xlabel=labels[unit], ylabel=labels["y"])
        axes.grid(axis="y")
        axes.legend(loc="upper right")

    return _svg(draw, number=number, both=True, size=(9.6, 3.4), alt=alt, key=key)


def paired_bars(
    rows: Sequence[tuple[str, float, float]],
    *,
    labels: tuple[str, str],
    x: str,
    number: Numbers,
    alt: str,
    key: str,
) -> str:
    """Two horizontal bars for each row, in order. rows: (label, before, after)."""

    def draw(axes: Any) -> None:
        for side, (label, colour) in enumerate(zip(labels, (_SERIES[2], _SERIES[0]), strict=True)):
            places = [place + 0.36 * side for place in range(len(rows))]
            values = [row[1 + side] for row in rows]
            axes.barh(places, values, color=colour, height=0.34, label=label)
        axes.set_yticks(
            [place + 0.18 for place in range(len(rows))], [row[0] for row in rows], color=_INK
        )
        axes.invert_yaxis()
        axes.set_xlabel(x)
        axes.spines["left"].set_visible(False)
        axes.legend(loc="lower right")

    height = 1.0 + 0.5 * len(rows)
    return _svg(draw, number=number, both=False, size=(9.6, height), alt=alt, key=key)


def smooth(values: Sequence[float], weight: float = 0.9) -> list[float]:
    """Exponential mean, without the pull of its start towards zero."""
    kept: list[float] = []
    total = share = 0.0
    for value in values:
        total = weight * total + (1 - weight) * value
        share = weight * share + (1 - weight)
        kept.append(total / share)
    return kept


def _svg(
    draw: Any, *, number: Numbers, both: bool, size: tuple[float, float], alt: str, key: str
) -> str:
    """both: the y axis holds numbers too, not only the x axis."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    style: Any = {**_STYLE, "svg.hashsalt": key}
    with mpl.rc_context(style):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        figure.patch.set_alpha(0)
        axes = figure.subplots()
        axes.patch.set_alpha(0)
        draw(axes)
        _localise(axes.xaxis, number)
        if both:
            _localise(axes.yaxis, number)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return themed(buffer.getvalue(), alt=alt, key=key)


def _localise(axis: Any, number: Numbers) -> None:
    """Tick labels as the page's language writes numbers, as many decimals as they need."""
    ticks = axis.get_major_locator()()
    step = abs(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
    digits = next((d for d in range(4) if abs(step - round(step, d)) < 1e-6 * step), 4)
    axis.set_major_formatter(lambda value, _position: number(value, digits))


def themed(svg: str, *, alt: str, key: str) -> str:
    """The bare `<svg>` element with the page's colours, an alternative text, unique names."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    for stand_in, variable in _VARIABLES.items():
        body = body.replace(stand_in, variable)
    body = re.sub(r"font: [^;\"]*?(\d+)px [^;\"]*", r"font-size: \1px", body)
    # matplotlib numbers its groups alike in every file; on one page they must differ.
    body = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{key}-", body)
    label = escape(alt, quote=True)
    return re.sub(
        r"<svg [^>]*?viewBox=\"([^\"]+)\"[^>]*>",
        # No name spaces: within HTML they are known, and the page names no address at all.
        lambda match: (
            f'<svg class="plot" role="img" aria-label="{label}" viewBox="{match.group(1)}">'
        ),
        body,
        count=1,
    )
