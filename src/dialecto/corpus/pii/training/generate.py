"""Writes labelled sentences: templates with slots, filled from lists, seeded.

A filled slot that stands for personal data becomes an entity; everything else is there to
teach what is none: products, headings, code, institutions with people's names in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.training import forms
from dialecto.corpus.pii.training.slots import Slots

HERE = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}")
LABELS = {
    **dict.fromkeys(("n", "f", "s", "ss", "N", "F", "S", "flow", "slow"), "NAME"),
    "city": "PLACE",
    "country": "PLACE",
    "org": "ORGANISATION",
    "prof": "PROFESSION",
    "fam": "FAMILY",
    "famo": "",
    "age": "AGE",
    "sex": "SEX",
    "sexword": "SEX",
    "Sexword": "SEX",
    "street": "ADDRESS",
}


def value_of(slot: str, slots: Slots) -> str:
    """A value for a slot's name."""
    makers: dict[str, Callable[[], str]] = {
        "n": slots.name,
        "N": lambda: slots.name().upper(),
        "f": slots.first,
        "F": lambda: slots.first().upper(),
        "s": slots.last,
        "ss": slots.surnames,
        "S": lambda: slots.surnames().upper(),
        "flow": lambda: slots.first().lower(),
        "slow": lambda: slots.last().lower(),
        "city": slots.place,
        "country": lambda: slots.pick(slots.lists["country"]),
        "org": slots.organisation,
        "street": slots.street,
        "title": lambda: forms.title(slots),
        "prod": lambda: forms.product(slots),
        "num": lambda: forms.number(slots),
        "idn": lambda: forms.identifier(slots),
        "id": lambda: forms.number(slots),
        "age": lambda: str(slots.random.randrange(1, 99)),
        "date": lambda: forms.date(slots),
        "mail": lambda: forms.mail(slots),
        "phone": lambda: f"6{slots.random.randrange(10**8):08d}",
        "code": lambda: forms.code(slots),
        "salad": lambda: forms.salad(slots),
        "acronym": lambda: forms.acronym(slots),
        "brand": lambda: slots.pick(
            (slots.invented(), slots.invented().upper(), forms.acronym(slots))
        ),
        "CODE": lambda: forms.code(slots).upper(),
        "Sexword": lambda: slots.pick(slots.lists["sexword"]).capitalize(),
        "famo": lambda: slots.pick(slots.lists["prof"]),
    }
    return makers[slot]() if slot in makers else slots.pick(slots.lists[slot])


def templates(lang: str) -> list[str]:
    lines = (HERE / f"templates.{lang}.txt").read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line and not line.startswith("# Sentences")]


def fill(template: str, slots: Slots) -> tuple[str, list[Entity]]:
    """A template with its slots filled: the text and the entities in it."""
    text, last = "", 0
    entities: list[Entity] = []
    for match in _SLOT.finditer(template):
        text += template[last : match.start()]
        last = match.end()
        value = value_of(match.group(1), slots)
        kind = LABELS.get(match.group(1), "")
        # "82 años" is the age, as annotators mark it.
        unit = re.match(r" años| year old|-year-old", template[last:]) if kind == "AGE" else None
        if unit and slots.lang == "es":
            value += unit.group()
            last += unit.end()
        start = len(text)
        text += value
        # A hospital called after somebody names no patient; so the template decides, not the list.
        if kind and not _is_eponym(template, match):
            before = entities[-1] if entities else None
            if before and before.type == kind == "NAME" and text[before.end : start] == " ":
                start = before.start  # a first name and a surname are one name
                entities.pop()
            entities.append(Entity(start, len(text), kind, text[start:], 1.0, "template"))
    return text + template[last:], entities


_EPONYM = re.compile(
    r"(?:Síndrome|síndrome|enfermedad|test|escala|signo|[Cc]alle|Plaza|Avenida|Premio|Colegio|Hospital|sierra|río|valle|comarca|ermita|barrio|pueblo|queso|vino|River|Mount|"
    r"village of|"
    r"Fundación) (?:de )?(?:la )?$"
)
_EPONYM_AFTER = re.compile(r" (?:Foundation|High School|Street|syndrome|Valley|Cheddar|cider)")


def _is_eponym(template: str, match: re.Match[str]) -> bool:
    before, after = template[: match.start()], template[match.end() :]
    return bool(_EPONYM.search(before) or _EPONYM_AFTER.match(after))


def sentences(lang: str, count: int, seed: int) -> list[tuple[str, list[Entity]]]:
    """`count` sentences with their entities, the same ones for the same seed."""
    random = Random(f"{lang}-{seed}")
    slots = Slots(lang, random)
    patterns = templates(lang)
    result = []
    for index in range(count):
        # Every template is used as often as any other.
        text, entities = fill(patterns[index % len(patterns)], slots)
        if slots.chance(0.03):
            text = text.upper()
            entities = [
                Entity(e.start, e.end, e.type, text[e.start : e.end], 1.0, e.recogniser)
                for e in entities
            ]
        result.append((text, entities))
    return result
