# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Writes labelled sentences: templates with slots, filled from lists, seeded.

A filled slot that stands for personal data becomes an entity; everything else is there to
teach what is none: products, headings, code, institutions with people's names in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.gazetteer import DATA, fold, gazetteer
from dialecto.corpus.pii.training import words

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


class Slots:
    """What slots are filled with, in one language. Draws from `random` and nothing else."""

    def __init__(self, lang: str, random: Random) -> None:
        self.lang, self.random = lang, random
        letter = {"es": "e", "en": "n"}[lang]
        spellings = gazetteer().spellings
        self.firsts = [p for p, k in spellings if letter in k and k & {"f", "m"}]
        self.lasts = [p for p, k in spellings if letter in k and "s" in k]
        self.any_first = [p for p, k in spellings if k & {"f", "m"}]
        self.any_last = [p for p, k in spellings if "s" in k]
        places = (DATA / "places.txt").read_text("utf-8").split()
        self.places = places
        self.lists = words.lists(lang)

    def pick(self, options: Sequence[str]) -> str:
        return options[self.random.randrange(len(options))]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def first(self) -> str:
        one = self.pick(self.any_first if self.chance(0.2) else self.firsts)
        if self.chance(0.25):
            one += (" " if self.lang == "es" or self.chance(0.6) else "-") + self.pick(self.firsts)
        return one

    def last(self) -> str:
        roll = self.random.random()
        name = self.pick(self.any_last if self.chance(0.3) else self.lasts)
        if roll < 0.06:
            name = self.invented()
        elif roll < 0.12 and self.lang == "es":
            name = self.pick(("de ", "del ", "de la ", "De la ", "de los ")) + name
        elif roll < 0.15:
            name = f"{name}-{self.pick(self.lasts)}"
        elif roll < 0.17:
            name = self.pick(("O'", "Mc", "D'", "Mac", "van ", "von ", "Van der ")) + name
        return name

    def invented(self) -> str:
        """A surname that no list has."""
        parts = [
            self.pick(
                [
                    "ba",
                    "be",
                    "bri",
                    "ca",
                    "cho",
                    "da",
                    "do",
                    "el",
                    "fa",
                    "ga",
                    "gue",
                    "he",
                    "iza",
                    "jau",
                    "ka",
                    "la",
                    "lle",
                    "ma",
                    "mon",
                    "na",
                    "or",
                    "pe",
                    "quin",
                    "ra",
                    "ri",
                    "sa",
                    "so",
                    "ta",
                    "tri",
                    "u",
                    "va",
                    "we",
                    "xi",
                    "za",
                    "zu",
                ]
            )
        ]
        for _ in range(self.random.randrange(1, 3)):
            parts.append(
                self.pick(
                    [
                        "la",
                        "ren",
                        "do",
                        "tz",
                        "rra",
                        "ga",
                        "mi",
                        "ne",
                        "ko",
                        "si",
                        "ber",
                        "lo",
                        "na",
                        "te",
                        "chi",
                        "ri",
                    ]
                )
            )
        ends = ("ez", "ov", "son", "ski", "a", "i", "berg", "eta", "al", "ín", "és", "ard", "o")
        return ("".join(parts) + self.pick(ends)).capitalize()

    def surnames(self) -> str:
        if self.lang == "es" and self.chance(0.65):
            return f"{self.last()} {'y ' if self.chance(0.04) else ''}{self.last()}"
        return self.last()

    def name(self) -> str:
        first = self.first()
        roll = self.random.random()
        if roll < 0.08:
            first = f"{first} {self.pick('ABCDEFGHIJLMNOPRSTV')}."
        elif roll < 0.12:
            first = f"{first[0]}."
        elif roll < 0.14:
            first = f"M.ª {first}"
        name = f"{first} {self.surnames()}"
        roll = self.random.random()
        if roll < 0.05:
            return name.upper()
        if roll < 0.08:
            from unicodedata import normalize

            return normalize("NFKD", name).encode("ascii", "ignore").decode()
        return name

    def acronym(self) -> str:
        return "".join(
            self.pick("ABCDEFGHIJKLMNOPRSTUVX") for _ in range(self.random.randrange(2, 6))
        )

    def salad(self) -> str:
        """Ordinary words in no order: what stands around a name when nothing announces it."""
        result: list[str] = []
        for position in range(self.random.randrange(3, 16)):
            roll = self.random.random()
            word = self.pick(self.lists["common"]).lower()
            if roll < 0.07:
                word = self.invented().lower()
            elif roll < 0.12:
                word = self.acronym()
            elif roll < 0.18:
                word = self.number() + self.pick(("", " %", ",5", " mg", "/3", "º"))
            elif roll < 0.24:
                word = self.cap(word)
            elif roll < 0.26:
                word = self.invented()
            elif roll < 0.28:
                word = f"({word})"
            if position == 0 and self.chance(0.7):
                word = self.cap(word)
            result.append(word + ("," if self.chance(0.08) else "-" if self.chance(0.01) else ""))
        return " ".join(result) + self.pick((".", "", ":", "."))

    def cap(self, word: str) -> str:
        return word[:1].upper() + word[1:]

    def title(self) -> str:
        """A heading in Title Case, a phrase in lower case, or a mix of both."""
        chosen = [self.pick(self.lists["common"]) for _ in range(self.random.randrange(1, 6))]
        style = self.random.random()
        if style < 0.4:
            chosen = [self.cap(w) for w in chosen]
        elif style < 0.5:
            chosen = [w.upper() for w in chosen]
        elif style < 0.8:
            chosen = [self.cap(w) if i == 0 else w for i, w in enumerate(chosen)]
        return " ".join(chosen)

    def product(self) -> str:
        base = self.cap(self.pick(self.lists["common"]))
        tail = self.pick(self.lists["product"])
        one = self.pick((f"{base} {tail}", f"{tail} {base}", f"{base}{tail}", tail, base.upper()))
        return f"{one} {self.number()}" if self.chance(0.25) else one

    def organisation(self) -> str:
        head, tail = self.pick(self.lists["org_head"]), self.pick(self.lists["org_tail"])
        middle = self.pick(
            (self.last(), self.pick(self.places), self.cap(self.pick(self.lists["common"])))
        )
        if self.lang == "es":
            return self.pick(
                (
                    f"{head} {middle}",
                    f"{head} de {middle}",
                    f"{middle} {tail}",
                    f"{head} {tail}",
                    f"{head} {self.cap(self.pick(self.lists['common']))} de {middle}",
                )
            )
        return self.pick(
            (
                f"{middle} {head}",
                f"{middle} {tail}",
                f"{head} of {middle}",
                f"{middle} and {self.last()}",
                f"{self.last()} {tail}",
            )
        )

    def street(self) -> str:
        middle = self.pick(
            (
                self.last(),
                self.name().title(),
                self.pick(self.places),
                self.cap(self.pick(self.lists["common"])),
            )
        )
        kind = self.pick(self.lists["street"])
        return f"{kind} {middle}" if self.lang == "es" else f"{middle} {kind}"

    def number(self) -> str:
        return str(self.random.randrange(10 ** self.random.randrange(1, 9)))

    def place(self) -> str:
        one = self.pick(self.places)
        roll = self.random.random()
        if roll < 0.1:
            one = f"{self.pick(('San', 'Santa', 'Villa', 'Los', 'La', 'El', 'Puerto', 'New', 'Port'))} {self.pick((self.last(), self.first(), one))}"
        elif roll < 0.15:
            one = (
                f"{one} de {self.pick(self.places)}"
                if self.lang == "es"
                else self.last() + self.pick(("ton", "ville", "burg", "field"))
            )
        return one.upper() if self.chance(0.04) else one

    def date(self) -> str:
        day, month = self.random.randrange(1, 29), self.random.randrange(1, 13)
        year = self.random.randrange(1950, 2026)
        names = self.lists["month"]
        long = (
            f"{day} de {names[month - 1]} de {year}"
            if self.lang == "es"
            else f"{names[month - 1].capitalize()} {day}, {year}"
        )
        return self.pick(
            (f"{day:02d}/{month:02d}/{year}", long, str(year), f"{year}-{month:02d}-{day:02d}")
        )

    def mail(self) -> str:
        local = (
            fold(self.first()).split(" ")[0]
            + self.pick((".", "_", ""))
            + fold(self.last()).replace(" ", "")
        )
        return f"{local}@{self.pick(self.lists['domain'])}"

    def identifier(self) -> str:
        """Something with the look of an identity number or an account."""
        forms = (
            "99999999-A",
            "99999999A",
            "99.999.999-A",
            "X-9999999-A",
            "X9999999A",
            "ES99 9999 9999 9999 9999 9999",
            "ES9999999999999999999999",
            "99.999.999",
            "999.999.999-99",
            "99999999",
            "9.999.999-9",
            "99-99999999-9",
            "AAAA999999HAAAAA99",
        )
        return "".join(
            self.pick("0123456789") if c == "9" else self.pick("ABCDFGHJKLMN") if c == "A" else c
            for c in self.pick(forms)
        )

    def code(self) -> str:
        parts = [self.pick(self.lists["common"]) for _ in range(2)]
        return self.pick(
            (
                "_".join(parts),
                parts[0] + parts[1].capitalize(),
                f"sys.{parts[0]}",
                parts[0].capitalize() + parts[1].capitalize(),
                f"[{parts[0].capitalize()}]",
            )
        )

    def fill(self, slot: str) -> str:
        """A value for a slot's name."""
        makers: dict[str, Callable[[], str]] = {
            "n": self.name,
            "N": lambda: self.name().upper(),
            "f": self.first,
            "F": lambda: self.first().upper(),
            "s": self.last,
            "ss": self.surnames,
            "S": lambda: self.surnames().upper(),
            "flow": lambda: self.first().lower(),
            "slow": lambda: self.last().lower(),
            "city": self.place,
            "country": lambda: self.pick(self.lists["country"]),
            "org": self.organisation,
            "street": self.street,
            "title": self.title,
            "prod": self.product,
            "num": self.number,
            "idn": self.identifier,
            "id": self.number,
            "age": lambda: str(self.random.randrange(1, 99)),
            "date": self.date,
            "mail": self.mail,
            "phone": lambda: f"6{self.random.randrange(10**8):08d}",
            "code": self.code,
            "salad": self.salad,
            "acronym": self.acronym,
            "brand": lambda: self.pick((self.invented(), self.invented().upper(), self.acronym())),
            "CODE": lambda: self.code().upper(),
            "Sexword": lambda: self.pick(self.lists["sexword"]).capitalize(),
            "famo": lambda: self.pick(self.lists["prof"]),
        }
        return makers[slot]() if slot in makers else self.pick(self.lists[slot])


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
        value = slots.fill(match.group(1))
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
