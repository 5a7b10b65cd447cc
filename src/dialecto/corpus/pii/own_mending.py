"""What a model trained on a user's pages finds, with its ends mended, and its names again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold, word_set
from dialecto.corpus.pii.reading import TOKEN, Reading

_QUOTES = {'"': '"', "”": "“", "»": "«", "’": "‘"}
_STREETS = re.compile(
    r"\W+(?:av(?:da|enida)?|ctra|carretera|calle|c/|plaza|paseo|street|avenue|road)\W*$", re.I
)
_SIGNLESS = frozenset({"NAME", "ORGANISATION", "PLACE", "ADDRESS", "EMAIL"})
_LOOSE = re.compile(r"(?:\s+(?:del?|las?|los|el|y|en|of|the|and)|[\s/,;:(–-])+$")


def mended(text: str, found: Sequence[Entity], rules: Sequence[Entity]) -> list[Entity]:
    """Entities without what is surely none of theirs at their end: an e-mail address, the
    closing sign of a quotation that begins before them, the first word of a street, a sign that
    joins them to what follows, or an `of` without what it is of.
    """
    mails = [rule.start for rule in rules if rule.type == "EMAIL"]
    result = []
    for entity in found:
        end = entity.end
        if entity.type != "EMAIL":
            end = min([end, *(mail for mail in mails if entity.start <= mail < end)])
        value = text[entity.start : end]
        if entity.type in {"NAME", "ORGANISATION"}:
            value = _STREETS.sub("", value)
        if entity.type in _SIGNLESS:
            value = _LOOSE.sub("", value)
        last = value[-1:]
        if last in _QUOTES and value.count(last) % 2 and _QUOTES[last] not in value[:-1]:
            value = value[:-1]
        value = value.rstrip() if len(value) < len(entity.text) else value
        if value:
            end = entity.start + len(value)
            result.append(replace(entity, end=end, text=value))
    return result


_SHORTEST_AGAIN = 4


def again(text: str, reading: Reading, found: Sequence[Entity]) -> list[Entity]:
    """Names that were found, wherever else they stand in the document as they are."""
    covered = {p for entity in found for p in range(entity.start, entity.end)}
    values = {e.text for e in found if e.type == "NAME" and len(e.text) >= _SHORTEST_AGAIN}
    values = {value for value in values if value[0].isupper() and not _is_common(value)}
    if not values:
        return []
    # By their first words: a search for all of them would be made anew for each document.
    by_word: dict[str, list[str]] = defaultdict(list)
    for value in sorted(values, key=lambda value: (-len(value), value)):
        by_word[TOKEN.findall(value)[0]].append(value)
    result = []
    done = 0
    for word, at in zip(reading.words, reading.starts, strict=True):
        if at < done or word not in by_word or not _FREE_BEFORE.match(text, at):
            continue
        for value in by_word[word]:
            end = at + len(value)
            if text.startswith(value, at) and _FREE_AFTER.match(text, end):
                done = end
                if covered.isdisjoint(range(at, end)):
                    result.append(Entity(at, end, "NAME", value, 0.9, "own_model.again"))
                break
    return result


_FREE_BEFORE, _FREE_AFTER = re.compile(r"(?<!\w)"), re.compile(r"(?!\w)")


def _is_common(value: str) -> bool:
    return fold(value) in word_set("common_words") or fold(value) in word_set("places")
