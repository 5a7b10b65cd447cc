"""Training documents that give away a good part of one that is held out: they leave training.

Near-duplicates already stand on one side. What is left is a long quotation: a passage of 50 words
and more. Of each document the smallest of every 11 neighbouring hashes of 40-word runs is kept
(winnowing, Schleimer and others 2003): two documents that share 50 words share such a hash for
certain, two that share fewer than 40 never do. A passage in more than 10 documents is a notice that
everybody copies and gives nothing away. A document leaves when it shares a twentieth of a held-out
one's passages, or 100 of them (some 600 words): a note that two pages share says next to nothing of
either, and to remove every page with such a note costs more text than it keeps apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dialecto.corpus.chunks import ChunkTask
from dialecto.corpus.word_runs import runs_of, word_hashes

PART_PASSAGES = "part_passages.parquet"  # as `spread` writes them
PASSAGES = pa.schema([("id", pa.string()), ("passage", pa.uint64())])
RUN, WINDOW = 40, 11
COPIED = 10  # documents
SHARE, MANY = 20, 100  # one in so many of a held-out document's passages, or so many at all
_GROUP = 300_000  # characters


def passages(table: pa.Table) -> pa.Table:
    """The passages of the documents that stay. Texts longer than a million characters are cut
    into parts for training and are not looked at."""
    kept = table.filter(pc.equal(table["outcome"], ""))
    ids: list[str] = []
    found: list[np.ndarray] = []
    rows = list(zip(kept["id"].to_pylist(), kept["text"].to_pylist(), strict=True))
    first = 0
    while first < len(rows):
        last, size = first, 0
        while last < len(rows) and (last == first or size < _GROUP):
            size += len(rows[last][1])
            last += 1
        group = rows[first:last]
        for (name, _), hashes in zip(group, word_hashes([text for _, text in group]), strict=True):
            chosen = winnow(runs_of(hashes, RUN))
            ids += [name] * len(chosen)
            found.append(chosen)
        first = last
    column = np.concatenate(found) if found else np.zeros(0, np.uint64)
    return pa.Table.from_arrays([pa.array(ids, pa.string()), pa.array(column)], schema=PASSAGES)


def winnow(hashes: np.ndarray) -> np.ndarray:
    """The distinct smallest hashes of all windows."""
    if len(hashes) <= WINDOW:
        return hashes.min(keepdims=True) if len(hashes) else hashes
    windows = np.lib.stride_tricks.sliding_window_view(hashes, WINDOW)
    chosen = np.sort(windows.min(axis=1))  # np.unique takes many times as long
    distinct: np.ndarray = chosen[np.concatenate([[True], chosen[1:] != chosen[:-1]])]
    return distinct


def shared_with_held_out(
    tasks: Sequence[ChunkTask], between: Path, split_of: Mapping[str, str]
) -> dict[str, str]:
    """The training rows that share enough passages with a held-out one, and with which: documents,
    and parts of those that are cut and shared out."""
    import duckdb

    files = [task.file("passages") for task in tasks if task.file("passages").exists()]
    files += [path for path in (between / PART_PASSAGES,) if path.exists()]
    if not files:
        return {}
    ids = sorted(split_of)
    splits = pa.table(  # noqa: F841 - DuckDB finds it by its name
        {"id": ids, "held": pa.array([split_of[name] != "train" for name in ids])}
    )
    with duckdb.connect(config={"memory_limit": "256MB", "threads": 1}) as connection:
        connection.execute("SET temp_directory = ?", [str(between / "spill")])
        rows = connection.execute(
            "WITH placed AS (SELECT passage, p.id AS id, held FROM "
            "read_parquet(?) p JOIN splits ON p.id = splits.id), "
            "telling AS (SELECT passage FROM placed "
            "GROUP BY passage HAVING count(*) <= ? AND bool_or(held) AND NOT bool_and(held)), "
            "ours AS (SELECT passage, id FROM placed SEMI JOIN telling USING (passage) "
            "WHERE NOT held), "
            "theirs AS (SELECT passage, id FROM placed SEMI JOIN telling USING (passage) "
            "WHERE held), "
            "pairs AS (SELECT ours.id AS id, theirs.id AS other, count(*) AS shared "
            "FROM ours JOIN theirs USING (passage) GROUP BY ours.id, theirs.id), "
            "sizes AS (SELECT id AS other, count(*) AS size FROM placed WHERE held GROUP BY id) "
            "SELECT id, min(other) FROM pairs JOIN sizes USING (other) "
            "WHERE shared * ? >= size OR shared >= ? GROUP BY id ORDER BY id",
            [[str(file) for file in files], COPIED, SHARE, MANY],
        ).fetchall()
    return dict(rows)
