"""The third pass over a chunk: what the global steps settled goes, the rest is finished."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from dialecto.corpus.chunks import ChunkTask, batches, careful, whole_parquet
from dialecto.corpus.held_out import PASSAGES, passages
from dialecto.corpus.personal_data import PROTECTED
from dialecto.corpus.steps import FINISHING, Job, walk
from dialecto.corpus.verdicts import apply_verdicts
from dialecto.corpus.workers import Unit


def protect_chunk(task: ChunkTask, lost: dict[int, str], unit: Unit) -> None:
    """Applies the global steps' verdicts and the finishing steps. Writes `protected`."""
    job = Job(task.settings, Path(task.between))

    def protect(table: pa.Table) -> pa.Table:
        return walk(apply_verdicts(table, job.between), FINISHING, job)

    held_out = job.section.decontaminate.held_out
    # `protected` is whole last: when it is there, so are the passages.
    with (
        whole_parquet(task.file("protected"), PROTECTED) as writer,
        whole_parquet(task.file("passages"), PASSAGES) as shared,
    ):
        for table in careful(batches(task.file("signed")), protect, lost, unit):
            if held_out:
                shared.write_table(passages(table))
            writer.write_table(table.select(PROTECTED.names).cast(PROTECTED))
