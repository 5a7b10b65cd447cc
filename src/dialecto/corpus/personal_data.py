"""The step that replaces personal data, and what it tells about who is in a document."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pyarrow as pa

from dialecto.corpus.chunks import StepSettings
from dialecto.corpus.table import SCHEMA, with_columns

_EXAMPLE = 240  # characters of a removed document shown, masked
_READ = 8 * _EXAMPLE  # read for it, so that what is cut off is seen whole when it is masked

PROTECTED = pa.schema(
    [
        *SCHEMA,
        ("entities", pa.map_(pa.string(), pa.int64())),
        ("people", pa.list_(pa.string())),
    ]
)


def pii_step(table: pa.Table, settings: StepSettings) -> pa.Table:
    """Replaces personal data in the documents that stay.

    Adds `entities` (how many of each type) and `people` (keyed hashes of the strong
    identifiers, which tell whether two documents speak of the same person without telling of
    whom). Of a removed document only a short beginning is left, masked, as an example.
    """
    from dialecto.corpus.pii import Pseudonymiser, find_entities, value_key

    makers: dict[tuple[str, str], Pseudonymiser] = {}

    def replacer(policy: str, lang: str) -> Pseudonymiser:
        if (policy, lang) not in makers:
            makers[policy, lang] = Pseudonymiser(settings.key, policy, lang)  # type: ignore[arg-type]
        return makers[policy, lang]

    texts: list[str] = []
    counts: list[list[tuple[str, int]]] = []
    people: list[list[str]] = []
    for text, lang, outcome in zip(
        *(table[name].to_pylist() for name in ("text", "lang", "outcome")), strict=True
    ):
        lang = lang if lang in ("es", "en") else settings.lang
        kept = not outcome
        if not kept:
            text = text[:_READ]
        elif not settings.section.pii.enabled:
            texts.append(text)
            counts.append([])
            people.append([])
            continue
        entities = find_entities(text, regions=settings.section.pii.regions, lang=lang)
        safe = replacer(settings.section.pii.policy if kept else "mask", lang).replace(
            text, entities
        )
        texts.append(safe if kept else safe[:_EXAMPLE])
        found = Counter(entity.type for entity in entities) if kept else Counter()
        counts.append(sorted(found.items()))
        strong = {
            value_key(settings.key, replace(entity, text=value))
            for entity in entities
            for value in _strong_values(entity.type, entity.text)
        }
        people.append(sorted(strong) if kept else [])
    table = with_columns(table, text=texts)
    table = table.append_column(
        PROTECTED.field("entities"), pa.array(counts, PROTECTED.field("entities").type)
    )
    return table.append_column(
        PROTECTED.field("people"), pa.array(people, PROTECTED.field("people").type)
    )


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
