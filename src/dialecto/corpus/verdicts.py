"""What global steps decide about single documents, kept as one small file for each step.

A verdict settles a document that no earlier step has settled. Verdicts are written when a step
has seen the whole corpus and applied by the workers chunk by chunk, so that nothing depends on
the order of documents or on how they are partitioned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.corpus.chunks import whole_parquet
from dialecto.corpus.table import settle, with_columns

FLAGGED = "flagged"  # the document stays; `reason:detail` is noted in its changes
VERDICTS = pa.schema(
    [
        ("id", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
    ]
)


@dataclass(frozen=True)
class Verdict:
    """`outcome` is REMOVED, QUARANTINED or FLAGGED; `detail` never holds personal data."""

    id: str
    outcome: str
    reason: str
    detail: str = ""


def verdict_file(between: Path, number: int, name: str) -> Path:
    """Where a step's verdicts lie; the number keeps the steps' order."""
    return between / "verdicts" / f"{number:02d}-{name}.parquet"


def write_verdicts(path: Path, verdicts: Iterable[Verdict] | pa.Table) -> None:
    """Writes them sorted by document, whole or not at all."""
    if isinstance(verdicts, pa.Table):
        with whole_parquet(path, VERDICTS) as writer:
            writer.write_table(verdicts.sort_by("id"))
        return
    rows = [
        {"id": v.id, "outcome": v.outcome, "reason": v.reason, "detail": v.detail}
        for v in sorted(verdicts, key=lambda v: v.id)
    ]
    with whole_parquet(path, VERDICTS) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=VERDICTS))


def settled_ids(between: Path) -> pa.Array:
    """The documents that verdicts have settled so far."""
    files = sorted((between / "verdicts").glob("[0-9]*.parquet"))
    columns = [
        pq.read_table(file, columns=["id"], filters=pc.field("outcome") != FLAGGED)["id"]
        .combine_chunks()
        .cast(pa.string())
        for file in files
    ]
    return pa.concat_arrays(columns) if columns else pa.array([], pa.string())


def apply_verdicts(table: pa.Table, between: Path) -> pa.Table:
    """Settles a table's rows by the verdicts there are; the earliest step's counts."""
    for file in sorted((between / "verdicts").glob("[0-9]*.parquet")):
        found = pq.read_table(file, filters=pc.field("id").isin(table["id"].combine_chunks()))
        if len(found):
            known = {row["id"]: (row["outcome"], row["reason"], row["detail"])
                     for row in found.to_pylist()}  # fmt: skip
            table = _settle(table, [known.get(name) for name in table["id"].to_pylist()])
    return table


def _settle(table: pa.Table, verdicts: list[tuple[str, str, str] | None]) -> pa.Table:
    changes = table["changes"].to_pylist()
    flagged = False
    for row, (verdict, outcome) in enumerate(
        zip(verdicts, table["outcome"].to_pylist(), strict=True)
    ):
        if verdict and verdict[0] == FLAGGED and not outcome:
            changes[row] = [*changes[row], f"{verdict[1]}:{verdict[2]}"]
            flagged = True
    if flagged:
        table = with_columns(table, changes=changes)
    return settle(table, [v if v and v[0] != FLAGGED else None for v in verdicts])
