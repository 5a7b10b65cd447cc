"""Entities as tags of words, B- for the first and I- for those that follow, and back again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.features import OUTSIDE, Line


def rule_labels(entities: Iterable[Entity]) -> dict[int, str]:
    """Position -> `B-PHONE` or `I-PHONE`, for every character of the entities."""
    labels = {}
    for entity in entities:
        for position in range(entity.start, entity.end):
            labels[position] = f"I-{entity.type}"
        labels[entity.start] = f"B-{entity.type}"
    return labels


def tags_of(line: Line, entities: Sequence[Entity]) -> list[str]:
    """B-, I- and O tags of the words; a word belongs to the entity that holds its start."""
    owner: dict[int, int] = {}
    for number, entity in enumerate(entities):
        for position in range(entity.start, entity.end):
            owner[position] = number
    tags: list[str] = []
    last: int | None = None
    for start in line.starts:
        held_by = owner.get(start)
        if held_by is None:
            tags.append(OUTSIDE)
        else:
            tags.append(("I-" if held_by == last else "B-") + entities[held_by].type)
        last = held_by
    return tags


def entities_of(
    text: str, line: Line, tags: Sequence[str], name: str, score: float
) -> Iterator[Entity]:
    """The entities that a line's tags spell."""
    if tags.count(OUTSIDE) == len(tags):
        return
    start = end = 0
    kind = ""
    for at, word, tag in zip(line.starts, line.words, tags, strict=True):
        if tag == OUTSIDE and not kind:
            continue
        if kind and (tag[:2] != "I-" or tag[2:] != kind):
            yield Entity(start, end, kind, text[start:end], score, name)
            kind = ""
        if tag != OUTSIDE:
            if not kind:
                start, kind = at, tag[2:]
            end = at + len(word)
    if kind:
        yield Entity(start, end, kind, text[start:end], score, name)
