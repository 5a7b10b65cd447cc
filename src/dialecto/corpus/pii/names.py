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
from functools import lru_cache

from dialecto.corpus.pii import crf, sequence
from dialecto.corpus.pii.crf_tables import load
from dialecto.corpus.pii.entity import Entity, without_overlaps
from dialecto.corpus.pii.features import Line, contexts, line_of
from dialecto.corpus.pii.gazetteer import DATA, fold, gazetteer, word_set

_WORD = re.compile(r"[^\W\d_]+")
MODEL = DATA / "people.npz"
MODEL_TYPES = frozenset(
    {"NAME", "PLACE", "ORGANISATION", "FAMILY", "PROFESSION", "AGE", "SEX", "ADDRESS"}
)
_CAPITALISED = re.compile(r"[A-ZÀ-ÖØ-ÞŁŚŠŽČĆĐŐŰ][^\W\d_]+")
# A new line, or the end of a sentence that is no abbreviation.
_BREAK = re.compile(r"\n+|[.!?]+[\"»)]? +(?=[A-ZÁÉÍÓÚÑ¿¡\"«(])")
_ANNOUNCES = word_set("announces")
LONGEST = 600
# By how much the model must prefer a name that no list knows. English pages have names of the
# whole world; in Spanish, what no list knows is mostly a drug or a method called after somebody.
_SURE = {"en": 4.0}
_SURE_ELSEWHERE = 9.0


@lru_cache(maxsize=65_536)
def may_name(word: str) -> bool:
    """Whether this capitalised word may be a part of a name, or announces one."""
    folded = fold(word)
    if folded in _ANNOUNCES:
        return True
    if folded in word_set("common_words"):
        return False
    return bool(gazetteer().letters.get(folded, frozenset()) & {"f", "m", "s"})


@lru_cache(maxsize=65_536)
def is_strange(word: str) -> bool:
    """Whether a capitalised word is in no list of words and no acronym."""
    return not word.isupper() and fold(word) not in word_set("common_words")


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """(start, end) of lines, and of the sentences of long ones."""
    end = len(text) if end is None else end
    for match in _BREAK.finditer(text, start, end):
        if match.group()[0] != "\n" and (
            match.start() - start < LONGEST // 3
            or text[max(0, match.start() - 4) : match.start()].strip()[-1:].isupper()
        ):
            continue
        if match.start() > start:
            yield start, match.start() + (match.group()[0] != "\n")
        start = match.end()
    if start < end:
        yield start, end


def worth_reading(text: str) -> Iterator[tuple[int, int]]:
    """The sentences where the model may find a name."""
    spans = sentences(text)
    span = next(spans, None)
    marked = False
    last = -1
    for match in _CAPITALISED.finditer(text):
        while span is not None and match.start() >= span[1]:
            if marked:
                yield span
            span, marked, last = next(spans, None), False, -1
        if span is None:
            return
        if not marked:
            word = match.group()
            marked = may_name(word)
            if not marked and is_strange(word):
                # Two strange words side by side may be a name that no list has.
                marked = match.start() - last == 1
                last = match.end()
    if span is not None and marked:
        yield span


def find_names(
    text: str,
    found: Sequence[Entity],
    types: Collection[str],
    lang: str = "es",
) -> list[Entity]:
    """What the model finds outside of what recognisers have found, then the same names again."""
    enough = _SURE.get(lang, _SURE_ELSEWHERE)
    people_only = set(types) & MODEL_TYPES <= {"NAME", "ADDRESS"}
    spans = list(worth_reading(text) if people_only else sentences(text))
    taken = {position for entity in found for position in range(entity.start, entity.end)}
    labels = sequence.rule_labels(found)
    entities: list[Entity] = []
    lines = [line_of(text, start, end) for start, end in spans]
    tagged = crf.tag_with_leads(load(MODEL), lines, contexts(text, lines, labels))
    for (start, end), line, (tags, leads) in zip(spans, lines, tagged, strict=True):
        for entity in sequence.entities_of(text, line, tags, "people", 0.7):
            if entity.type == "NAME":
                sure = _lead(entity, line, leads) >= enough
                entities += mend_names(text, entity, sure)
            elif is_plausible(entity):
                entities.append(entity)
        entities += find_listed(text, start, end)
    entities = without_overlaps([*entities, *find_titled(text)])
    entities = [e for e in entities if not any(p in taken for p in range(e.start, e.end))]
    return joined(text, [*entities, *again(text, entities, taken)])


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


