# ruff: noqa: E501 - an expression or a list is clearer in one piece
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
from dialecto.corpus.pii.gazetteer import DATA, fold, gazetteer, word_set
from dialecto.corpus.pii.name_words import (
    ANNOUNCES,
    kinds_of,
    letters_of,
    may_be_named_alone,
    may_name,
    sentences,
    stands_alone,
    worth_reading,
)
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


# Words of a name: capitalised words and initials, joined by particles.
_JOIN = r"(?:[ \t\u00a0]+|-|['’]|,[ \t])"
_PARTICLE = r"(?:de|del|la|las|los|el|y|e|i|da|do|dos|das|van|von|der|den|di|du|le|bin|al|ter)"
_PART = r"(?:[A-ZÀ-ÖØ-ÞĀ-ŽƏ][^\W\d_]*(?:['’][A-ZÀ-Þ][^\W\d_]+)?\.?ª?)"
_NAME = re.compile(
    rf"(?:(?:{_PARTICLE} ){{0,2}}{_PART})(?:{_JOIN}(?:{_PARTICLE}{_JOIN}){{0,3}}{_PART}){{0,6}}"
)
_NOT_AFTER = re.compile(
    r"(?i:servicio|hospital|complejo|centro|departamento|unidad|fundaci[óo]n|instituto|universidad|"
    r"correo|secci[óo]n|apartado|grupo|residencia|urbanizaci[óo]n|callej[óo]n|departament|calle|avda|avenida|paseo|plaza|tel[ée]fono|tel|e-?mail|email|cl[íi]nica|facultad|c/|dni|nif|"
    r"department|university|street|phone)\b"
)
_TITLE_BEFORE = re.compile(
    r"(?:\b(?:[Ss]eñor(?:a|ita)?|[Dd]octora?|[Dd]ra?|[Ss]ra?|[Ss]rta|D|D[ªa]|Dña|[Dd]on|[Dd]oña|Mr|Mrs|Ms|Miss|Prof|Lic|Ing|Fdo|Sir|Rev)\.?:?|"
    r"(?:[Nn]ombre|[Aa]pellidos?|[Pp]aciente|[Mm]édic[oa]|[Ff]irmado|[Nn]ame|[Pp]atient)(?: [\w ]{1,20})?:|"
    r"me llamo|mi nombre es|[Ss]oy|[Mm]y name is|I am|I'm|[Ee]stimad[oa]|[Qq]uerid[oa]|[Hh]ola,?|[Dd]ear|Hi|[Hh]ello)\s*$"
)


def _lead(entity: Entity, line: Line, leads: Sequence[float]) -> float:
    """By how much the model prefers this entity to nothing, on average over its words."""
    begin = bisect_left(line.starts, entity.start)
    end = bisect_left(line.starts, entity.end)
    return sum(leads[begin:end]) / max(end - begin, 1)


def mend_names(text: str, entity: Entity, sure: bool = False) -> list[Entity]:
    """The names within what the model marked; none when nothing there can be one.

    Where the model is `sure`, the lists need not know any part of a name.
    """
    match = _NAME.search(text, entity.start, entity.end)
    if match is None:
        return _lower_name(entity)
    spans, start = [], match.start()
    for pause in _AND.finditer(text, match.start(), match.end()):
        # `Ana Gil Paz y Luis Mas`: two people; `Ramón y Cajal`: one.
        before, after = _WORD.findall(text[start : pause.start()]), pause.group(1)
        if len(before) > 1 and letters_of(after) & {"f", "m"}:
            spans.append((start, pause.start()))
            start = pause.start(1)
    spans.append((start, match.end()))
    return [mended for begin, end in spans if (mended := _mend(text, begin, end, entity, sure))]


_LEADING = re.compile(rf"(?:{_PARTICLE}\s)+")
_AND = re.compile(rf" (?:y|e|and) ({_PART})")


