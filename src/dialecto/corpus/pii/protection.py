"""What the corpus does with the personal data of a text, by the recipe's policies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dialecto.corpus.pii.entity import DEFAULT_TYPES, Entity
from dialecto.corpus.pii.finder import find_entities, find_in
from dialecto.corpus.pii.keys import value_key
from dialecto.corpus.pii.own_model import load_own_model
from dialecto.corpus.pii.plugins import load_recognisers, pattern_recognisers
from dialecto.corpus.pii.pseudonym import Pseudonymiser
from dialecto.corpus.pii.secrets import secret_entities
from dialecto.recipe.pii import PERSONAL_DATA, Pii, unknown_type
from dialecto.runtime.errors import DialectoError

Pair = tuple[str, str, str]
"""(type, surrogate, original): a row of the map."""


@dataclass(frozen=True)
class Protected:
    """A text without personal data, and what is known of what was in it.

    `counts` are the entities replaced, by type. `people` are keyed hashes of the strong
    identifiers: they tell whether two documents speak of the same person without telling of
    whom. `dropped` says why the document must go (`CARD:2`), or is empty.
    """

    text: str
    counts: Counter[str] = field(default_factory=Counter)
    people: tuple[str, ...] = ()
    dropped: str = ""
    pairs: tuple[Pair, ...] = ()


class Protection:
    """Finds and replaces by the recipe's section. `lang` is the corpus' language.

    With `enabled: false` secrets are still removed. Raises DialectoError when a recogniser
    or a model that the recipe names cannot be loaded.
    """

    def __init__(self, section: Pii, key: bytes, lang: str, root: Path) -> None:
        self.section, self.key, self.lang = section, key, lang
        own = load_recognisers(section.recognisers, root, lang) if section.enabled else []
        self._own = (*pattern_recognisers(section.patterns), *own)
        named = section.model and section.enabled
        self._model = load_own_model(root / section.model) if named else None
        brought = {kind for rule in self._own for kind in rule.types}
        if self._model is not None:
            # Those that we have too are looked for as without it: when the policies say so.
            brought |= {kind for kind in self._model.types if kind not in PERSONAL_DATA}
        check_types(section.policies, {*PERSONAL_DATA, *brought})
        self._types = wanted_types(section, brought)
        rules = {rule.name: rule for rule in self._own}
        policies = section.policies
        self._replacer = Pseudonymiser(key, section.policy, lang, policies, rules)
        self._mask = Pseudonymiser(key, "mask", lang)

    def find_in(self, texts: Sequence[str], lang: str) -> Iterator[list[Entity]]:
        """The entities of each text that a policy speaks of."""
        if not self.section.enabled:
            return map(secret_entities, texts)
        return find_in(
            texts,
            regions=self.section.regions,
            lang=lang,
            types=self._types,
            extra=self._own,
            model=self._model,
        )

    def protect(self, text: str, lang: str) -> Protected:
        """The text as the corpus may hold it. `lang` is the document's language."""
        (protected,) = self.protect_all([text], lang)
        return protected

    def protect_all(self, texts: Sequence[str], lang: str) -> Iterator[Protected]:
        """The same of many texts of a language: found together, which is faster."""
        for text, entities in zip(texts, self.find_in(texts, lang), strict=True):
            yield self._protected(text, entities)

    def _protected(self, text: str, entities: Sequence[Entity]) -> Protected:
        policy_of = self._replacer.policy_of
        drops = Counter(e.type for e in entities if policy_of(e.type) == "drop_document")
        people = self._people(entities) if self.section.enabled else ()
        if drops:
            detail = ",".join(f"{kind}:{number}" for kind, number in sorted(drops.items()))
            return Protected(self.mask(text, entities), people=people, dropped=detail)
        acted = [entity for entity in entities if policy_of(entity.type) != "keep"]
        new = self._replacer.replacements(acted)
        pairs: tuple[Pair, ...] = ()
        if self.section.map == "encrypted":
            pairs = tuple(
                sorted(
                    {
                        (entity.type, value, entity.text)
                        for entity, value in new
                        if policy_of(entity.type) in ("pseudonym", "hash")
                    }
                )
            )
        return Protected(
            _with(text, new), Counter(entity.type for entity in acted), people, "", pairs
        )

    def mask(self, text: str, entities: Collection[Entity] | None = None) -> str:
        """The text with `[TYPE]` for everything that any policy would replace."""
        found = self._always(text) if entities is None else entities
        return self._mask.replace(text, found)

    def _always(self, text: str) -> list[Entity]:
        """Examples of removed documents are masked whatever the policies say."""
        types = {*self._types, *DEFAULT_TYPES}
        return find_entities(
            text,
            regions=self.section.regions,
            lang=self.lang,
            types=types,
            extra=self._own,
            model=self._model,
        )

    def _people(self, entities: Collection[Entity]) -> tuple[str, ...]:
        strong = {
            value_key(self.key, replace(entity, text=value))
            for entity in entities
            for value in _strong_values(entity.type, entity.text)
        }
        return tuple(sorted(strong))


def check_types(policies: Mapping[str, object], known: Collection[str]) -> None:
    """Raises DialectoError for a policy on a type that nothing finds."""
    for name in policies:
        if name not in known:
            raise DialectoError(f"corpus.pii.policies: {unknown_type(name, sorted(known))}")


def wanted_types(section: Pii, own: Iterable[str]) -> frozenset[str]:
    """The types to look for: the default ones, those with a policy, and the user's own."""
    return DEFAULT_TYPES | frozenset(section.policies) | frozenset(own)


def _with(text: str, replacements: list[tuple[Entity, str]]) -> str:
    parts, last = [], 0
    for entity, value in replacements:
        parts += [text[last : entity.start], value]
        last = entity.end
    return "".join([*parts, text[last:]])


_STRONG = frozenset(("ID", "PHONE", "EMAIL", "RECORD", "IBAN", "CARD", "USERNAME", "PLATE"))
_AND = re.compile(r"\s+(?:y|e|and|&)\s+|[,;/]")


def _strong_values(kind: str, value: str) -> list[str]:
    """The values in an entity that point at one person.

    A first name alone does not, a full name does; "Ana Gil Sanz and Luis Rey Mora" are two.
    """
    if kind in _STRONG:
        return [value]
    if kind != "NAME":
        return []
    return [name for name in _AND.split(value) if len(name.split()) >= 2]
