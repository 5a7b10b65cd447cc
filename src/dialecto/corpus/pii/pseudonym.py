"""Replaces personal data by false values of the same form, the same ones in the whole corpus.

Every surrogate is a function of the key and the value alone: no table is needed, any worker
makes the same one, and without the key nobody can tell which value it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from dialecto.corpus.pii import false_names, finder, surrogates
from dialecto.corpus.pii.draws import Draw, redraw
from dialecto.corpus.pii.entity import Entity
from dialecto.corpus.pii.false_dates import shifted_date
from dialecto.corpus.pii.generalise import generalise
from dialecto.corpus.pii.keys import digest, normalise
from dialecto.corpus.pii.recogniser import Recogniser
from dialecto.recipe.pii import Policy


class Pseudonymiser:
    """`policy` for all types but those of `policies`; `lang` is the corpus' language.

    - `pseudonym`: a false value of the same form.
    - `mask`: `[NAME]`.
    - `hash`: `[NAME-1f2e3d4c]`, the same for the same value.
    - `generalise`: a date's year, an age's decade; a mask for what has no wider form.
    - `keep`: left as it is.

    A document with a type that is to be dropped should not come here; if it does, it is masked.
    """

    def __init__(
        self,
        key: bytes,
        policy: Policy,
        lang: str,
        policies: Mapping[str, Policy] | None = None,
        rules: Mapping[str, Recogniser] | None = None,
    ) -> None:
        self.key, self.lang = key, lang
        self._policy, self._policies = policy, dict(policies or {})
        self._rules = rules or {}
        # A cache only: what it holds can be made again from the key.
        self._surrogate = lru_cache(maxsize=65_536)(self._make)

    def policy_of(self, type: str) -> Policy:
        policy = self._policies.get(type, self._policy)
        if type == "SECRET":
            return "drop_document" if self._policies.get(type) == "drop_document" else "mask"
        return policy

    def replace(self, text: str, entities: Iterable[Entity]) -> str:
        """The text with each entity replaced. Everything outside of them stays as it is."""
        parts, last = [], 0
        for entity, new in self.replacements(entities):
            parts += [text[last : entity.start], new]
            last = entity.end
        parts.append(text[last:])
        return "".join(parts)

    def replacements(self, entities: Iterable[Entity]) -> list[tuple[Entity, str]]:
        """What stands in each entity's place, in order; of overlapping ones the first counts."""
        ordered, last = [], 0
        for entity in sorted(entities, key=lambda e: e.start):
            if entity.start >= last:
                ordered.append(entity)
                last = entity.end
        people = false_names.people_of(e.text for e in ordered if e.type == "NAME")
        return [(entity, self.surrogate(entity, people)) for entity in ordered]

    def surrogate(self, entity: Entity, people: Iterable[tuple[str, frozenset[str]]] = ()) -> str:
        """What stands in the entity's place. `people` are the document's, for initials."""
        if entity.type == "NAME" and people and self.policy_of("NAME") == "pseudonym":
            initials = false_names.initials_of(entity.text, people)
            if initials:
                return false_names.name(entity.text, self.key, self.lang, initials)
        return self._surrogate(entity.type, entity.text, entity.recogniser)

    def _make(self, type: str, value: str, recogniser: str) -> str:
        policy = self.policy_of(type)
        if policy == "keep":
            return value
        if policy in ("mask", "drop_document"):
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
            return false_names.name(value, self.key, self.lang)
        if type == "EMAIL":
            return false_names.email(value, self.key, self.lang)
        if type == "USERNAME":
            return false_names.username(value, self.key, self.lang)
        if type == "PHONE":
            return surrogates.phone(value, draw, PHONE_REGIONS)
        if type in {"DATE", "BIRTH_DATE"}:
            return shifted_date(value, self.key) or f"[{type}]"
        if type == "ADDRESS":
            return surrogates.address(value, self.key)
        if type == "PLACE":
            return surrogates.place(value, self.key)
        if type == "AGE":
            return surrogates.age(value, draw) or f"[{type}]"
        if type == "COORDINATES":
            return surrogates.coordinates(value, draw)
        if type in {"ORGANISATION", "PROFESSION", "FAMILY", "SEX", "URL"}:
            return f"[{type}]"
        if recogniser == "mac":
            return surrogates.mac(value, draw)
        if recogniser == "ip":
            return surrogates.ip(value, draw)
        rule = self._rules.get(recogniser) or known_recognisers().get(recogniser)
        if rule is None or (rule.check is None and recogniser.startswith("labelled.")):
            # Found by its label or by a model: what it is, its control digits tell.
            rule = _rule_of(type, value) or rule
        if rule is not None and rule.name == "iban" and len(value) > 8:
            return surrogates.iban_account(value, draw)
        if rule is not None and (rule.check is not None or not rule.letters):
            new = surrogates.checked(value, draw, rule.check, rule.fixed, letters=rule.letters)
            return new or f"[{type}]"
        return redraw(value, draw)


PHONE_REGIONS = ("ES", "MX", "AR", "CL", "CO", "PE", "BR", "UY", "US", "GB")


_SIGNS = re.compile(r"[^0-9A-Za-zÑñ&]")


def _rule_of(type: str, value: str) -> Recogniser | None:
    """The first recogniser of this type whose control digits the value has."""
    compact = _SIGNS.sub("", value)
    for rule in known_recognisers().values():
        known = type in rule.types and rule.check and rule.digits <= len(compact)
        if known and rule.check and rule.check(compact.upper()):
            return rule
    return None


@lru_cache(maxsize=1)
def known_recognisers() -> dict[str, Recogniser]:
    return {r.name: r for r in finder.recognisers(())}
