# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Where a name begins and ends within what the model or a list has marked, and whether it is one."""

from __future__ import annotations

import re

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold, gazetteer, word_set
from dialecto.corpus.pii.name_words import ANNOUNCES, letters_of, may_name, stands_alone

_WORD = re.compile(r"[^\W\d_]+")
# Words of a name: capitalised words and initials, joined by particles.
_JOIN = r"(?:[ \t\u00a0]+|-|['’]|,[ \t])"
PARTICLE = r"(?:de|del|la|las|los|el|y|e|i|da|do|dos|das|van|von|der|den|di|du|le|bin|al|ter)"
PART = r"(?:[A-ZÀ-ÖØ-ÞĀ-ŽƏ][^\W\d_]*(?:['’][A-ZÀ-Þ][^\W\d_]+)?\.?ª?)"
_NAME = re.compile(
    rf"(?:(?:{PARTICLE} ){{0,2}}{PART})(?:{_JOIN}(?:{PARTICLE}{_JOIN}){{0,3}}{PART}){{0,6}}"
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


def mend_names(text: str, entity: Entity, sure: bool = False) -> list[Entity]:
    """The names within what the model marked; none when nothing there can be one.

    Where the model is `sure`, the lists need not know any part of a name.
    """
    match = _NAME.search(text, entity.start, entity.end)
    if match is None:
        return _lower_name(entity)
    if _names_nobody(match.group()):
        return []
    spans, start = [], match.start()
    for role in _WORD.finditer(text, match.start(), match.end()):
        # `Partida Ana Gil Paz`, `Luis Mas Gil Madre Eva Rey Sol`; but `José Alcalde`.
        following = _WORD.search(text, role.end(), match.end())
        if (
            following
            and fold(role.group()) in word_set("before_names")
            and letters_of(following.group()) & {"f", "m"}
            and fold(following.group()) not in word_set("before_names")
            and following.group()[0].isupper()
        ):
            if role.start() > start:
                spans.append((start, role.start()))
            start = following.start()
    for pause in _AND.finditer(text, start, match.end()):
        # `Ana Gil Paz y Luis Mas`: two people; `Ramón y Cajal`: one.
        before, after = _WORD.findall(text[start : pause.start()]), pause.group(1)
        if len(before) > 1 and letters_of(after) & {"f", "m"}:
            spans.append((start, pause.start()))
            start = pause.start(1)
    spans.append((start, match.end()))
    return [mended for begin, end in spans if (mended := mend(text, begin, end, entity, sure))]


def _names_nobody(value: str) -> bool:
    """`CLABE Interbancaria`, `Oral`: words of documents alone."""
    words = _WORD.findall(value)
    return all(fold(w) in word_set("before_names") and not letters_of(w) & {"s"} for w in words)


_LEADING = re.compile(rf"(?:{PARTICLE}\s)+")
_AND = re.compile(rf" (?:y|e|and) ({PART})")


def mend(text: str, start: int, end: int, entity: Entity, sure: bool = False) -> Entity | None:
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
    if value.isupper() and not any(
        letters_of(w) & {"f", "m"} and "s" not in letters_of(w) for w in words
    ):
        # PÉREZ GÓMEZ, JUAN
        first = _FIRST_NAME_LAST.match(text, stop_at)
        if first and letters_of(first.group(1)) & {"f", "m"} and may_name(first.group(1)):
            stop_at = first.end()
    if len(words) > 1 or titled or letters_of(words[0]) & {"f", "m"}:
        start, stop_at = _begun(text, start), _extended(text, stop_at)
    return Entity(start, stop_at, "NAME", text[start:stop_at], entity.score, entity.recogniser)


def _opens_sentence(text: str, start: int, end: int) -> bool:
    """Whether a word has its capital only because a sentence or a line begins with it."""
    before = text[max(0, start - 8) : start].rstrip(' #*>-\t"¿¡')
    return before[-1:] in {"", "\n", ".", "!", "?", ":"} and text[end : end + 2].strip().islower()


_FIRST_NAME_LAST = re.compile(r", ([A-ZÁÉÍÓÚÑ]{3,})(?![\w@])")
_END = re.compile(r"[,.;)\n|]|$")
_NEXT_PART = re.compile(rf" (?:[A-Z]\. )?((?:{PARTICLE} ){{0,2}})({PART})(?![\w@])")
_PART_BEFORE = re.compile(rf"(?<![\w@])({PART}) $")


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


def _lower_name(entity: Entity) -> list[Entity]:
    """`patricia desrosiers`: a first name and a surname that both are on the lists."""
    words = _WORD.findall(entity.text)
    letters = [gazetteer().letters.get(word, frozenset()) for word in words]
    common = word_set("common_words")
    if 2 <= len(words) <= 4 and all(letters) and not any(w in common for w in words):
        return [entity] if letters[0] & {"f", "m"} and "s" in letters[-1] else []
    return []
