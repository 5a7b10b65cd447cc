"""The few steps that look at the whole corpus: over lines, keys and ids, never over texts.

Each reads what the workers left of every chunk and writes one small file for the next step.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from dialecto.corpus.boilerplate import MINIMUM_DOCUMENTS, boilerplate_lines
from dialecto.corpus.chunks import ChunkTask, batches, whole_parquet
from dialecto.corpus.duplicates import Alike, Document, Duplicate, find_duplicates
from dialecto.corpus.signature import Hashes

BOILERPLATE = pa.schema([("family", pa.string()), ("line", pa.int64())])
DUPLICATES = pa.schema(
    [
        ("id", pa.string()),
        ("of", pa.string()),
        ("kind", pa.string()),
        ("similarity", pa.float64()),
    ]
)
ALIKE = pa.schema([("first", pa.string()), ("second", pa.string()), ("similarity", pa.float64())])
_SHINGLE_CACHE = 4_000_000  # hashes held in memory: 32 MB


def find_boilerplate(between: Path) -> None:
    """Adds up the chunks' line counts; writes the lines to drop."""
    import duckdb

    files = str(between / "lines" / "*.parquet").replace("'", "''")
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as connection:
        connection.execute("SET temp_directory = ?", [str(between / "spill")])
        rows = connection.execute(
            f"SELECT family, line, sum(documents)::BIGINT FROM read_parquet('{files}') "
            "GROUP BY family, line HAVING line = 0 OR sum(documents) >= ? ORDER BY family, line",
            [MINIMUM_DOCUMENTS],
        ).fetchall()
    found = [
        {"family": family, "line": line}
        for family, lines in sorted(boilerplate_lines(rows).items())
        for line in sorted(lines)
    ]
    with whole_parquet(between / "boilerplate.parquet", BOILERPLATE) as writer:
        writer.write_table(pa.Table.from_pylist(found, schema=BOILERPLATE))


def settle_duplicates(tasks: Sequence[ChunkTask], between: Path, threshold: float | None) -> None:
    """Finds duplicates over all chunks; `threshold` None leaves them in."""
    documents: list[Document] = []
    heap = ShingleHeap()
    sizes = 0
    for task in tasks:
        shingles = task.file("signed", "shingles")
        for table in batches(task.file("keys")):
            for row in table.to_pylist():
                bands = np.frombuffer(row["bands"], dtype="<u8").astype(np.uint64)
                documents.append(Document(row["id"], row["length"], row["key"], bands))
                heap.add(row["id"], shingles, row["offset"], row["shingles"])
                sizes += row["bytes"]
    duplicates: list[Duplicate] = []
    alike: list[Alike] = []
    if threshold is not None:
        duplicates, alike = find_duplicates(documents, heap.read, threshold)
    with whole_parquet(between / "alike.parquet", ALIKE) as writer:
        writer.write_table(
            pa.Table.from_pylist(
                [{"first": a.first, "second": a.second, "similarity": a.similarity} for a in alike],
                schema=ALIKE,
            )
        )
    with whole_parquet(between / "duplicates.parquet", DUPLICATES) as writer:
        writer.write_table(
            pa.Table.from_pylist(
                [
                    {"id": d.id, "of": d.of, "kind": d.kind, "similarity": d.similarity}
                    for d in duplicates
                ],
                schema=DUPLICATES,
            )
        )


class ShingleHeap:
    """Shingle sets that lie on disk, the latest read kept in memory."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[str, int, int]] = {}
        self._recent: OrderedDict[str, Hashes] = OrderedDict()
        self._held = 0

    def add(self, name: str, path: Path, offset: int, count: int) -> None:
        """Where a document's `count` hashes lie."""
        self._places[name] = (str(path), offset, count)

    def read(self, name: str) -> Hashes:
        """A document's sorted shingle hashes."""
        if name in self._recent:
            self._recent.move_to_end(name)
            return self._recent[name]
        path, offset, count = self._places[name]
        with open(path, "rb") as file:  # noqa: PTH123 - a str saves memory over many documents
            file.seek(offset, os.SEEK_SET)
            hashes = np.frombuffer(file.read(8 * count), dtype="<u8").astype(np.uint64)
        self._recent[name] = hashes
        self._held += count
        while self._held > _SHINGLE_CACHE and len(self._recent) > 2:
            self._held -= len(self._recent.popitem(last=False)[1])
        return hashes
