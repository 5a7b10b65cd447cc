"""People's names and what else the shipped model knows: places, institutions, family, jobs.

The model only reads the sentences that may name somebody: where a capitalised word is on the
lists of names and is not a common word, or a title or a label announces a name. What it finds
is then looked for in the rest of the document, where a surname stands alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice

from dialecto.corpus.pii import crf, sequence
from dialecto.corpus.pii.crf_tables import load
from dialecto.corpus.pii.entity import Entity, without_overlaps
from dialecto.corpus.pii.features import Context, Line, contexts, line_among
from dialecto.corpus.pii.gazetteer import DATA, fold, word_set
from dialecto.corpus.pii.listed_names import find_listed, find_titled
from dialecto.corpus.pii.name_mending import mend_names
from dialecto.corpus.pii.name_words import may_name, sentences, worth_reading
from dialecto.corpus.pii.reading import Reading, read

_WORD = re.compile(r"[^\W\d_]+")
MODEL = DATA / "people.npz"
MODEL_TYPES = frozenset(
    {"NAME", "PLACE", "ORGANISATION", "FAMILY", "PROFESSION", "AGE", "SEX", "ADDRESS"}
)
# By how much the model must prefer a name that no list knows. English pages have names of the
# whole world; in Spanish, what no list knows is mostly a drug or a method called after somebody.
_SURE = {"en": 4.0}
_SURE_ELSEWHERE = 9.0


@dataclass(frozen=True)
class Read:
    """A text with what the recognisers have found in it, and its lines that the model reads."""

    text: str
    found: Sequence[Entity]
    reading: Reading
    lines: list[Line]
    contexts: list[Context]


def read_lines(text: str, found: Sequence[Entity], types: Collection[str]) -> Read:
    """The lines of a text where any of these types may be."""
    reading = read(text)
    people_only = set(types) & MODEL_TYPES <= {"NAME", "ADDRESS"}
    spans = worth_reading(text, reading) if people_only else sentences(text)
    lines = [line_among(reading, start, end) for start, end in spans]
    return Read(text, found, reading, lines, contexts(text, lines, sequence.rule_labels(found)))


def find_names(pages: Sequence[Read], lang: str = "es") -> list[list[Entity]]:
    """What the model finds in each text outside of what recognisers have found there, then the
    same names again. Texts that are read together are read faster.
    """
    enough = _SURE.get(lang, _SURE_ELSEWHERE)
    lines = [line for page in pages for line in page.lines]
    around = [context for page in pages for context in page.contexts]
    tagged = iter(crf.tag_with_leads(load(MODEL), lines, around))
    return [_names_of(page, list(islice(tagged, len(page.lines))), enough) for page in pages]


def _names_of(
    page: Read, tagged: Sequence[tuple[list[str], list[float]]], enough: float
) -> list[Entity]:
    text = page.text
    taken = {position for entity in page.found for position in range(entity.start, entity.end)}
    entities: list[Entity] = []
    for line, (tags, leads) in zip(page.lines, tagged, strict=True):
        for entity in sequence.entities_of(text, line, tags, "people", 0.7):
            if entity.type == "NAME":
                sure = _lead(entity, line, leads) >= enough
                entities += mend_names(text, entity, sure)
            elif is_plausible(entity):
                entities.append(entity)
        entities += find_listed(text, line)
    entities = without_overlaps([*entities, *find_titled(text, page.reading)])
    entities = [e for e in entities if not any(p in taken for p in range(e.start, e.end))]
    return joined(text, [*entities, *again(text, page.reading, entities, taken)])


def is_plausible(entity: Entity) -> bool:
    """Family, professions and sex are closed lists: the model may find where, not what."""
    if entity.type not in {"FAMILY", "PROFESSION", "SEX"}:
        return entity.type != "ADDRESS"
    words = [fold(word) for word in _WORD.findall(entity.text)]
    return any(word in word_set(entity.type.lower()) for word in words[:2])


def joined(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """Names with nothing but a space between them are one name."""
    result: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (e.start, -e.end)):
        last = result[-1] if result else None
        if last and last.type == entity.type == "NAME" and entity.start - last.end <= 1:
            if entity.start < last.end:
                continue
            if text[last.end : entity.start] == " ":
                whole = text[last.start : entity.end]
                score = max(last.score, entity.score)
                result[-1] = Entity(last.start, entity.end, "NAME", whole, score, last.recogniser)
                continue
        result.append(entity)
    return result


def _lead(entity: Entity, line: Line, leads: Sequence[float]) -> float:
    """By how much the model prefers this entity to nothing, on average over its words."""
    begin = bisect_left(line.starts, entity.start)
    end = bisect_left(line.starts, entity.end)
    return sum(leads[begin:end]) / max(end - begin, 1)


_BARE = re.compile(r"(?<![\w@.-])[^\W\d_]++(?!\w|@|\.\w)")


def again(
    text: str, reading: Reading, entities: Sequence[Entity], taken: Collection[int]
) -> Iterator[Entity]:
    """Surnames and first names of the people found, wherever they stand in the document.

    Only parts of full names, with a capital, of four letters or more, and not common words.
    """
    parts: set[str] = set()
    covered = set(taken)
    for entity in entities:
        covered.update(range(entity.start, entity.end))
        words = _WORD.findall(entity.text)
        if entity.type == "NAME" and sum(may_name(w) for w in words) > 1:
            parts.update(w for w in words if len(w) > 3 and w[0].isupper())
    common, places = word_set("common_words"), word_set("places")
    parts = {p for p in parts if fold(p) not in common and fold(p) not in places}
    if not parts:
        return
    forms = {form for p in parts for form in (p, p.upper(), p.capitalize())}
    for at in compress(reading.starts, map(forms.__contains__, reading.words)):
        if at not in covered and (match := _BARE.match(text, at)):
            yield Entity(at, match.end(), "NAME", match.group(), 0.6, "people.again")
