"""Folds for cross-validation: what is not test, dealt out so that what belongs together stays so.

The test part is in no fold: it judges the model once, after everything has been chosen. The
groups are those of the split (look-alikes, persons, threads), so no fold tells of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.split import Item, deal
from dialecto.runtime import DialectoError

FOLDS = pa.schema([("id", pa.string()), ("fold", pa.int32())])
FILE = "folds.parquet"


def deal_folds(
    items: Sequence[Item],
    group_of: Mapping[str, str],
    split_of: Mapping[str, str],
    folds: int,
    seed: int,
) -> dict[str, int]:
    """The fold, from 0 on, of each item that is not in the test part."""
    if not folds:
        return {}
    dealt = [item for item in items if split_of[item.id] != "test"]
    shares = {f"{number:02d}": 1 / folds for number in range(folds)}
    return {name: int(fold) for name, fold in deal(dealt, group_of, shares, seed).items()}


def write_folds(work: Path, fold_of: Mapping[str, int]) -> None:
    """`folds.parquet`, by id; nothing when there are no folds."""
    (work / FILE).unlink(missing_ok=True)
    if fold_of:
        rows = [{"id": name, "fold": fold_of[name]} for name in sorted(fold_of)]
        pq.write_table(pa.Table.from_pylist(rows, FOLDS), work / FILE, compression="zstd")


@dataclass(frozen=True)
class Fold:
    """The rows of `documents/` to train on and those to hold out, by id."""

    train: frozenset[str]
    held_out: frozenset[str]


def read_folds(artefact: Path) -> list[Fold]:
    """The folds of a corpus artefact; each row is held out in one of them.

    Raises DialectoError when it was made without folds.
    """
    if not (artefact / FILE).is_file():
        raise DialectoError(f"{artefact} has no folds: set `corpus.split.folds` and run it again.")
    table = pq.read_table(artefact / FILE)
    names, numbers = table["id"].to_pylist(), table["fold"].to_pylist()
    members: list[set[str]] = [set() for _ in range(max(numbers) + 1)]
    for name, number in zip(names, numbers, strict=True):
        members[number].add(name)
    everything = frozenset(names)
    return [Fold(everything - held, frozenset(held)) for held in members]


def fold_texts(artefact: Path, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(id, text) of these rows, in the corpus' order, a batch in memory at a time."""
    for split in ("train", "validation"):
        for shard in sorted((artefact / "documents").glob(f"{split}-*.parquet")):
            with pq.ParquetFile(shard) as file:
                for batch in file.iter_batches(batch_size=256, columns=["id", "text"]):
                    for row in batch.to_pylist():
                        if row["id"] in names:
                            yield row["id"], row["text"]
