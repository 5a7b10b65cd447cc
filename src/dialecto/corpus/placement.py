"""Which split each document, or each part of a long one, goes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dialecto.corpus.chunks import ChunkTask, batches
from dialecto.corpus.extract.context import SUBJECT
from dialecto.corpus.folds import deal_folds
from dialecto.corpus.parts import cut, is_spread, part_size
from dialecto.corpus.split import Item, deal, group_items, none_empty
from dialecto.corpus.spread import PART_PASSAGES, repeated_parts, write_part_passages


@dataclass(frozen=True)
class Placement:
    """The split (and fold) of each row to be written, by the row's id; links refused."""

    split_of: dict[str, str]
    corpus_bytes: int
    refused: int
    fold_of: dict[str, int]
    repeated: frozenset[str] = frozenset()  # rows left out: they repeat what stood before
    contaminated: dict[str, str] = field(default_factory=dict)  # and what they share it with


def row_ids(name: str, text: str, size: int) -> list[tuple[str, str]]:
    """(row id, text) of a document, whole or in parts."""
    if not size:
        return [(name, text)]
    parts = list(cut(text, size))
    if len(parts) == 1:
        return [(name, text)]
    return [(f"{name}-{number:04d}", part) for number, part in enumerate(parts, 1)]


def place(
    tasks: Sequence[ChunkTask], between: Path, shares: Mapping[str, float], folds: int, seed: int
) -> Placement:
    """Which split each document, or part of one, goes to, and which of so many folds."""
    sizes = [
        pc.binary_length(table["text"].filter(pc.equal(table["outcome"], "")))
        for task in tasks
        for table in _columns(task, ["text", "outcome"])
    ]
    corpus = sum(pc.sum(column).as_py() or 0 for column in sizes)
    longest = max((pc.max(column).as_py() or 0 for column in sizes), default=0)
    repeated = _repeated(tasks, between, corpus) if is_spread(longest, corpus) else frozenset()
    items: list[Item] = []
    together: list[list[str]] = []
    spread: set[str] = set()
    people: dict[bytes, list[str]] = {}
    threads: dict[str, list[str]] = {}
    whole: dict[str, str] = {}
    for task in tasks:
        for table in _columns(task, ["id", "source", "text", "outcome", "people", "threads"]):
            for row in table.to_pylist():
                if row["outcome"]:
                    continue
                name, text = row["id"], row["text"]
                size = len(text.encode())
                rows = row_ids(name, text, part_size(size, corpus))
                whole_is_cut = len(rows) > 1
                rows = [(row_id, part) for row_id, part in rows if row_id not in repeated]
                items += [Item(row_id, len(part.encode()), row["source"]) for row_id, part in rows]
                whole[name] = rows[0][0]
                if whole_is_cut and is_spread(size, corpus):
                    # Its parts go anywhere, so it cannot be kept together with anything.
                    spread.add(name)
                    continue
                if whole_is_cut:
                    together.append([row_id for row_id, _ in rows])
                for key in row["people"]:
                    people.setdefault(bytes.fromhex(key[:32]), []).append(rows[0][0])
                for key in row["threads"] or ():
                    threads.setdefault(key, []).append(rows[0][0])
    pairs = between / "alike.parquet"  # absent when duplicates are not looked for
    alike = [
        (whole[row["first"]], whole[row["second"]])
        for table in (batches(pairs) if pairs.exists() else ())
        for row in table.to_pylist()
        if row["first"] in whole and row["second"] in whole
        if row["first"] not in spread and row["second"] not in spread
    ]
    # A subject is shared by chance, like a person; the number of a message is not.
    guessed = [threads.pop(key) for key in list(threads) if key.startswith(SUBJECT)]
    groups, refused = group_items(
        items,
        together,
        alike,
        _shared([*people.values(), *guessed]),
        _shared(threads.values()),
    )
    split_of = none_empty(items, groups, deal(items, groups, shares, seed))
    fold_of = deal_folds(items, groups, split_of, folds, seed)
    return Placement(split_of, corpus, refused, fold_of, repeated)


def _repeated(tasks: Sequence[ChunkTask], between: Path, corpus: int) -> frozenset[str]:
    """Parts of documents that are shared out which repeat what stood before them; writes the
    passages of these documents' parts."""
    path = between / PART_PASSAGES
    write_part_passages(path, _spread_parts(tasks, corpus))
    if not tasks[0].settings.section.dedup.enabled:
        return frozenset()
    return repeated_parts(path, between / "spill")


def _spread_parts(tasks: Sequence[ChunkTask], corpus: int) -> Iterator[list[tuple[str, str]]]:
    for task in tasks:
        for table in _columns(task, ["id", "text", "outcome"]):
            for row in table.to_pylist():
                size = 0 if row["outcome"] else len(row["text"].encode())
                if is_spread(size, corpus):
                    yield row_ids(row["id"], row["text"], part_size(size, corpus))


def _shared(members: Iterable[list[str]]) -> list[list[str]]:
    """Who has something in common, fewest first."""
    several = (sorted(names) for names in members if len(names) > 1)
    return sorted(several, key=lambda names: (len(names), names))


def _columns(task: ChunkTask, names: list[str]) -> Iterator[pa.Table]:
    with pq.ParquetFile(task.file("protected")) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=names)
