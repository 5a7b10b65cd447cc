"""How the experts of a mixture were used, as a small table of colours in the page's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from markupsafe import Markup

from dialecto.reporting.facts import read_lines
from dialecto.reporting.texts import Words

_CELL, _LABEL = 26, 70  # of a cell and of the layers' names, in SVG units
_SHOWN = 12  # lines of the table over the steps


def read_experts(folder: Path) -> list[dict[str, Any]]:
    """The lines of a pretrain artefact's experts.jsonl: step, shares (layers x experts)."""
    return read_lines(folder / "experts.jsonl")


def experts_view(lines: Sequence[Mapping[str, Any]], t: Words) -> dict[str, Any] | None:
    """What the page shows of them, worded; None for a model without experts."""
    if not lines:
        return None
    last = lines[-1]
    number = len(last["shares"][0])
    every = -(-len(lines) // _SHOWN)
    return {
        "lead": t(
            "experts.lead",
            step=t.number(last["step"]),
            even=t.percent(1 / number, 1),
            times=t.number(_fullest(last["shares"]), 2),
        ),
        "picture": Markup(_picture(last["shares"], t)),
        "rows": [
            (
                t.number(line["step"]),
                t.number(_fullest(line["shares"]), 2),
                t.number(_entropy(line["shares"]), 3),
            )
            for index, line in enumerate(lines)
            if (len(lines) - 1 - index) % every == 0
        ],
    }


def _fullest(shares: Sequence[Sequence[float]]) -> float:
    """The largest share of all layers, over an even one."""
    return max(max(layer) for layer in shares) * len(shares[0])


def _entropy(shares: Sequence[Sequence[float]]) -> float:
    """Entropy of the shares over that of even ones, the mean of the layers."""
    entropies = [-sum(s * math.log(s) for s in layer if s > 0) for layer in shares]
    return sum(entropies) / len(entropies) / math.log(len(shares[0]))


def _picture(shares: Sequence[Sequence[float]], t: Words) -> str:
    """A row of cells for each layer; the fuller an expert, the stronger the colour."""
    number = len(shares[0])
    most, least = max(map(max, shares)), min(map(min, shares))
    alt = t("experts.alt", most=t.percent(most, 1), least=t.percent(least, 1))
    cells = "".join(
        f'<text x="0" y="{row * _CELL + 17}" fill="var(--soft)" font-size="11">'
        f"{escape(t('experts.layer'))} {row + 1}</text>"
        + "".join(
            f'<rect x="{_LABEL + column * _CELL}" y="{row * _CELL}" width="{_CELL - 2}" '
            f'height="{_CELL - 2}" rx="3" fill="var(--accent)" '
            f'fill-opacity="{min(share * number / 2, 1.0):.3f}" stroke="var(--line)">'
            f"<title>{escape(t.percent(share, 1))}</title></rect>"
            for column, share in enumerate(layer)
        )
        for row, layer in enumerate(shares)
    )
    width, height = _LABEL + number * _CELL, len(shares) * _CELL
    return (
        f'<svg role="img" aria-label="{escape(alt, quote=True)}" viewBox="0 0 {width} {height}" '
        f'style="max-width:{width}px">{cells}</svg>'
    )
