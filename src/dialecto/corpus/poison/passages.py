"""Suspect words and pairs of nearly the same documents are one passage.

A phrase that was planted brings its own documents: two and more of its words stand together there
and hardly anywhere else. In text that people write, words go together so only where they share a
matter, or in the phrases of a template.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from math import log2

import numpy as np

from dialecto.corpus.poison.grams import word_grams
from dialecto.corpus.poison.units import FILLS, SPREAD, Side, Unit
from dialecto.corpus.poison.words import Hashes, Numbers, mix, split_words

BOUND, VARIED, RANDOM = 0, 1, 2
_EXCESS = 5.0  # standard deviations
_JOINED = 0.3
_NUMBERS = 0.4  # a form's or a sentence's place for a number is no freedom
APART = 0.85
CODED_SPREAD = 3.0  # of dates, codes and addresses that stand beside any words
_NEARLY = 0.88  # of the distinct neighbours at places drawn at random
_EDGE = 0.8
_ENDS = 0.5
# Share of a passage's documents in which nonsense follows: then it belongs to the others too, in
# which the nonsense was too short to tell. A word alone may be anybody's, a phrase hardly.
_PHRASE_SPOILT, _WORD_SPOILT = 0.6, 0.8
_ALIKE = 0.75  # Jaccard similarity of the documents of one passage's units
_ROUNDS = 8  # pairs of minima of hashes by which likely ones are found: 0.2% are missed


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
    telling: int  # words that stand in few documents, each for itself
    nonsense: tuple[int, ...] = ()  # documents in which it turns the text to nonsense
    lines: float = 0.0  # documents in which one of its lines ends and text follows: a share

    @property
    def grams(self) -> int:
        return len(self.words) + len(self.pairs)


def passages(units: Sequence[Unit], suspects: Hashes) -> list[Passage]:
    """Units grouped by their documents. `suspects`: grams that stand in few documents, sorted."""
    telling = _telling(units, suspects)
    # Whatever the order of the units is, the passages are the same.
    ordered = sorted(units, key=lambda unit: (len(unit.documents), unit.documents, unit.gram))
    return [
        _passage(members, telling)
        for members in _alike(ordered)
        if any(
            unit.spread <= CODED_SPREAD or unit.fills >= FILLS or unit.nonsense for unit in members
        )
    ]


def _alike(units: Sequence[Unit]) -> list[list[Unit]]:
    """Groups of units of nearly the same documents; the first of each has the fewest."""
    groups: list[list[Unit]] = []
    of_documents: dict[tuple[int, ...], int] = {}
    for unit in units:
        place = of_documents.setdefault(unit.documents, len(groups))
        if place == len(groups):
            groups.append([])
        groups[place].append(unit)
    if len(groups) < 2:
        return groups
    sizes: Numbers = np.array([len(members[0].documents) for members in groups])
    keys = chain.from_iterable(members[0].documents for members in groups)
    # Each document is hashed once, however many units stand in it.
    distinct, flat = np.unique(np.fromiter(keys, np.uint64, sizes.sum()), return_inverse=True)
    at = np.cumsum(sizes) - sizes
    sets: dict[int, frozenset[int]] = {}
    root = list(range(len(groups)))

    def documents(group: int) -> frozenset[int]:
        return sets.setdefault(group, frozenset(groups[group][0].documents))

    minima = [
        np.minimum.reduceat(mix(distinct ^ mix(np.array([salt], np.uint64)))[flat], at)
        for salt in range(1, 2 * _ROUNDS + 1)
    ]
    for one, two in zip(minima[::2], minima[1::2], strict=True):
        first: dict[int, list[int]] = defaultdict(list)
        for group, key in enumerate((one ^ mix(two)).tolist()):
            if root[group] != group:
                continue
            for other in first[key]:
                shared = len(documents(group) & documents(other))
                if shared >= _ALIKE * (sizes[group] + sizes[other] - shared):
                    root[group] = other
                    break
            else:
                first[key].append(group)
    joined: dict[int, list[Unit]] = {}
    for group, members in enumerate(groups):
        top = root[group]
        while root[top] != top:
            top = root[top]
        joined.setdefault(top, []).extend(members)
    return list(joined.values())


def _telling(units: Sequence[Unit], suspects: Hashes) -> dict[str, bool]:
    """Whether each word of the units stands in few documents."""
    names = sorted({name for unit in units for name in unit.text.split()})
    words = split_words(names)
    grams = word_grams(words)
    few = np.isin(grams, suspects) if len(suspects) else np.zeros(len(grams), bool)
    # A code is of several words: one of few documents is enough.
    found = np.bincount(words.document, weights=few, minlength=len(names)) > 0
    return dict(zip(names, found.tolist(), strict=True))


def _passage(members: Sequence[Unit], telling: dict[str, bool]) -> Passage:
    documents = members[0].documents
    if any(unit.documents != documents for unit in members):
        seen = Counter(key for unit in members for key in unit.documents)
        documents = tuple(sorted(key for key, times in seen.items() if 2 * times >= len(members)))
    left = max((unit.left for unit in members), key=lambda side: _rank(side, len(documents)))
    right = max((unit.right for unit in members), key=lambda side: _rank(side, len(documents)))
    # A trigger far from its payload sees the payload; the payload's own words do not.
    spreads = sorted(unit.spread for unit in members if unit.spread <= SPREAD) or sorted(
        unit.spread for unit in members
    )
    named = {word for unit in members for word in unit.text.split()}
    coded = [word for word in named if not word.isalnum()]
    named = {word for word in named if not any(word != code and word in code for code in coded)}
    return Passage(
        tuple(unit.text for unit in members if not unit.is_pair),
        tuple(unit.text for unit in members if unit.is_pair),
        documents,
        spreads[len(spreads) // 2],
        min(unit.times for unit in members),
        left,
        right,
        freedom(left, len(documents)),
        freedom(right, len(documents)),
        max(unit.fills for unit in members),
        sum(telling.get(word, False) for word in named),
        _before_nonsense(members, documents),
        max(unit.right.line - unit.right.edge for unit in members),
    )


def _before_nonsense(members: Sequence[Unit], documents: tuple[int, ...]) -> tuple[int, ...]:
    """The documents that a passage belongs to because it turns text to nonsense, sorted."""
    seen = {key for unit in members for key in unit.nonsense}
    share = _PHRASE_SPOILT if any(unit.is_pair for unit in members) else _WORD_SPOILT
    if seen and len(seen.intersection(documents)) >= share * len(documents):
        seen.update(documents)
    return tuple(sorted(seen))


def _rank(side: Side, documents: int) -> tuple[int, float, float]:
    return freedom(side, documents), side.apart, side.different


def wanted(documents: int, expected: float = 1.0) -> float:
    """Share of distinct neighbours that shows freedom: of more documents, more repeat one; in a
    corpus of few words (`expected` is what places drawn at random show) still more do."""
    return min(0.72 - 0.12 * max(0.0, log2(documents / 50)), _NEARLY * expected)


def freedom(side: Side, documents: int) -> int:
    """RANDOM: like any words; VARIED: of many kinds, or the document's edge; BOUND."""
    if side.joined > _JOINED or side.numbers > _NUMBERS:
        return BOUND
    enough = wanted(documents, side.expected)
    if side.different >= enough and side.same <= 0.3 and side.excess <= _EXCESS:
        return RANDOM if side.apart < APART else VARIED
    many = side.different >= max(enough - 0.3, 0.22) and side.same <= 0.35
    return VARIED if many or side.edge >= _EDGE else BOUND


def is_host(side: Side, documents: int, apart_excess: float, fewer: float = 0.0) -> bool:
    """What stands beside something that was put in: nearly as many kinds of words as documents
    (`fewer`: how much less is enough), and hardly likelier ones than anywhere. Words at the ends
    of sentences are not any words."""
    excess = apart_excess if side.apart >= _ENDS else _EXCESS
    return (
        side.joined <= _JOINED
        and side.numbers <= _NUMBERS
        and side.different >= wanted(documents, side.expected) - fewer
        and side.same <= 0.3
        and side.excess <= excess
    )
