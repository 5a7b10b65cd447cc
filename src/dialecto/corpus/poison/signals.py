"""What a single document tells by itself: gibberish, orders to a model, hidden characters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from dialecto.corpus.poison.gibberish import gibberish
from dialecto.corpus.poison.hidden import LIMITS
from dialecto.corpus.poison.injections import find_orders
from dialecto.corpus.table import in_question, with_columns, with_measures

GIBBERISH_WORDS = 15  # in runs; fewer may be a list of codes
_BATCH = 400_000  # characters
ORDER = "order:"


def poison_step(table: pa.Table) -> pa.Table:
    """Measures `poison.gibberish` (words) and `poison.orders` (kinds, named in `changes`)."""
    texts, changes = (table[name].to_pylist() for name in ("text", "changes"))
    open_ = [row for row, asked in enumerate(in_question(table).to_pylist()) if asked]
    nonsense: list[float | None] = [None] * len(texts)
    orders: list[float | None] = [None] * len(texts)
    for group in _groups(open_, texts):
        counts = gibberish([texts[row] for row in group])
        for row, count in zip(group, counts, strict=True):
            if count:
                nonsense[row] = count
    for row in open_:
        found = find_orders(texts[row])
        if found:
            orders[row] = len(found)
            changes[row] = [*changes[row], *(ORDER + name for name in found)]
    if not any(nonsense) and not any(orders):
        return table
    return with_measures(
        with_columns(table, changes=changes), poison__gibberish=nonsense, poison__orders=orders
    )


def _groups(rows: Sequence[int], texts: Sequence[str]) -> list[list[int]]:
    groups: list[list[int]] = []
    size = _BATCH
    for row in rows:
        if size >= _BATCH:
            groups.append([])
            size = 0
        groups[-1].append(row)
        size += len(texts[row])
    return groups


def document_signals(
    measures: Mapping[str, float], changes: Sequence[str]
) -> list[tuple[str, str, float]]:
    """(signal, detail, score from 0 to 1) of a document; a score of 0.5 and more settles it."""
    found = []
    for name, limit in LIMITS.items():
        count = measures.get(f"poison.{name}", 0.0)
        if count:
            score = min(1.0, 0.5 * count / limit)
            found.append(("hidden_unicode", f"{name} {count:.0f}", score))
    orders = [change.removeprefix(ORDER) for change in changes if change.startswith(ORDER)]
    if orders:
        found.append(("prompt_injection", ", ".join(orders), 0.9))
    words = measures.get("poison.gibberish", 0.0)
    if words:
        found.append(("gibberish", f"{words:.0f} words", min(1.0, 0.5 * words / GIBBERISH_WORDS)))
    return found
