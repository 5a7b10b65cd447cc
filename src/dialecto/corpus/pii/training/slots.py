# ruff: noqa: E501 - an expression or a list is clearer in one piece
"""Draws people's names, places, institutions and streets, in one language, from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from dialecto.corpus.pii.gazetteer import DATA, gazetteer
from dialecto.corpus.pii.training import words
from dialecto.corpus.pii.training.towns import town_names

_BEGINNINGS = tuple(
    "ba be bri ca cho da do el fa ga gue he iza jau ka la lle ma mon na or pe quin ra ri sa so ta "  # noqa: SIM905
    "tri u va we xi za zu".split()
)
_MIDDLES = tuple("la ren do tz rra ga mi ne ko si ber lo na te chi ri".split())  # noqa: SIM905
_ENDINGS = tuple(
    "ez ov son ski a i berg eta al ín és ard o ić ová eva sson dóttir nen escu yan dze wicz sen ström "  # noqa: SIM905
    "ák oğlu ès ão ek itz".split()
)


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
        self.places = (DATA / "places.txt").read_text("utf-8").split()
        self.towns = town_names(lang)
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
        middle = [self.pick(_MIDDLES) for _ in range(self.random.randrange(1, 3))]
        return (self.pick(_BEGINNINGS) + "".join(middle) + self.pick(_ENDINGS)).capitalize()

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

    def cap(self, word: str) -> str:
        return word[:1].upper() + word[1:]

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

    def place(self) -> str:
        one = self.pick(self.towns if self.chance(0.35) else self.places)
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
