"""The Arrow table that the steps hand on: one row for each document found in the sources.

A step takes a table and gives a table with the same columns. It works on rows whose
`outcome` is still empty and settles the others by writing an outcome and a reason, so that
nothing that ever entered is lost from the account.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

KEPT, REMOVED, QUARANTINED = "kept", "removed", "quarantined"
LANGUAGE, POISON = "language", "poison"  # reasons: the second overrules the first

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("path", pa.string()),  # relative to the source; `file.jsonl:17` for a record
        ("sha256", pa.string()),  # of the input file's bytes
        ("lang", pa.string()),  # ISO 639-1, empty when unknown
        ("variety", pa.string()),  # of Spanish, `es-MX`; empty when undecided
        ("threads", pa.list_(pa.string())),  # keys of the conversations that it is part of
        ("text", pa.large_string()),
        ("outcome", pa.string()),  # empty while undecided
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("changes", pa.list_(pa.string())),
        ("measures", pa.map_(pa.string(), pa.float64())),  # what steps measured, `step.name`
    ]
)


def document_id(source: str, path: str) -> str:
    """16 hexadecimal digits that name a document wherever its source lies.

    A file name that is not UTF-8 (unpacked from an old disk) has lone surrogates, and an id too.
    """
    return hashlib.sha256(f"{source}\0{path}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def with_columns(table: pa.Table, **columns: Sequence[object]) -> pa.Table:
    """The table with these columns replaced."""
    for name, values in columns.items():
        index = table.schema.get_field_index(name)
        field = table.schema.field(index)
        table = table.set_column(index, field, pa.array(values, type=field.type))
    return table


def in_question(table: pa.Table) -> pa.Array:
    """Whether the search for poison looks at each row: it is undecided, or removed only because
    of its language. Nonsense after a Spanish text makes that a text in English, or in none; were
    some of an attack's documents out of sight, too few of it would be left to be seen."""
    language = pc.and_kleene(
        pc.equal(table["outcome"], REMOVED), pc.equal(table["reason"], LANGUAGE)
    )
    return pc.or_kleene(pc.equal(table["outcome"], ""), language)


def with_measures(table: pa.Table, **measures: Sequence[float | None]) -> pa.Table:
    """The table with these values added to `measures`, a value or None for each row.

    A name is written `step__name` and becomes `step.name`.
    """
    known = [dict(row or ()) for row in table["measures"].to_pylist()]
    for name, values in measures.items():
        for row, value in zip(known, values, strict=True):
            if value is not None:
                row[name.replace("__", ".")] = float(value)
    return with_columns(table, measures=[sorted(row.items()) for row in known])


def settle(table: pa.Table, verdicts: Sequence[tuple[str, str, str] | None]) -> pa.Table:
    """Writes (outcome, reason, detail) where a verdict was given to an undecided row.

    Only poison is also found in rows that were removed for their language.
    The text of a settled row is dropped: it goes no further.
    """
    outcomes = table["outcome"].to_pylist()
    reasons = table["reason"].to_pylist()
    details = table["detail"].to_pylist()
    changed = False
    for row, verdict in enumerate(verdicts):
        open_ = not outcomes[row] or (reasons[row] == LANGUAGE and verdict and verdict[1] == POISON)
        if verdict is not None and open_:
            outcomes[row], reasons[row], details[row] = verdict
            changed = True
    if not changed:
        return table
    return with_columns(table, outcome=outcomes, reason=reasons, detail=details)
