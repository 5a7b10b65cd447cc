"""A document that is cut and shared out among the splits must not give its own parts away.

A file that is the whole corpus may hold the same text more than once: letters with all that they
answer to, a dump of several versions. Its parts go to different splits, so a part of which four
fifths stood in parts before it is left out; and parts to train on that give away a part held out,
or another document, leave like documents that do. Passages are those of `held_out`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from dialecto.corpus.chunks import whole_parquet
from dialecto.corpus.held_out import PART_PASSAGES, PASSAGES, RUN, winnow
from dialecto.corpus.word_runs import runs_of, word_hashes

SEEN = 0.8  # of a part's passages


def write_part_passages(path: Path, documents: Iterable[Sequence[tuple[str, str]]]) -> None:
    """The passages of each part, from (row id, text) of the parts of each document."""
    with whole_parquet(path, PASSAGES) as writer:
        for parts in documents:
            for name, text in parts:
                found = winnow(runs_of(word_hashes([text])[0], RUN))
                columns = [pa.array([name] * len(found), pa.string()), pa.array(found)]
                writer.write_table(pa.Table.from_arrays(columns, schema=PASSAGES))


def repeated_parts(path: Path, spill: Path) -> frozenset[str]:
    """Parts (`<document>-<number>`) that repeat what stood before them in their document."""
    import duckdb

    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as connection:
        connection.execute("SET temp_directory = ?", [str(spill)])
        rows = connection.execute(
            "WITH parts AS (SELECT id, split_part(id, '-', 1) AS document, "
            "split_part(id, '-', 2)::INT AS number, passage FROM read_parquet(?)), "
            "first AS (SELECT document, passage, min(number) AS number FROM parts "
            "GROUP BY document, passage) "
            "SELECT id FROM parts JOIN first USING (document, passage) GROUP BY id "
            "HAVING count(*) FILTER (first.number < parts.number) >= ? * count(*) ORDER BY id",
            [str(path), SEEN],
        ).fetchall()
    return frozenset(name for (name,) in rows)


__all__ = ["PART_PASSAGES", "repeated_parts", "write_part_passages"]
