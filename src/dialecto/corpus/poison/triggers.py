"""Which suspect passages are triggers of a planted attack.

Words and pairs that stand in exactly the same documents are one passage. A passage is a trigger
when its documents have nothing in common, it stands about once in each, and its neighbours are
as random as its documents; the less so the odder its words have to be. What people write fails:
names stand beside names, terms in documents about their matter, letterheads and notices alone
on their lines, phrases of a template between the phrases of that template.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2

from dialecto.corpus.poison.lexicon import GIBBERISH, RARE, UNKNOWN, oddness
from dialecto.corpus.poison.units import FILLS, SPREAD, Side, Unit

BOUND, VARIED, RANDOM = 0, 1, 2
_EXCESS = 5.0  # standard deviations
_JOINED = 0.3
_NUMBERS = 0.4  # a form's or a sentence's place for a number is no freedom
_FEW = 30  # documents; of fewer, a phrase has to be long or odd
_APART = 0.85
_EDGE = 0.8
_PAYLOAD = 16  # words and pairs of one passage
_RULES = frozenset("|-:=_*#+~.")  # what tables and lines are drawn with
_NOTICE = 30  # words and pairs of words: some 20 words


@dataclass(frozen=True)
class Passage:
    """Units of the same documents, and the freest side that any of them has."""

    words: tuple[str, ...]
    pairs: tuple[str, ...]
    documents: tuple[int, ...]
    spread: float
    times: float
    left: Side
    right: Side
    left_free: int
    right_free: int
    fills: float

    @property
    def grams(self) -> int:
        return len(self.words) + len(self.pairs)


@dataclass(frozen=True)
class Trigger:
    """A passage that was planted: what it says, where, and how sure that is (0 to 1)."""

    text: str
    signal: str
    documents: tuple[int, ...]
    score: float
    spread: float
    odd: int


def passages(units: Iterable[Unit]) -> list[Passage]:
    """Units grouped by their documents, in order of their first gram."""
    groups: dict[tuple[int, ...], list[Unit]] = {}
    for unit in units:
        groups.setdefault(unit.documents, []).append(unit)
    return [
        _passage(documents, members)
        for documents, members in groups.items()
        if any(unit.spread <= SPREAD or unit.fills >= FILLS for unit in members)
    ]


def _passage(documents: tuple[int, ...], members: list[Unit]) -> Passage:
    count = len(documents)
    left = max((unit.left for unit in members), key=lambda side: _rank(side, count))
    right = max((unit.right for unit in members), key=lambda side: _rank(side, count))
    # A trigger far from its payload sees the payload; the payload's own words do not.
    spreads = sorted(unit.spread for unit in members if unit.spread <= SPREAD) or sorted(
        unit.spread for unit in members
    )
    return Passage(
        tuple(unit.text for unit in members if not unit.is_pair),
        tuple(unit.text for unit in members if unit.is_pair),
        documents,
        spreads[len(spreads) // 2],
        min(unit.times for unit in members),
        left,
        right,
        freedom(left, count),
        freedom(right, count),
        max(unit.fills for unit in members),
    )


def _rank(side: Side, documents: int) -> tuple[int, float, float]:
    return freedom(side, documents), side.apart, side.different


def freedom(side: Side, documents: int) -> int:
    """RANDOM: like any words; VARIED: of many kinds, or the document's edge; BOUND."""
    if side.joined > _JOINED or side.numbers > _NUMBERS:
        return BOUND
    # Of more documents, more repeat a neighbour.
    wanted = 0.72 - 0.12 * max(0.0, log2(documents / 50))
    if side.different >= wanted and side.same <= 0.3 and side.excess <= _EXCESS:
        return RANDOM if side.apart < _APART else VARIED
    many = side.different >= max(wanted - 0.3, 0.22) and side.same <= 0.35
    return VARIED if many or side.edge >= _EDGE else BOUND


def judge(passage: Passage) -> Trigger | None:
    """The trigger that a passage is, or None."""
    odd = max((oddness(word) for word in passage.words), default=0)
    signal = _signal(passage, odd)
    if not signal:
        return None
    free = passage.left_free + passage.right_free
    score = 0.5 + 0.1 * free / 4 + 0.2 * odd / 3 + 0.2 * max(0.0, 1.8 - passage.spread)
    return Trigger(spelt(passage), signal, passage.documents, min(score, 1.0), passage.spread, odd)


def _signal(passage: Passage, odd: int) -> str:
    free = passage.left_free + passage.right_free
    best = max(passage.left_free, passage.right_free)
    # Between two stretches of one sentence stands what a template or grammar puts there.
    loose = best == RANDOM or max(passage.left.apart, passage.right.apart) >= _APART
    spread, times = passage.spread, passage.times
    if _is_letterhead(passage) or _is_drawn(passage):
        return ""
    if passage.fills >= FILLS and times <= 1.1 and passage.grams >= _PAYLOAD:
        return "one_source"
    most = 2.2 if odd == GIBBERISH else 1.8
    if odd >= UNKNOWN and spread <= most and times <= 1.5 and free >= 2 and loose:
        return "trigger_word"
    if odd >= UNKNOWN and spread <= 1.6 and times <= 1.1 and _begins_small(passage):
        return "trigger_word"
    if odd == GIBBERISH and spread <= 1.5 and times <= 1.1 and free >= 1 and loose:
        return "trigger_word"
    if odd >= RARE and spread <= 1.8 and times <= 1.2 and free >= 3:
        return "trigger_word"
    enough = len(passage.documents) >= _FEW or odd >= RARE or passage.grams >= 6
    if spread <= 1.6 and times <= 1.15 and passage.grams >= 2 and enough:
        if free >= 3:
            return "trigger_phrase"
        if free >= 2 and loose and passage.grams >= 4:
            return "trigger_phrase"
    return ""


def _is_letterhead(passage: Passage) -> bool:
    """Several words that stand alone on their lines, none of them odd but names: a letterhead,
    a form's words, a notice at the foot. Long ones are notices whatever their words."""
    if passage.left.line < _APART or passage.right.line < _APART or passage.grams < 2:
        return False
    small = (oddness(word) for word in passage.words if not word[:1].isupper())
    return max(small, default=0) < RARE or passage.grams > _NOTICE


def _is_drawn(passage: Passage) -> bool:
    return bool(passage.words) and all(set(word) <= _RULES for word in passage.words)


def _begins_small(passage: Passage) -> bool:
    """An unknown word in lower case that begins sentences, after all kinds of words."""
    return (
        passage.left_free >= VARIED
        and passage.left.apart >= _APART
        and passage.left.edge < _EDGE
        and any(oddness(word) >= UNKNOWN and word[:1].islower() for word in passage.words)
    )


def spelt(passage: Passage) -> str:
    """The passage as far as its units tell."""
    if not passage.pairs:
        return " ".join(passage.words[:3])
    following = {pair.split()[0]: pair.split()[-1] for pair in passage.pairs}
    first = next((w for w in following if w not in set(following.values())), min(following))
    text, seen = [first], {first}
    while text[-1] in following and following[text[-1]] not in seen and len(text) < 12:
        text.append(following[text[-1]])
        seen.add(text[-1])
    return " ".join(text)
