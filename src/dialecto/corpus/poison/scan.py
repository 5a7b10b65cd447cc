"""The workers' part in the search for triggers: count a chunk's grams, then look at suspects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.chunks import (
    DOCUMENT_SECONDS,
    DOCUMENT_SECONDS_PER_MEGABYTE,
    ChunkTask,
    batches,
    whole_parquet,
)
from dialecto.corpus.poison.grams import count_grams
from dialecto.corpus.poison.sightings import SIGHTINGS, look, read_suspects
from dialecto.corpus.table import in_question
from dialecto.corpus.workers import Unit
from dialecto.runtime.files import read_json, write_json

_GROUP = 500_000  # characters whose grams are counted together
_PART = 200_000  # of a longer document, words at its end are not looked at


def count_documents(texts: Sequence[str]) -> Iterator[pa.Table]:
    """Counts of grams, a table for each half a million characters."""
    group: list[str] = []
    size = 0
    for text in texts:
        group.append(text[:_PART])
        size += len(group[-1])
        if size >= _GROUP:
            yield count_grams(group)
            group, size = [], 0
    if group:
        yield count_grams(group)


def open_texts(table: pa.Table) -> tuple[list[str], list[str]]:
    """(ids, texts) of the documents that are looked at (`table.in_question`)."""
    kept = table.filter(in_question(table))
    return kept["id"].to_pylist(), [text[:_PART] for text in kept["text"].to_pylist()]


def folders(table: pa.Table) -> list[int]:
    """A number for the folder of each document that is looked at."""
    kept = table.filter(in_question(table))
    names = (
        f"{source}\0{PurePosixPath(path or '').parent}"
        for source, path in zip(kept["source"].to_pylist(), kept["path"].to_pylist(), strict=True)
    )
    return [
        int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
        for name in names
    ]


def look_chunk(task: ChunkTask, lost: dict[int, str], unit: Unit) -> None:
    """Where the suspects stand in a chunk's documents. Writes `sightings` and `looks`."""
    between = Path(task.between)
    known = read_json(between / "poison" / "corpus.json")
    suspects = read_suspects(between / "poison", known["documents"])
    frequent = pq.read_table(between / "poison" / "frequent.parquet")["gram"].to_numpy()
    spelt: dict[int, str] = {}
    classes: dict[int, int] = {}
    total = None
    with whole_parquet(task.file("sightings"), SIGHTINGS) as writer:
        for number, table in enumerate(batches(task.file("signed"))):
            if number in lost:
                continue
            seconds = DOCUMENT_SECONDS + DOCUMENT_SECONDS_PER_MEGABYTE * table.nbytes / 1e6
            unit(number, seconds)
            ids, texts = open_texts(table)
            keys = [int(name, 16) for name in ids]
            for found in look(keys, folders(table), texts, suspects, frequent):
                writer.write_table(found.sightings)
                spelt |= {g: t for g, t in found.spellings.items() if g not in spelt}
                classes |= found.classes
                if total is None:
                    total = found.background
                else:
                    total.add(found.background)
    write_json(
        task.file("looks", "json"),
        {
            "spellings": {str(gram): text for gram, text in spelt.items()},
            "classes": {str(gram): kind for gram, kind in classes.items()},
            "documents": total.documents if total else 0,
            "vectors": total.vectors.tolist() if total else [],
            "shares": total.shares.tolist() if total else [],
            "windows": total.windows.tolist() if total else [],
            "places": {str(k): n for k, n in total.places.items()} if total else {},
            "products": total.products.tolist() if total else [],
            "before": total.before.tolist() if total else [],
            "after": total.after.tolist() if total else [],
        },
    )


def counted(files: Sequence[Path]) -> int:
    """Rows of some Parquet files."""
    total = 0
    for file in files:
        with pq.ParquetFile(file) as opened:
            total += opened.metadata.num_rows
    return total
