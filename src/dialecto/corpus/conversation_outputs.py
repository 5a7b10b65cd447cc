"""Writes the checked conversations: train and validation by seed, repeated ones left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.account import Account
from dialecto.corpus.chunks import ConversationTask, batches
from dialecto.corpus.conversations import CONVERSATIONS, in_validation
from dialecto.corpus.split import SPLITS
from dialecto.corpus.table import KEPT, REMOVED

LINEAGE = pa.schema(
    [
        *((name, pa.string()) for name in ("id", "source", "path", "sha256", "outcome", "reason")),
        ("detail", pa.string()),
        ("split", pa.string()),
        ("entities", pa.int64()),
    ]
)


def write_conversations(tasks: Sequence[ConversationTask], work: Path, seed: int) -> Account:
    """`conversations/*.parquet` (`test` is empty: the questions held out judge the model)."""
    account = Account()
    folder = work / "conversations"
    folder.mkdir(parents=True, exist_ok=True)
    writers = {
        split: pq.ParquetWriter(folder / f"{split}.parquet", CONVERSATIONS, compression="zstd")
        for split in SPLITS
    }
    seen: set[bytes] = set()
    lineage_file = work / "conversation_lineage.parquet"
    try:
        with pq.ParquetWriter(lineage_file, LINEAGE, compression="zstd") as lineage:
            for task in tasks:
                for table in batches(task.output):
                    rows = table.to_pylist()
                    written: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
                    for row in rows:
                        row["split"] = _settle(row, seen, seed)
                        if row["split"]:
                            written[row["split"]].append(row)
                            account.rows[row["split"]] += 1
                        account.add(row)
                        row["entities"] = sum(number for _, number in row["entities"] or ())
                    for split, kept in written.items():
                        if kept:
                            writers[split].write_table(
                                pa.Table.from_pylist(kept, schema=CONVERSATIONS)
                            )
                    lineage.write_table(pa.Table.from_pylist(rows, schema=LINEAGE))
    finally:
        for writer in writers.values():
            writer.close()
    account.check("conversations")
    return account


def _settle(row: dict[str, Any], seen: set[bytes], seed: int) -> str:
    """The split of a kept conversation; repetitions are marked as removed."""
    if row["outcome"] != KEPT:
        return ""
    key = bytes.fromhex(row["key"])[:16]
    if key in seen:
        row["outcome"], row["reason"] = REMOVED, "exact_duplicate"
        return ""
    seen.add(key)
    return "validation" if in_validation(row["key"], seed) else "train"
