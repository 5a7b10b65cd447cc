"""What the workers' steps share: their settings, their files, and how a hard batch is halved.

A step reads and writes Parquet batch by batch, and its output appears under its name only when
it is whole, so that a killed run goes on at the chunk.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.plan import Chunk, InputFile
from dialecto.corpus.table import QUARANTINED, settle, with_columns
from dialecto.corpus.workers import Unit
from dialecto.recipe import CorpusSection

PARTS = b"parts"  # in the metadata of a chunk's `lines`: how many its documents are in
DOCUMENT_SECONDS, DOCUMENT_SECONDS_PER_MEGABYTE = 30.0, 60.0


@dataclass(frozen=True)
class StepSettings:
    """What the steps need to know of the recipe. Small: it travels with every task."""

    section: CorpusSection
    lang: str
    key: bytes  # of the pseudonyms
    root: str = ""  # the recipe's folder: paths in the section are relative to it
    seed: int = 0

    @property
    def keep_languages(self) -> tuple[str, ...]:
        return tuple(self.section.language.keep or [self.lang])


@dataclass(frozen=True)
class ChunkTask:
    """A chunk, the folder of what lies between the steps, and the settings.

    From reading on, a chunk whose documents are many (a large archive, a table of millions of
    rows) is several tasks: `part` of `parts`, in the order of its documents.
    """

    chunk: Chunk
    between: str
    settings: StepSettings
    part: int = 0
    parts: int = 1

    @property
    def bytes(self) -> float:
        """This part's share of the files' bytes, for progress."""
        return self.chunk.bytes / self.parts

    def file(self, step: str, ending: str = "parquet") -> Path:
        name = f"{self.chunk.name}-{self.part:05d}" if self.part else self.chunk.name
        return Path(self.between) / step / f"{name}.{ending}"


def parts_of(tasks: Sequence[ChunkTask]) -> list[ChunkTask]:
    """The tasks of the later passes, once all chunks are read: one for each part of each.

    One worker can read a large archive while others wait, but all take part in what costs most.
    What the parts are depends on the documents alone.
    """
    found: list[ChunkTask] = []
    for task in tasks:
        metadata = pq.read_schema(task.file("lines")).metadata or {}
        parts = int(metadata.get(PARTS, b"1"))
        found += [replace(task, part=part, parts=parts) for part in range(parts)]
    return found


@dataclass(frozen=True)
class ConversationTask:
    """One file of conversations."""

    number: int
    file: InputFile
    between: str
    settings: StepSettings

    @property
    def output(self) -> Path:
        return Path(self.between) / "conversations" / f"{self.number:06d}.parquet"


def unfinished(path: Path) -> Path:
    """A name for a file until it is whole, which no other process or machine gives.

    So a worker that outlives a killed run, or that its cluster gave up, is in nobody's way.
    """
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")


@contextmanager
def whole_parquet(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """A Parquet file that appears under its name when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = unfinished(path)
    with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        yield writer
    temporary.replace(path)


def batches(path: Path) -> Iterator[pa.Table]:
    """A Parquet file's row groups, one in memory at a time."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)


def careful(
    tables: Iterator[pa.Table],
    step: Callable[[pa.Table], pa.Table],
    lost: dict[int, str],
    unit: Unit,
) -> Iterator[pa.Table]:
    """The step on each table; a table that killed a worker is done row by row.

    So a document on which a step hangs or crashes is quarantined alone.
    """
    base = 0
    for table in tables:
        megabytes = table.nbytes / 1e6
        if base not in lost:
            unit(base, DOCUMENT_SECONDS + DOCUMENT_SECONDS_PER_MEGABYTE * megabytes)
            yield step(table)
        else:
            for row in range(len(table)):
                one = table.slice(row, 1)
                number = base + 1 + row
                if number in lost:
                    verdict = (QUARANTINED, lost[number], "a step failed on this document")
                    yield step(with_columns(settle(one, [verdict]), text=[""]))
                else:
                    unit(number, DOCUMENT_SECONDS + DOCUMENT_SECONDS_PER_MEGABYTE * megabytes)
                    yield step(one)
        base += 1 + len(table)
