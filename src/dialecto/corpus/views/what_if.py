"""What other thresholds of quality would do, from the measures kept in an artefact's lineage.

No text is read to find out, so the whole corpus is judged in a moment. The examples are
documents as the artefact holds them (pseudonymised) or as `removed.json` does (masked).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.corpus.quality.calibrate import judge
from dialecto.corpus.quality.measured import COLUMNS, PREFIX, read_measured
from dialecto.corpus.quality.step import REASON, quality_account
from dialecto.corpus.table import QUARANTINED
from dialecto.corpus.views.artefact import excerpts
from dialecto.recipe import Quality

EXAMPLES = 5


def is_measured(folder: Path) -> bool:
    """Whether an artefact's lineage holds the measures of quality."""
    return (folder / "quality.json").is_file()


def what_if(folder: Path, section: Quality, lang: str) -> dict[str, Any]:
    """Who would fail with this section: counts, percentiles, decisions, and what changes.

    Judged are the documents that came to the judgement then: what a step before it settled was
    not measured.
    """
    judged = judge(read_measured(_tables(folder), lang), section)
    failing = {failure.id: failure for failure in judged.failures}
    before = _failed_before(folder)
    lost = sorted(set(failing) - before)
    account = quality_account(judged, section)
    count = len(judged.measured)
    shown = excerpts(folder, set(lost[:EXAMPLES]))
    return {
        "step": "quality",
        "documents": count,
        "removed": len(failing),
        "share": len(failing) / count if count else 0.0,
        "removed_now": len(before),
        "newly_removed": len(lost),
        "no_longer_removed": len(before - set(failing)),
        "percentiles": {
            PREFIX + name: values for name, values in account.pop("percentiles").items()
        },
        "examples": [
            {**row, "reason": REASON, "detail": failing[row["id"]].detail, "after": ""}
            for row in shown
        ],
        "quality": account,
    }


def _tables(folder: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(folder / "lineage.parquet") as file:
        for batch in file.iter_batches(2000, columns=[*COLUMNS, "outcome"]):
            table = pa.Table.from_batches([batch])
            yield table.filter(pc.not_equal(table["outcome"], QUARANTINED)).select(list(COLUMNS))


def _failed_before(folder: Path) -> set[str]:
    table = pq.read_table(
        folder / "lineage.parquet", columns=["id"], filters=pc.field("reason") == REASON
    )
    return set(table["id"].to_pylist())
