"""The lineage as a small picture: stages in a row, an arrow from each input to its user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from dialecto.reporting.facts import StageFacts

_WIDTH, _HEIGHT, _GAP = 118, 58, 26  # of a box, in SVG units
_ARC = 22  # how much higher an arrow rises for each stage it skips


def lineage_svg(
    stages: Sequence[StageFacts], *, names: Mapping[str, str], facts: Mapping[str, str], alt: str
) -> str:
    """Inline SVG in the page's colours.

    names: what people call each stage; facts: a short line under the name (its duration).
    """
    place = {stage.name: i for i, stage in enumerate(stages)}
    edges = [(place[name], i) for i, s in enumerate(stages) for name in s.inputs if name in place]
    top = 12 + _ARC * max((end - start - 1 for start, end in edges), default=0)
    width = len(stages) * (_WIDTH + _GAP) - _GAP + 2
    arrows = "".join(_arrow(start, end, top) for start, end in edges)
    boxes = "".join(
        _box(i, top, names[s.name], s.digest[:10], facts[s.name]) for i, s in enumerate(stages)
    )
    return (
        f'<svg class="lineage" role="img" aria-label="{escape(alt, quote=True)}" '
        f'viewBox="0 0 {width} {top + _HEIGHT + 4}"><defs><marker id="tip" viewBox="0 0 8 8" '
        'refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0,1 L7,4 L0,7 z" class="tip"/></marker></defs>{arrows}{boxes}</svg>'
    )


def _box(index: int, top: int, name: str, digest: str, fact: str) -> str:
    x, middle = 1 + index * (_WIDTH + _GAP), 1 + index * (_WIDTH + _GAP) + _WIDTH / 2
    lines = [(name, 20, "name"), (fact, 36, "fact"), (digest, 50, "digest")]
    texts = "".join(
        f'<text x="{middle:g}" y="{top + y}" class="{kind}">{escape(text)}</text>'
        for text, y, kind in lines
    )
    return f'<rect x="{x}" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" rx="7"/>{texts}'


def _arrow(start: int, end: int, top: int) -> str:
    step = _WIDTH + _GAP
    if end - start == 1:
        y = top + _HEIGHT / 2
        return f'<path class="edge" d="M{start * step + _WIDTH + 2},{y:g} H{end * step - 1}"/>'
    # Leaves right of the middle and arrives left of it, so that arrows do not lie on each other.
    x1, x2 = start * step + _WIDTH * 0.66, end * step + _WIDTH * (0.2 + 0.09 * start)
    rise = top - _ARC * (end - start - 1) * 1.33 - 4
    curve = f"M{x1:g},{top} C{x1:g},{rise:g} {x2:g},{rise:g} {x2:g},{top - 2}"
    return f'<path class="edge" d="{curve}"/>'
