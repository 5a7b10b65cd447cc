"""The step that replaces personal data, and what it tells about who is in a document."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from dialecto.corpus.chunks import StepSettings
from dialecto.corpus.table import REMOVED, SCHEMA, settle, with_columns
from dialecto.recipe.pii import Pii

if TYPE_CHECKING:
    from dialecto.corpus.pii.protection import Protected, Protection

_EXAMPLE = 240  # characters of a removed document shown, masked
_READ = 8 * _EXAMPLE  # read for it, so that what is cut off is seen whole when it is masked
POLICY_REASON = "pii_policy"

PAIRS = pa.struct([("type", pa.string()), ("surrogate", pa.string()), ("original", pa.string())])
PROTECTED = pa.schema(
    [
        *SCHEMA,
        ("entities", pa.map_(pa.string(), pa.int64())),
        ("people", pa.list_(pa.string())),
        ("pairs", pa.list_(PAIRS)),  # with `map: encrypted`: what the map will hold
    ]
)


def pii_step(table: pa.Table, settings: StepSettings) -> pa.Table:
    """Replaces personal data in the documents that stay, by the recipe's policies.

    Adds `entities` (how many of each type), `people` (keyed hashes of the strong
    identifiers, which tell whether two documents speak of the same person without telling of
    whom) and `pairs`. A document with a type that is to be dropped is removed as `pii_policy`.
    Of a removed document only a short beginning is left, masked, as an example.
    """
    protection = protection_for(settings)
    texts = table["text"].to_pylist()
    results: list[Protected | None] = [None] * len(texts)
    by_lang: dict[str, list[int]] = defaultdict(list)
    for number, (lang, outcome) in enumerate(
        zip(table["lang"].to_pylist(), table["outcome"].to_pylist(), strict=True)
    ):
        if outcome:
            texts[number] = protection.mask(texts[number][:_READ])[:_EXAMPLE]
        else:
            by_lang[lang if lang in ("es", "en") else settings.lang].append(number)
    for lang, numbers in by_lang.items():
        kept = protection.protect_all([texts[number] for number in numbers], lang)
        for number, result in zip(numbers, kept, strict=True):
            texts[number] = result.text[:_EXAMPLE] if result.dropped else result.text
            results[number] = result
    table = settle(
        table, [(REMOVED, POLICY_REASON, r.dropped) if r and r.dropped else None for r in results]
    )
    staying = [None if r is None or r.dropped else r for r in results]
    columns = {
        "entities": [sorted(r.counts.items()) if r else [] for r in staying],
        "people": [list(r.people) if r else [] for r in staying],
        "pairs": [
            [dict(zip(PAIRS.names, pair, strict=True)) for pair in r.pairs] if r else []
            for r in staying
        ],
    }
    table = with_columns(table, text=texts)
    for name, values in columns.items():
        field = PROTECTED.field(name)
        table = table.append_column(field, pa.array(values, field.type))
    return table


def protection_for(settings: StepSettings) -> Protection:
    """The protection of these settings, made once for each process: it loads and remembers."""
    section = settings.section.pii
    return _protection(section.model_dump_json(), settings.key, settings.lang, settings.root)


@lru_cache(maxsize=4)
def _protection(section: str, key: bytes, lang: str, root: str) -> Protection:
    from dialecto.corpus.pii.protection import Protection

    return Protection(Pii.model_validate_json(section), key, lang, Path(root))
