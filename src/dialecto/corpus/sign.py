"""The second pass over a chunk: judge each document and describe it for the search of copies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.chunks import ChunkTask, batches, careful, unfinished, whole_parquet
from dialecto.corpus.paragraphs import FOUND, found_paragraphs
from dialecto.corpus.poison.grams import GRAMS
from dialecto.corpus.poison.scan import count_documents, open_texts
from dialecto.corpus.shingles import Shingler
from dialecto.corpus.signature import band_hashes, content_key
from dialecto.corpus.steps import JUDGING, Job, walk
from dialecto.corpus.table import SCHEMA
from dialecto.corpus.workers import Unit

KEYS = pa.schema(
    [
        ("id", pa.string()),
        ("length", pa.int64()),
        ("bytes", pa.int64()),
        ("key", pa.string()),
        ("bands", pa.binary()),  # 32 little-endian uint64, or nothing
        ("offset", pa.int64()),  # of its shingles in the chunk's .shingles file
        ("shingles", pa.int64()),
        ("quality", pa.float64()),  # `quality.score`, 0 to 1; 0 where it is not measured
    ]
)


def sign_chunk(task: ChunkTask, lost: dict[int, str], unit: Unit) -> None:
    """Judges documents and describes those that stay. Writes `signed`, `grams`, `keys`..."""
    job = Job(task.settings, Path(task.between))

    def judge(table: pa.Table) -> pa.Table:
        return walk(table, JUDGING, job)

    shingler = Shingler()
    offset = 0
    heap = task.file("signed", "shingles")
    heap.parent.mkdir(parents=True, exist_ok=True)
    temporary = unfinished(heap)
    repeats = task.settings.section.dedup.paragraphs
    # Last in, first whole: the keys appear when all the rest is there.
    with (
        whole_parquet(task.file("keys"), KEYS) as keys,
        whole_parquet(task.file("paragraphs"), FOUND) as found,
        whole_parquet(task.file("signed"), SCHEMA) as signed,
        whole_parquet(task.file("grams"), GRAMS) as grams,
        temporary.open("wb") as shingles,
    ):
        for table in careful(batches(task.file("read")), judge, lost, unit):
            signed.write_table(table)
            if repeats.enabled:
                found.write_table(found_paragraphs(table, repeats.minimum_words))
            offset = _describe(table, shingler, keys, shingles, offset)
            if job.section.poison.enabled:
                for counts in count_documents(open_texts(table)[1]):
                    grams.write_table(counts)
        shingles.flush()
        temporary.replace(heap)


def _describe(
    table: pa.Table, shingler: Shingler, keys: pq.ParquetWriter, heap: Any, offset: int
) -> int:
    rows = [
        (name, text, dict(measures or ()).get("quality.score", 0.0))
        for name, text, outcome, measures in zip(
            *(table[column].to_pylist() for column in ("id", "text", "outcome", "measures")),
            strict=True,
        )
        if not outcome
    ]
    sets = shingler.all([text for _, text, _ in rows])
    heap.write(sets.hashes.astype("<u8").tobytes())
    described = []
    for (name, text, quality), count, bands in zip(
        rows, sets.counts.tolist(), band_hashes(sets).astype("<u8"), strict=True
    ):
        described.append(
            {
                "id": name,
                "length": len(text),
                "bytes": len(text.encode()),
                "key": content_key(text),
                "bands": bands.tobytes() if count else b"",
                "offset": offset,
                "shingles": count,
                "quality": quality,
            }
        )
        offset += 8 * count
    keys.write_table(pa.Table.from_pylist(described, schema=KEYS))
    return offset
