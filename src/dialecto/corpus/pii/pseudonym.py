"""Replaces personal data by false values of the same form, the same ones in the whole corpus.

Every surrogate is a function of the key, the value and the language alone: no table is kept,
any worker makes the same one, and without the key nobody can tell which value it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from dialecto.corpus.pii import finder, surrogates
from dialecto.corpus.pii.draws import Draw, redraw
from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.keys import digest, normalise
from dialecto.corpus.pii.recogniser import Recogniser

Policy = Literal["pseudonym", "mask", "hash", "generalise", "keep"]


class Pseudonymiser:
    """`policy` for all types, or one for each type (`{"DATE": "generalise"}`, others pseudonym).

    - `pseudonym`: a false value of the same form.
    - `mask`: `[NAME]`.
    - `hash`: `[NAME-1f2e3d4c]`, the same for the same value.
    - `generalise`: a date's year, an age's decade; a mask for what has no wider form.
    - `keep`: left as it is.
    """

    def __init__(self, key: bytes, policy: Policy | Mapping[str, Policy], lang: str) -> None:
        self.key, self.lang = key, lang
        self._policy: Policy = "pseudonym" if isinstance(policy, Mapping) else policy
        self._policies = dict(policy) if isinstance(policy, Mapping) else {}
        # A cache only: what it holds can be made again from the key.
        self._surrogate = lru_cache(maxsize=65_536)(self._make)

    def replace(self, text: str, entities: Iterable[Entity]) -> str:
        """The text with each entity replaced. Everything outside of them stays as it is."""
        parts, last = [], 0
        for entity in sorted(entities, key=lambda e: e.start):
            if entity.start < last:
                continue  # overlapping entities: the first one stands
            parts += [text[last : entity.start], self.surrogate(entity)]
            last = entity.end
        parts.append(text[last:])
        return "".join(parts)

    def surrogate(self, entity: Entity) -> str:
        """What stands in the entity's place."""
        return self._surrogate(entity.type, entity.text, entity.recogniser)

    def _make(self, type: str, value: str, recogniser: str) -> str:
        policy = self._policies.get(type, self._policy)
        if policy == "keep":
            return value
        if policy == "mask" or type == "SECRET":
            return f"[{type}]"
        if policy == "hash":
            return f"[{type}-{digest(self.key, 'hash', type, normalise(type, value)).hex()[:8]}]"
        if policy == "generalise":
            return generalise(type, value)
        new = self._false_value(type, value, recogniser)
        return new if new != value else f"[{type}]"

    def _false_value(self, type: str, value: str, recogniser: str) -> str:
        draw = Draw(self.key, type, normalise(type, value))
        if type == "NAME":
            return surrogates.name(value, self.key, self.lang)
        if type == "EMAIL":
            return surrogates.email(value, self.key, self.lang)
        if type == "USERNAME":
            return surrogates.username(value, self.key, self.lang)
        if type == "PHONE":
            return surrogates.phone(value, draw, PHONE_REGIONS)
        if type in {"DATE", "BIRTH_DATE"}:
            return surrogates.shifted_date(value, draw)
        if type == "ADDRESS":
            return surrogates.address(value, self.key, draw)
        if type in {"PLACE", "ORGANISATION", "PROFESSION", "FAMILY", "SEX"}:
            return f"[{type}]"
        if recogniser == "ip":
            return surrogates.ip(value, draw)
        if recogniser == "iban" and len(value) > 8:
            return surrogates.iban_account(value, draw)
        rule = known_recognisers().get(recogniser)
        if rule is not None and rule.check is not None:
            return surrogates.checked(value, draw, rule.check, rule.fixed) or f"[{type}]"
        return redraw(value, draw)


PHONE_REGIONS = ("ES", "MX", "AR", "CL", "CO", "PE", "BR", "UY", "US", "GB")


@lru_cache(maxsize=1)
def known_recognisers() -> dict[str, Recogniser]:
    return {r.name: r for r in finder.recognisers(())}


def generalise(type: str, value: str) -> str:
    """A date becomes its year, an age its decade (`40-49`); the rest a mask."""
    if type in {"DATE", "BIRTH_DATE"}:
        year = re.search(r"(?:1[89]|20)\d\d", value)
        return year.group() if year else f"[{type}]"
    if type == "AGE" and (age := re.search(r"\d{1,3}", value)):
        decade = int(age.group()) // 10 * 10
        return value[: age.start()] + f"{decade}-{decade + 9}" + value[age.end() :]
    return f"[{type}]"