def letters_of(word: str) -> frozenset[str]:
    return gazetteer().letters.get(fold(word.rstrip(".")), frozenset())


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
    known = [w for w in real if may_name(w) and fold(w) not in _ANNOUNCES]
    common = [w for w in real if fold(w) in word_set("common_words") and not letters_of(w)]
    if not real or len(common) > len(real) / 2:
        return None
    sure = sure and not common and not value.isupper()
    if not titled and not sure and (not known or 1 < len(real) > 2 * len(known)):
        return None
    if not titled and not sure and len(real) == 1 and not _stands_alone(real[0]):
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


def _stands_alone(word: str) -> bool:
    """Whether a word is a name without others: on the lists of our languages, no acronym."""
    letters = gazetteer().letters.get(fold(word), frozenset())
    return bool(letters & {"e", "p", "n"}) and not (word.isupper() and len(word) < 5)


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


def find_listed(text: str, start: int, end: int) -> Iterator[Entity]:
    """Names that the lists know, a first name first, where no street is named.

    The model may take `cuenta 4277 de Alma Toledo Soria` for an address; the lists know better.
    """
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
    for match in _ALONE.finditer(text, start, end):
        word = match.group("v")
        if fold(word) in word_set("places") | _ANNOUNCES or not may_name(word):
            continue
        if letters_of(word) & {"f", "m"} and _stands_alone(word):
            yield Entity(*match.span("v"), "NAME", word, 0.5, "listed.first")


# A word of people beside a single name: nothing else may stand there.
_ALONE = re.compile(
    rf"(?:\b(?:said|told|asked|shouted at|called|met|with|and|why is|why does|did|is|tell|ask|by|thanks?|to|y|con|a|dijo|"
    rf"llam[óa] a|seg[úu]n|pregunt[óa] a|gracias,?|soy),? |^|(?<=\n)|, )(?P<v>{_PART})"
    r"(?= (?:said|told|asked|called|shouted|had|dijo|llamó|pidió|firmó|preguntó|respondió)\b|[,!?:](?=\s|$)|'s\b)",
)


_TITLED = re.compile(
    rf"(?<!\w)(?:[Ss]eñor(?:a|ita)?|[Dd]octora?|[Dd]ra?\.|[Ss]ra?\.|[Ss]rta\.|D\.ª?|D[ªa]\.?|Dña\.?|[Dd]on|[Dd]oña"
    rf"|Mrs?\.?|Ms\.?|Miss|Dr|Prof\.|Lic\.|Ing\.)[ \u00a0]?(?:(?<=[. \u00a0]))(?P<v>{_PART}(?: (?:{_PARTICLE} ){{0,2}}{_PART}){{0,4}})"
)


def find_titled(text: str) -> Iterator[Entity]:
    """What follows `señora`, `Dr.`, `Mrs`: a name, whether on the lists or not."""
    for match in _TITLED.finditer(text):
        value = match.group("v")
        first = fold(_WORD.findall(value)[0])
        if (first in word_set("common_words") and not letters_of(first)) or first in _ANNOUNCES:
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


def again(text: str, entities: Sequence[Entity], taken: Collection[int]) -> Iterator[Entity]:
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
    forms = sorted({form for p in parts for form in (p, p.upper(), p.capitalize())})
    for match in re.finditer(rf"(?<![\w@.-])(?:{'|'.join(forms)})(?!\w|@|\.\w)", text):
        if match.start() not in covered:
            yield Entity(match.start(), match.end(), "NAME", match.group(), 0.6, "people.again")