def _mend(text: str, start: int, end: int, entity: Entity, sure: bool = False) -> Entity | None:
    """One name, from its first surname or first name to its last, or None.

    A name is made of capitalised words; one of them is on the lists, or a title stands before
    it. Capitals alone (`MESNA`) are an acronym unless the lists know them.
    """
    titled = bool(_TITLE_BEFORE.search(text[max(0, start - 32) : start]))
    if not titled and (particles := _LEADING.match(text, start, end)):
        if not re.search(r"\s", text[particles.end() : end]):
            return None  # the sign of Koch, a Foley catheter
        start = particles.end()
    value = text[start:end]
    if stop := _NOT_AFTER.search(value):
        value = value[: stop.start()]
    value = value.rstrip(" ,-\t'’")
    if value.endswith(".") and len(value.split()[-1].rstrip(".")) > 2:
        value = value[:-1]
    words = _WORD.findall(value)
    real = [w for w in words if w[0].isupper() and len(w) > 1]
    known = [w for w in real if may_name(w) and fold(w) not in ANNOUNCES]
    common = [w for w in real if fold(w) in word_set("common_words") and not letters_of(w)]
    if not real or len(common) > len(real) / 2:
        return None
    sure = sure and not common and not value.isupper()
    if not titled and not sure and (not known or 1 < len(real) > 2 * len(known)):
        return None
    if not titled and not sure and len(real) == 1 and not stands_alone(real[0]):
        return None
    surname_only = len(real) == 1 and not letters_of(real[0]) & {"f", "m"}
    if (
        not titled
        and not sure
        and surname_only
        and _opens_sentence(text, start, start + len(value))
    ):
        return None  # "Worth remembering"
    stop_at = start + len(value)
    if len(words) > 1 or titled or letters_of(words[0]) & {"f", "m"}:
        start, stop_at = _begun(text, start), _extended(text, stop_at)
    return Entity(start, stop_at, "NAME", text[start:stop_at], entity.score, entity.recogniser)


def _opens_sentence(text: str, start: int, end: int) -> bool:
    """Whether a word has its capital only because a sentence or a line begins with it."""
    before = text[max(0, start - 8) : start].rstrip(' #*>-\t"¿¡')
    return before[-1:] in {"", "\n", ".", "!", "?", ":"} and text[end : end + 2].strip().islower()


_END = re.compile(r"[,.;)\n|]|$")
_NEXT_PART = re.compile(rf" (?:[A-Z]\. )?((?:{_PARTICLE} ){{0,2}})({_PART})(?![\w@])")
_PART_BEFORE = re.compile(rf"(?<![\w@])({_PART}) $")


def _begun(text: str, start: int) -> int:
    """Where a name begins when the first names before it are counted in."""
    while match := _PART_BEFORE.search(text, max(0, start - 24), start):
        word = match.group(1)
        if not letters_of(word) & {"f", "m"} or not may_name(word) or word.isupper():
            break
        start = match.start()
    return start


def _extended(text: str, stop: int) -> int:
    """Where a name ends when the surnames that follow it are counted in."""
    while match := _NEXT_PART.match(text, stop):
        particles, word = match.groups()
        last = not particles and word[1:].islower() and _END.match(text, match.end())
        known = bool(letters_of(word) & {"f", "m", "s"})
        place = fold(word) in word_set("places") and (bool(particles) or not known)
        if place or word.isupper() or _NOT_AFTER.match(word) or not (known or last):
            break
        if particles.split()[:1] in (["y"], ["e"], ["i"]) and letters_of(word) & {"f", "m"}:
            break  # the next person
        if not known and fold(word) in word_set("common_words"):
            break
        if word.endswith("."):
            return match.end() - 1
        stop = match.end()
    return stop


_RUN = re.compile(
    rf"(?<![\w@.-]){_PART}(?: (?:{_PARTICLE} ){{0,2}}(?:[A-Z]\. )?{_PART}){{1,5}}(?![\w@])"
)
_NO_PERSON_BEFORE = re.compile(
    r"(?i)(?:calle|c/|avda\.?|avenida|av\.|paseo|plaza|ronda|camino|rua|street|road|hospital|colegio|premio|fundaci[óo]n|"
    r"cl[íi]nica|instituto|universidad|escuela|sierra|r[íi]o|valle|san|santa|barrio|parque|teatro|museo|"
    r"edificio|centro|residencia|universitario|general|editorial|grupo|bodegas|talleres)(?: de| del| de la)? $"
)


def find_listed(text: str, line: Line) -> Iterator[Entity]:
    """Names that the lists know, a first name first, where no street is named.

    The model may take `cuenta 4277 de Alma Toledo Soria` for an address; the lists know better.
    """
    kinds = kinds_of(line.words)
    if _LISTED.search(kinds):
        yield from _find_full(text, line.start, line.end)
    if any(
        kind in "FB" and _AFTER_ALONE.match(text, at + len(word), line.end)
        for kind, word, at in zip(kinds, line.words, line.starts, strict=True)
    ):
        yield from _find_alone(text, line.start, line.end)


