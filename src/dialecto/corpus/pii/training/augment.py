"""Writes annotated pages anew with other people, places, institutions and numbers in them.

A few hundred labelled pages teach a model their own names and towns by heart. The same pages
with other names, and with other signs between the parts of an address, teach it the pattern.
(Mention replacement: Dai and Adel, "An analysis of simple data augmentation for named entity
recognition", COLING 2020.)
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from random import Random

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import fold, gazetteer
from dialecto.corpus.pii.gold_page import GoldDocument
from dialecto.corpus.pii.training.slots import Slots
from dialecto.corpus.pii.training.towns import town_names, well_known

_GAP = re.compile(r"[ ,.;()\-\t]{1,4}")
_GAPS = (", ", ", ", ". ", ". ", " ", " ", " - ", "\t", "; ", " (")
_WORD = re.compile(r"[^\W\d_]+")
_CAPITALISED = re.compile(r"[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{3,}")
_JOINED = frozenset({"NAME", "PLACE", "ADDRESS", "ORGANISATION"})
_NUMBERED = frozenset({"ID", "RECORD", "PHONE"})
CHANGED_GAPS = 0.3


def rewritten(documents: Sequence[GoldDocument], lang: str, seed: str) -> list[GoldDocument]:
    """Every document with its entities replaced; the same ones for the same seed."""
    values: dict[tuple[str, str], list[str]] = defaultdict(list)
    for document in documents:
        for entity in document.entities:
            values[entity.type, _kind(entity.text)].append(entity.text)
    draw = _Draw(Slots("en" if lang == "en" else "es", Random(seed)), values)
    return [_rewritten(document, draw) for document in documents]


def _kind(text: str) -> str:
    return "digit" if text[0].isdigit() else "letter" if text[0].isalpha() else "sign"


def _rewritten(document: GoldDocument, draw: _Draw) -> GoldDocument:
    pieces: list[str] = []
    entities: list[Entity] = []
    length = position = 0
    last: Entity | None = None
    for entity in document.entities:
        if entity.start < position:
            continue  # of two that overlap, the first
        gap = document.text[position : entity.start]
        if (
            last is not None
            and last.type in _JOINED
            and _GAP.fullmatch(gap)
            and draw.chance(CHANGED_GAPS)
        ):
            gap = draw.pick(_GAPS)
        value = draw.other(entity)
        start = length + len(gap)
        pieces += [gap, value]
        length = start + len(value)
        entities.append(Entity(start, length, entity.type, value, 1.0, "rewritten"))
        position, last = entity.end, entity
    text = "".join(pieces) + document.text[position:]
    return GoldDocument(document.name, text, tuple(entities))


class _Draw:
    """Draws values of the same kind as another: of the pages' own, of the lists, or made up."""

    def __init__(self, slots: Slots, values: dict[tuple[str, str], list[str]]) -> None:
        self.slots, self.values = slots, values
        self.pick, self.chance = slots.pick, slots.chance
        self.known = well_known() if slots.lang == "es" else town_names("en")
        self.towns = town_names(slots.lang)
        self.countries = slots.lists["country"]
        self.folded_countries = {fold(country) for country in self.countries}

    def other(self, entity: Entity) -> str:
        makers = {"NAME": self.name, "PLACE": self.place, "ADDRESS": self.address}
        makers["ORGANISATION"] = self.organisation
        if entity.type in _NUMBERED:
            return self.numbers(entity.text)
        maker = makers.get(entity.type)
        return entity.text if maker is None else maker(entity.text)

    def numbers(self, text: str) -> str:
        return "".join(self.pick("0123456789") if c in "0123456789" else c for c in text)

    def name(self, text: str) -> str:
        return text if self.chance(0.15) else _WORD.sub(lambda m: self.name_part(m.group()), text)

    def name_part(self, word: str) -> str:
        if len(word) < 3 or not word[0].isupper():
            return word
        letters = gazetteer().letters.get(fold(word), frozenset())
        slots = self.slots
        if letters & {"f", "m"} and not ("s" in letters and self.chance(0.3)):
            new = self.pick(slots.firsts)
        elif self.chance(0.15):
            new = slots.invented()
        else:
            new = self.pick(slots.any_last if self.chance(0.3) else slots.lasts)
        return new.upper() if word.isupper() else new

    def place(self, text: str) -> str:
        if _kind(text) == "digit":
            return self.numbers(text)
        if _kind(text) == "sign" or self.chance(0.2):
            return text
        if fold(text) in self.folded_countries:
            return text if self.chance(0.5) else self.pick(self.countries)
        if self.chance(0.7):
            return self.pick(self.known if self.chance(0.85) else self.towns)
        return self.own("PLACE", text)

    def own(self, type: str, text: str) -> str:
        """Another of the same type that the pages have."""
        return self.pick(self.values[type, _kind(text)])

    def address(self, text: str) -> str:
        text = self.own("ADDRESS", text) if self.chance(0.8) else text
        text = self.numbers(text) if self.chance(0.5) else text
        first, *others = text.split(" ")
        if self.chance(0.5):
            others = [self.capitalised(word) for word in others]
        return " ".join([first, *others])

    def capitalised(self, word: str) -> str:
        if _CAPITALISED.fullmatch(word) and self.chance(0.5):
            return self.pick(self.slots.lasts if self.chance(0.6) else self.known)
        return word

    def organisation(self, text: str) -> str:
        if self.chance(0.25):
            return text
        new = self.own("ORGANISATION", text) if self.chance(0.7) else self.slots.organisation()
        *others, last = new.split(" ")
        if others and _CAPITALISED.fullmatch(last) and self.chance(0.4):
            return " ".join(
                [*others, self.pick(self.slots.lasts if self.chance(0.5) else self.known)]
            )
        return new
