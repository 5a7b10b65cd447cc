"""The index in the corpus stage: what repeats an indexed document goes; what stays is indexed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.chunks import ChunkTask, batches, whole_parquet
from dialecto.corpus.index import FILE, Described, Repeat, find_in_indexes, write_index
from dialecto.corpus.table import REMOVED

if TYPE_CHECKING:
    from dialecto.corpus.global_steps import Work
    from dialecto.corpus.verdicts import Verdict

DUPLICATES = pa.schema(
    [
        ("id", pa.string()),
        ("of", pa.string()),  # the kept document that it repeats
        ("kind", pa.string()),  # exact_duplicate or near_duplicate
        ("similarity", pa.float64()),  # Jaccard of word 5-grams
        ("cluster", pa.string()),  # named after the document kept of it
    ]
)
DUPLICATES_FILE = "duplicates.parquet"
_TOGETHER = 20_000  # documents compared with the indexes in one go


def settle_against_indexes(work: Work) -> list[Verdict]:
    """Documents that repeat one of `corpus.dedup.against`."""
    from dialecto.corpus.verdicts import Verdict

    dedup = work.settings.section.dedup
    indexes = [(Path(work.settings.root) / path).resolve() for path in dedup.against]
    open_ = work.undecided()
    present = frozenset(_names(work.tasks))
    found: list[Repeat] = []
    pending: list[Described] = []

    def compare() -> None:
        key, home = work.settings.key, Path(work.settings.root)
        found.extend(find_in_indexes(pending, indexes, dedup.threshold, key, present, home))
        pending.clear()

    for document in _described(work.tasks, open_):
        pending.append(document)
        if len(pending) >= _TOGETHER:
            compare()
    compare()
    write_clusters(work.between / "clusters" / "index.parquet", found)
    return [Verdict(repeat.id, REMOVED, repeat.kind, repeat.of) for repeat in found]


def write_clusters(path: Path, repeats: Sequence[Any]) -> None:
    """Rows of `duplicates.parquet` from what has `id`, `of`, `kind` and `similarity`."""
    rows = [
        {"id": r.id, "of": r.of, "kind": r.kind, "similarity": r.similarity, "cluster": r.of}
        for r in repeats
    ]
    with whole_parquet(path, DUPLICATES) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=DUPLICATES))


def write_duplicates(between: Path, work: Path) -> None:
    """`duplicates.parquet` of the artefact: each duplicate removed, and of what; by cluster."""
    files = sorted((between / "clusters").glob("[!.]*.parquet"))
    tables = [pq.read_table(file, schema=DUPLICATES) for file in files]
    table = pa.concat_tables(tables) if tables else DUPLICATES.empty_table()
    table = table.sort_by([("cluster", "ascending"), ("id", "ascending")])
    pq.write_table(table, work / DUPLICATES_FILE, compression="zstd")


def index_corpus(tasks: Sequence[ChunkTask], work: Path, secret: bytes) -> None:
    """`index.parquet` of the documents that stayed to the end."""

    def kept() -> Iterator[Described]:
        for task in tasks:
            table = pq.read_table(task.file("protected"), columns=["id", "source", "outcome"])
            stays = {r["id"]: r["source"] for r in table.to_pylist() if not r["outcome"]}
            yield from _described([task], frozenset(stays), stays)

    write_index(work / FILE, kept(), secret)


def _names(tasks: Sequence[ChunkTask]) -> Iterator[str]:
    for task in tasks:
        yield from pq.read_table(task.file("keys"), columns=["id"])["id"].to_pylist()


def _described(
    tasks: Sequence[ChunkTask], wanted: frozenset[str], source: dict[str, str] | None = None
) -> Iterator[Described]:
    for task in tasks:
        with task.file("signed", "shingles").open("rb") as heap:
            for table in batches(task.file("keys")):
                for row in table.to_pylist():
                    if row["id"] not in wanted:
                        continue
                    heap.seek(row["offset"])
                    shingles = np.frombuffer(heap.read(8 * row["shingles"]), dtype="<u8")
                    yield Described(
                        row["id"],
                        source[row["id"]] if source else "",
                        row["key"],
                        np.frombuffer(row["bands"], dtype="<u8").astype(np.uint64),
                        shingles.astype(np.uint64),
                    )
