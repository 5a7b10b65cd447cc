"""The corpus' folds for documents as tokens.

    shards/train.folds.npy        int32: the fold of each document of train-*.bin, in their order
    shards/validation.folds.npy   the same of the validation split

Only beside shards of a corpus that was dealt out to folds (`corpus.split.folds`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from dialecto.corpus import folds as corpus_folds
from dialecto.tokenizer.shards import Tokens, TokenSplit

SPLITS = ("train", "validation")  # the test part is in no fold
_NONE = -1


def write_fold_numbers(corpus: Path, shards: Path) -> None:
    """Note each document's fold; nothing when the corpus has none."""
    if not (corpus / corpus_folds.FILE).is_file():
        return
    table = pq.read_table(corpus / corpus_folds.FILE)
    fold_of = dict(zip(table["id"].to_pylist(), table["fold"].to_pylist(), strict=True))
    for split in SPLITS:
        numbers = [fold_of.get(name, _NONE) for name in _names(corpus, split)]
        np.save(shards / f"{split}.folds.npy", np.array(numbers, dtype=np.int32))


def _names(corpus: Path, split: str) -> Iterator[str]:
    """The ids of a split's documents in the order of its shards, each as often as it is read."""
    for shard in sorted((corpus / "documents").glob(f"{split}-*.parquet")):
        with pq.ParquetFile(shard) as file:
            counted = "repeat" in file.schema_arrow.names
            columns = ["id", "repeat"] if counted else ["id"]
            for batch in file.iter_batches(columns=columns):
                times = batch.column("repeat").to_pylist() if counted else [1] * len(batch)
                for name, n in zip(batch.column("id").to_pylist(), times, strict=True):
                    yield from [name] * (n or 1)


class FoldedDocuments:
    """All documents of the training and validation splits, and the fold of each."""

    def __init__(self, shards: Path) -> None:
        self.documents: list[Tokens] = []
        numbers: list[npt.NDArray[Any]] = []
        for split in SPLITS:
            self.documents += list(TokenSplit.open(shards, split))
            numbers.append(np.load(shards / f"{split}.folds.npy"))
        self.fold = np.concatenate(numbers)
        if len(self.fold) != len(self.documents):
            raise ValueError(f"{shards} has {len(self.documents)} documents and other folds")

    @property
    def folds(self) -> int:
        return int(self.fold.max()) + 1

    def without(self, fold: int) -> list[Tokens]:
        """What a model trains on when this fold is held out."""
        return [d for d, number in zip(self.documents, self.fold, strict=True) if number != fold]

    def of(self, fold: int) -> list[Tokens]:
        """Documents of one fold, each once."""
        found = {
            d.tobytes(): d
            for d, number in zip(self.documents, self.fold, strict=True)
            if number == fold
        }
        return list(found.values())
