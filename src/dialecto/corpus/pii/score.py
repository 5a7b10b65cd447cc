"""Precision and recall of what was found against what is there, by type, exact and by character."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dialecto.corpus.pii.entity import DIRECT_TYPES, Entity


@dataclass(frozen=True)
class Measure:
    """Counts and what follows from them; `found` of nothing and `gold` of nothing count as 1."""

    right: int
    found: int
    gold: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.gold if self.gold else 1.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def __add__(self, other: Measure) -> Measure:
        return Measure(self.right + other.right, self.found + other.found, self.gold + other.gold)

    def as_dict(self) -> dict[str, float]:
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {**{k: round(v, 4) for k, v in rates.items()}, **asdict(self)}


@dataclass(frozen=True)
class PiiScore:
    """`types`: exact spans by type; `characters`: the same by type, character by character.

    `covered` counts gold entities of which no character is left outside of what was found,
    whatever type it was given, and found entities that touch a gold one: what matters when
    entities are replaced. `leaks` is, by type, the share of entities with a character left.
    """

    types: dict[str, Measure]
    characters: dict[str, Measure]
    covered: Measure
    touching: Measure
    leaks: dict[str, float]

    @property
    def micro(self) -> Measure:
        return _sum(self.types.values())

    @property
    def direct(self) -> Measure:
        return _sum(m for t, m in self.types.items() if t in DIRECT_TYPES)

    @property
    def recall(self) -> float:
        """Share of gold entities that are wholly covered."""
        return self.covered.recall

    @property
    def precision(self) -> float:
        """Share of found entities that touch a gold one."""
        return self.touching.precision

    def as_dict(self) -> dict[str, Any]:
        """The JSON of `dialecto pii evaluate`."""
        direct_characters = _sum(m for t, m in self.characters.items() if t in DIRECT_TYPES)
        leaked = self.covered.gold - self.covered.right
        return {
            "micro": self.micro.as_dict(),
            "direct": self.direct.as_dict(),
            "characters": {
                **_sum(self.characters.values()).as_dict(),
                "direct": direct_characters.as_dict(),
            },
            "types": {
                kind: {
                    **self.types[kind].as_dict(),
                    "characters": self.characters[kind].as_dict(),
                    "leak_rate": round(self.leaks[kind], 4),
                }
                for kind in sorted(self.types)
            },
            "leak_rate": round(leaked / self.covered.gold, 4) if self.covered.gold else 0.0,
        }


def _sum(measures: Iterable[Measure]) -> Measure:
    return sum(measures, Measure(0, 0, 0))


def score(pairs: Iterable[tuple[Sequence[Entity], Sequence[Entity]]]) -> PiiScore:
    """Score documents, each given as (gold, found).

    Found entities of a type that the gold never has are left out: nobody looked for it there.
    A gold that knows no BIRTH_DATE calls those DATE.
    """
    documents = [(list(gold), list(found)) for gold, found in pairs]
    known = {entity.type for gold, _ in documents for entity in gold}
    exact: dict[str, Counter[str]] = defaultdict(Counter)
    letters: dict[str, Counter[str]] = defaultdict(Counter)
    leaked: Counter[str] = Counter()
    covered = touching = Measure(0, 0, 0)
    for gold, raw in documents:
        found = [(e.start, e.end, kind) for e in raw if (kind := _as_gold(e.type, known)) in known]
        there = [(e.start, e.end, e.type) for e in gold]
        _count(exact, set(there), set(found))
        _count(letters, _characters(there), _characters(found))
        hidden = {i for e in raw for i in range(e.start, e.end)}
        marked = {i for start, end, _ in there for i in range(start, end)}
        whole = [
            e
            for e in gold
            if all(i in hidden or e.text[i - e.start].isspace() for i in range(e.start, e.end))
        ]
        leaked.update(e.type for e in gold)
        leaked.subtract(e.type for e in whole)
        covered += Measure(len(whole), len(gold), len(gold))
        touches = sum(any(i in marked for i in range(s, e)) for s, e, _ in found)
        touching += Measure(touches, len(found), len(found))
    measures = {t: _measure(exact[t]) for t in sorted(known)}
    return PiiScore(
        types=measures,
        characters={t: _measure(letters[t]) for t in sorted(known)},
        covered=covered,
        touching=touching,
        leaks={t: leaked[t] / measures[t].gold for t in sorted(known)},
    )


def _as_gold(kind: str, known: set[str]) -> str:
    return "DATE" if kind == "BIRTH_DATE" and kind not in known else kind


Span = tuple[int, int, str]


def _characters(spans: Iterable[Span]) -> set[Span]:
    return {(i, i + 1, kind) for start, end, kind in spans for i in range(start, end)}


def _count(counts: dict[str, Counter[str]], gold: set[Span], found: set[Span]) -> None:
    for _, _, kind in gold:
        counts[kind]["gold"] += 1
    for span in found:
        counts[span[2]]["found"] += 1
        counts[span[2]]["right"] += span in gold


def _measure(counts: Counter[str]) -> Measure:
    return Measure(counts["right"], counts["found"], counts["gold"])
