"""Horizontal bars as inline SVG that follows the page's font and colours, written by hand.

A card has ten of these; matplotlib takes a tenth of a second to lay each out, and a second to
load. The same data gives the same bytes.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from html import escape

from dialecto.reporting.plots import Numbers

_WIDTH, _ROW, _BAR = 692.0, 26.0, 16.0  # units of the drawing: 1/72 inch as it is meant
_TOP, _FOOT = 4.0, 32.0
_SIZE = 10.0  # of letters
_GAP = 6.0
_WIDEST = 0.5 * _WIDTH  # of the labels; longer ones are pressed together
_ROOM = 1.12  # times the longest bar: what stands behind it
_TICKS = 7  # numbers on the axis at most
_NARROW, _WIDE = frozenset("fijlrtI.,:;!|'()[] -"), frozenset("mwMWOQGNDHUCAVX@%&")


def bars(
    rows: Sequence[tuple[str, float, str]], *, own: int, x: str, number: Numbers, alt: str
) -> str:
    """Horizontal bars, in order. rows: (label, value from 0, value as text); own: how many of the
    first rows are ours; x: what the axis counts."""
    left = min(max(map(_width, (label for label, _, _ in rows))), _WIDEST) + _GAP
    behind = max(map(_width, (text for _, _, text in rows))) + 2 * _GAP
    highest = max(value for _, value, _ in rows) or 1.0
    scale = min((_WIDTH - left) / (_ROOM * highest), (_WIDTH - left - behind) / highest)
    bottom = _TOP + _ROW * len(rows)
    parts = [
        f'<svg class="plot" role="img" aria-label="{escape(alt, quote=True)}"'
        f' viewBox="0 0 {_n(_WIDTH)} {_n(bottom + _FOOT)}" font-size="{_n(_SIZE)}">'
    ]
    for place, (label, value, text) in enumerate(rows):
        top = _TOP + _ROW * place
        line = top + _ROW / 2 + 0.35 * _SIZE
        colour = "accent" if place < own else "muted"
        parts.append(
            f'<rect x="{_n(left)}" y="{_n(top + (_ROW - _BAR) / 2)}" width="{_n(value * scale)}"'
            f' height="{_n(_BAR)}" style="fill: var(--{colour})"/>'
        )
        pressed = f' textLength="{_n(_WIDEST)}" lengthAdjust="spacingAndGlyphs"'
        much = pressed if _width(label) > _WIDEST else ""
        parts.append(_text(left - _GAP, line, label, "end", "ink", much))
        parts.append(_text(left + value * scale + _GAP, line, text, "start", "ink"))
    parts.append(
        f'<path d="M {_n(left)} {_n(bottom)} H {_n(_WIDTH)}" style="stroke: var(--line)"/>'
    )
    step, digits = _step(highest * _ROOM)
    for tick in range(int(highest * _ROOM / step) + 1):
        at = left + tick * step * scale
        if at <= _WIDTH - _GAP:
            shown = number(tick * step, digits)
            parts.append(_text(at, bottom + 1.3 * _SIZE, shown, "middle", "soft"))
    parts.append(_text((left + _WIDTH) / 2, bottom + 2.7 * _SIZE, x, "middle", "soft"))
    return "\n".join([*parts, "</svg>"])


def _text(x: float, y: float, text: str, anchor: str, colour: str, more: str = "") -> str:
    style = f"text-anchor: {anchor}; fill: var(--{colour})"
    return f'<text x="{_n(x)}" y="{_n(y)}" style="{style}"{more}>{escape(text)}</text>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _width(text: str) -> float:
    """About how wide a text is in an ordinary font: which one the page has is not known here."""
    ems = 0.0
    for letter in text:
        if letter in _NARROW:
            ems += 0.42
        elif letter in _WIDE:
            ems += 0.9
        else:
            ems += 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.65
    return ems * _SIZE


def _step(highest: float) -> tuple[float, int]:
    """From one number on the axis to the next, and its decimals: 1, 2 or 5 times a power of ten."""
    power = math.floor(math.log10(highest / _TICKS))
    for factor in (1, 2, 5, 10):
        if factor * 10.0**power * _TICKS >= highest:
            break
    return factor * 10.0**power, max(-power - (factor == 10), 0)
