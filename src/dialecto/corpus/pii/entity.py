"""A piece of personal data in a text, the names of its kinds, and how overlaps are settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dialecto.recipe.pii import PERSONAL_DATA

DIRECT_TYPES = frozenset(
    {"NAME", "ID", "PHONE", "EMAIL", "ADDRESS", "BIRTH_DATE", "DATE", "RECORD"}
)
"""Direct identifiers: what `evaluate` sums up under `direct`."""

DEFAULT_TYPES = frozenset(
    {
        "NAME",
        "ID",
        "PHONE",
        "EMAIL",
        "ADDRESS",
        "BIRTH_DATE",
        "RECORD",
        "IBAN",
        "CARD",
        "PLATE",
        "IP",
        "USERNAME",
        "SECRET",
    }
)
"""What is replaced unless somebody asks for more: what points at one person by itself."""

ALL_TYPES = frozenset(PERSONAL_DATA)


@dataclass(frozen=True, slots=True)
class Entity:
    """`text[start:end]` is personal data of kind `type`.

    `score` is in (0, 1]; `recogniser` names the rule or model that found it, for instance
    `es.dni`, and decides how a surrogate of the same form is made.
    """

    start: int
    end: int
    type: str
    text: str
    score: float
    recogniser: str


def without_overlaps(entities: Iterable[Entity]) -> list[Entity]:
    """The best entities that do not overlap, in order: higher score first, then longer.

    Secrets win over everything: a password with a name in it, or with what a pattern of the user's
    finds, goes whole.
    """
    ranked = sorted(
        entities, key=lambda e: (e.type != "SECRET", -e.score, e.start - e.end, e.start, e.type)
    )
    if not ranked:
        return []
    taken: list[Entity] = []
    # A mark for each character is cheaper than a tree: entities are short.
    marks = bytearray(max(entity.end for entity in ranked))
    for entity in ranked:
        if marks.find(1, entity.start, entity.end) < 0:
            marks[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
            taken.append(entity)
    return sorted(taken, key=lambda e: e.start)