_LISTED = re.compile("[fbFB].*[sbB]")


def _find_full(text: str, start: int, end: int) -> Iterator[Entity]:
    for match in _RUN.finditer(text, start, end):
        letters = [w for w in _WORD.findall(match.group()) if w[0].isupper()]
        parts = [w for w in letters if len(w) > 1]
        if len(parts) < 2 or match.group().isupper() or not letters_of(parts[0]) & {"f", "m"}:
            continue
        if not all(letters_of(p) & {"f", "m", "s"} for p in parts):
            continue
        sure = len(letters) > 2 or not any(fold(p) in word_set("places") for p in parts)
        if not sure or sum(may_name(p) for p in parts) < 2 or "s" not in letters_of(parts[-1]):
            continue
        if not _NO_PERSON_BEFORE.search(text[max(0, match.start() - 24) : match.start()]):
            yield Entity(*match.span(), "NAME", match.group(), 0.55, "listed")


def _find_alone(text: str, start: int, end: int) -> Iterator[Entity]:
    for match in _ALONE.finditer(text, start, end):
        word = match.group("v")
        if may_be_named_alone(word):
            yield Entity(*match.span("v"), "NAME", word, 0.5, "listed.first")


_AFTER = (
    r"(?: (?:said|told|asked|called|shouted|had|dijo|llamó|pidió|firmó|preguntó|respondió)\b"
    r"|[,!?:](?=\s|$)|'s\b)"
)
_AFTER_ALONE = re.compile(_AFTER)
# A word of people beside a single name: nothing else may stand there.
_ALONE = re.compile(
    rf"(?:\b(?:said|told|asked|shouted at|called|met|with|and|why is|why does|did|is|tell|ask|by|thanks?|to|y|con|a|dijo|"
    rf"llam[óa] a|seg[úu]n|pregunt[óa] a|gracias,?|soy),? |^|(?<=\n)|, )(?P<v>{_PART})"
    rf"(?={_AFTER})",
)


_TITLED = re.compile(
    rf"(?<!\w)(?:[Ss]eñor(?:a|ita)?|[Dd]octora?|[Dd]ra?\.|[Ss]ra?\.|[Ss]rta\.|D\.ª?|D[ªa]\.?|Dña\.?|[Dd]on|[Dd]oña"
    rf"|Mrs?\.?|Ms\.?|Miss|Dr|Prof\.|Lic\.|Ing\.)[ \u00a0]?(?:(?<=[. \u00a0]))(?P<v>{_PART}(?: (?:{_PARTICLE} ){{0,2}}{_PART}){{0,4}})"
)


_TITLES = frozenset(
    (
        *("Señor", "Señora", "Señorita", "Doctor", "Doctora", "Dr", "Dra", "Sr", "Sra", "Srta"),
        *("señor", "señora", "señorita", "doctor", "doctora", "dr", "dra", "sr", "sra", "srta"),
        *("D", "Da", "Dª", "Dña", "Don", "Doña", "don", "doña", "Mr", "Mrs", "Ms", "Miss"),
        *("Prof", "Lic", "Ing"),
    )
)


def find_titled(text: str, reading: Reading) -> Iterator[Entity]:
    """What follows `señora`, `Dr.`, `Mrs`: a name, whether on the lists or not."""
    done = 0
    for at in compress(reading.starts, map(_TITLES.__contains__, reading.words)):
        match = _TITLED.match(text, at) if at >= done else None
        if match is None:
            continue
        done = match.end()
        value = match.group("v")
        first = fold(_WORD.findall(value)[0])
        if (first in word_set("common_words") and not letters_of(first)) or first in ANNOUNCES:
            continue
        candidate = Entity(*match.span("v"), "NAME", value, 0.65, "titled")
        if mended := _mend(text, candidate.start, candidate.end, candidate):
            yield mended


def _lower_name(entity: Entity) -> list[Entity]:
    """`patricia desrosiers`: a first name and a surname that both are on the lists."""
    words = _WORD.findall(entity.text)
    letters = [gazetteer().letters.get(word, frozenset()) for word in words]
    common = word_set("common_words")
    if 2 <= len(words) <= 4 and all(letters) and not any(w in common for w in words):
        return [entity] if letters[0] & {"f", "m"} and "s" in letters[-1] else []
    return []


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
