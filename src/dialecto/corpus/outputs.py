"""The last pass: writes the documents' shards, their lineage and what was removed."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.account import EXAMPLE, Account
from dialecto.corpus.balance.step import read_balanced
from dialecto.corpus.chunks import ChunkTask, batches
from dialecto.corpus.contamination import REASON as CONTAMINATED
from dialecto.corpus.parts import part_size
from dialecto.corpus.placement import Placement, row_ids
from dialecto.corpus.split import SPLITS
from dialecto.corpus.table import KEPT, REMOVED
from dialecto.recipe.sources import TERMS
from dialecto.runtime.files import write_json

DOCUMENTS = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("path", pa.string()),
        ("part", pa.int32()),  # 0: the whole document; 1, 2, ...: a part of it
        ("lang", pa.string()),
        ("variety", pa.string()),  # of Spanish, `es-MX`; empty when undecided
        ("topic", pa.string()),  # found by `corpus.balance`, else empty
        ("repeat", pa.int32()),  # how often it is read in an epoch of training; 1 as a rule
        ("text", pa.large_string()),
        *((name, pa.string()) for name in TERMS),
    ]
)
LINEAGE = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("path", pa.string()),
        ("sha256", pa.string()),
        ("lang", pa.string()),
        ("variety", pa.string()),
        ("topic", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("split", pa.string()),  # several, joined by commas, for a document cut and spread
        ("parts", pa.int32()),
        ("entities", pa.int64()),
        ("changes", pa.list_(pa.string())),
        ("measures", pa.map_(pa.string(), pa.float64())),
        *((name, pa.string()) for name in TERMS),
    ]
)
_ROWS = 200  # of documents in one row group, at most


class Shards:
    """Parquet files `<split>-NNNNN.parquet` of a bounded amount of text each."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit
        self.numbers: Counter[str] = Counter()
        self.sizes: Counter[str] = Counter()
        self.pending: dict[str, list[dict[str, Any]]] = {split: [] for split in SPLITS}
        self.held: Counter[str] = Counter()
        self.writers: dict[str, pq.ParquetWriter] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, split: str, row: dict[str, Any], size: int) -> None:
        """One more document of `size` bytes."""
        self.pending[split].append(row)
        self.held[split] += size
        if self.held[split] >= min(2_000_000, self.limit) or len(self.pending[split]) >= _ROWS:
            self._flush(split)

    def _flush(self, split: str) -> None:
        writer = self.writers.get(split)
        if writer is None:
            path = self.folder / f"{split}-{self.numbers[split]:05d}.parquet"
            writer = self.writers[split] = pq.ParquetWriter(path, DOCUMENTS, compression="zstd")
        writer.write_table(pa.Table.from_pylist(self.pending[split], schema=DOCUMENTS))
        self.sizes[split] += self.held[split]
        self.pending[split], self.held[split] = [], 0
        if self.sizes[split] >= self.limit:
            self.writers.pop(split).close()
            self.numbers[split] += 1
            self.sizes[split] = 0

    def close(self) -> None:
        """Writes what is pending. Every split has at least one file, be it empty."""
        for split in SPLITS:
            if self.pending[split] or (split not in self.writers and not self.numbers[split]):
                self._flush(split)
        for writer in self.writers.values():
            writer.close()


def write_documents(
    tasks: Sequence[ChunkTask],
    work: Path,
    placement: Placement,
    shard_bytes: int,
    terms: Mapping[str, Mapping[str, str]],
) -> Account:
    """Shards, lineage and the account of every document.

    terms: what the recipe declares about each source, by its name; it goes with each document.
    """
    account = Account()
    shards = Shards(work / "documents", shard_bytes)
    with pq.ParquetWriter(work / "lineage.parquet", LINEAGE, compression="zstd") as lineage:
        for task in tasks:
            for table in batches(task.file("protected")):
                balanced = read_balanced(Path(task.between), table["id"].combine_chunks())
                rows = [
                    _write_row(
                        row | terms.get(row["source"], {}) | balanced.get(row["id"], {}),
                        shards,
                        placement,
                        account,
                    )
                    for row in table.to_pylist()
                ]
                lineage.write_table(pa.Table.from_pylist(rows, schema=LINEAGE))
    shards.close()
    account.check("documents")
    return account


def _write_row(
    row: dict[str, Any], shards: Shards, placement: Placement, account: Account
) -> dict[str, Any]:
    """Writes a kept document's text; returns its row of lineage."""
    splits: list[str] = []
    parts = 0
    left_out: Counter[str] = Counter()  # parts of a document that is cut
    if not row["outcome"] and row["id"] in placement.contaminated:
        row["outcome"], row["reason"] = REMOVED, CONTAMINATED
        row["detail"] = f"shares a passage with {placement.contaminated[row['id']]}, held out"
        row["text"] = row["text"][:EXAMPLE]
    if not row["outcome"]:
        row["outcome"] = KEPT
        text = row["text"]
        size = part_size(len(text.encode()), placement.corpus_bytes)
        pieces = row_ids(row["id"], text, size)
        parts = len(pieces)
        for number, (name, piece) in enumerate(pieces, 1):
            if name in placement.repeated or name in placement.contaminated:
                left_out["repeated" if name in placement.repeated else "held_out"] += 1
                continue
            split = placement.split_of[name]
            splits.append(split)
            size = len(piece.encode())
            document = {
                "id": name,
                "source": row["source"],
                "path": row["path"],
                "part": number if parts > 1 else 0,
                "lang": row["lang"],
                "variety": row["variety"] or "",
                "topic": row.get("topic", ""),
                # What is held out is read once: it measures, it does not teach.
                "repeat": row.get("repeat", 1) if split == "train" else 1,
                "text": piece,
                **{name: row.get(name, "") for name in TERMS},
            }
            shards.add(split, document, size)
            account.rows[split] += 1
            account.bytes_kept += size
    if left_out and left_out.total() == parts:
        row["outcome"], row["reason"] = REMOVED, CONTAMINATED
        row["detail"] = "all its parts share passages with what is held out"
    if left_out:
        row["changes"] = [*row["changes"], *(f"parts_{w}:{n}" for w, n in sorted(left_out.items()))]
    account.add(row)
    entities = sum(number for _, number in row["entities"] or ())
    return {
        **{name: row[name] for name in LINEAGE.names if name in row},
        "entities": entities,
        "parts": parts - left_out.total(),
        "split": ",".join(split for split in SPLITS if split in splits),
    }


def write_removed(work: Path, documents: Account, conversations: Account) -> None:
    """`removed.json`: what did not stay, why, and masked examples."""
    content = documents.removal()
    if conversations.found:
        content["conversations"] = conversations.removal()
    with contextlib.suppress(FileNotFoundError):
        (work / "removed.json").unlink()
    write_json(work / "removed.json", content)
