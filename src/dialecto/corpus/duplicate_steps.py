"""Duplicates within the corpus, as a global step: arrays in memory, texts never, the rest on disk.

Ids are held as the numbers that their 16 hexadecimal digits are.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dialecto.corpus.chunks import batches, whole_parquet
from dialecto.corpus.duplicates import EXACT, NEAR, quality_steps
from dialecto.corpus.index_steps import DUPLICATES
from dialecto.corpus.lookalikes import Facts, Repeats, find_lookalikes
from dialecto.corpus.rivals import Pairs
from dialecto.corpus.shingles import Hashes, Numbers
from dialecto.corpus.signature import BANDS
from dialecto.corpus.table import REMOVED
from dialecto.corpus.verdicts import VERDICTS, settled_ids

if TYPE_CHECKING:
    from dialecto.corpus.global_steps import Work

ALIKE = pa.schema([("first", pa.string()), ("second", pa.string()), ("similarity", pa.float64())])
_SHINGLE_CACHE = 4_000_000  # hashes held in memory: 32 MB
_OPEN_FILES = 64
_ROWS = 50_000


def id_numbers(ids: pa.ChunkedArray) -> Hashes:
    """Ids as numbers that order as they do; shape (ids,)."""
    digits = "".join(ids.to_pylist())
    return np.frombuffer(bytes.fromhex(digits), dtype=">u8").astype(np.uint64)


def id_strings(numbers: Hashes) -> list[str]:
    """The ids that these numbers stand for."""
    return [f"{number:016x}" for number in numbers.tolist()]


def settle_duplicates(work: Work) -> pa.Table:
    """Verdicts on the copies of what stays. Also writes `alike.parquet`, for the split."""
    facts, heap = _read_facts(work)
    spill = work.between / "spill"
    spill.mkdir(exist_ok=True)
    with heap:
        repeats, pairs = find_lookalikes(
            facts,
            lambda: _bands(work, facts.name),
            heap,
            work.settings.section.dedup.threshold,
            spill,
        )
    _write_alike(work.between / "alike.parquet", pairs, facts.name)
    return _write_repeats(work.between / "clusters" / "corpus.parquet", repeats, facts.name)


def _read_facts(work: Work) -> tuple[Facts, ShingleHeap]:
    settled = np.sort(id_numbers(pa.chunked_array([settled_ids(work.between)])))
    columns: dict[str, list[NDArray[np.generic]]] = {}
    heap = ShingleHeap()
    for number, task in enumerate(work.tasks):
        heap.paths.append(task.file("signed", "shingles"))
        for table in batches(task.file("keys")):
            names = id_numbers(table["id"])
            open_ = ~_contains(settled, names)
            digits = "".join(key[:32] for key in table["key"].to_pylist())
            found = {
                "name": names,
                "key": np.frombuffer(bytes.fromhex(digits), dtype=np.uint64).reshape(-1, 2),
                "length": table["length"].to_numpy(),
                "quality": quality_steps(table["quality"].to_numpy()),
                "offset": table["offset"].to_numpy(),
                "shingles": table["shingles"].to_numpy(),
                "chunk": np.full(len(table), number, dtype=np.int32),
            }
            for column, values in found.items():
                columns.setdefault(column, []).append(values[open_])
    if not columns:
        columns = {name: [np.zeros(0, dtype=np.int64)] for name in _FACTS}
    whole = {name: np.concatenate(columns.pop(name)) for name in _FACTS}
    heap.offsets, heap.counts, heap.chunks = whole["offset"], whole["shingles"], whole["chunk"]
    key = whole["key"].astype(np.uint64).reshape(-1, 2)
    name, quality = whole["name"].astype(np.uint64), whole["quality"].astype(np.int16)
    return Facts(key, whole["length"], name, quality), heap


_FACTS = ("name", "key", "length", "quality", "offset", "shingles", "chunk")


def _contains(ordered: Hashes, values: Hashes) -> NDArray[np.bool_]:
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return np.asarray(ordered[places] == values)


def _bands(work: Work, names: Hashes) -> Iterator[tuple[int, Hashes, NDArray[np.bool_]]]:
    """The bands of the documents `names`, which stand in the order of chunks."""
    first = 0
    for task in work.tasks:
        with pq.ParquetFile(task.file("keys")) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=["id", "bands"])
                # Documents that were settled before are left out of `names`.
                own = id_numbers(table["id"])
                here = names[first : first + len(own)]
                rows = np.flatnonzero(np.isin(own, here))
                packed = table["bands"].take(rows).to_pylist()
                there = np.array([len(bands) > 0 for bands in packed], dtype=bool)
                matrix = np.zeros((len(packed), BANDS), dtype=np.uint64)
                joined = np.frombuffer(b"".join(packed), dtype="<u8").astype(np.uint64)
                matrix[there] = joined.reshape(-1, BANDS)
                yield first, matrix, there
                first += len(rows)


def _write_alike(path: Path, pairs: Pairs, names: Hashes) -> None:
    with whole_parquet(path, ALIKE) as writer:
        for start, end in _slices(len(pairs.first)):
            columns = [
                id_strings(names[pairs.first[start:end]]),
                id_strings(names[pairs.second[start:end]]),
                pairs.similarity[start:end],
            ]
            writer.write_table(pa.table(columns, schema=ALIKE))


def _write_repeats(path: Path, repeats: Repeats, names: Hashes) -> pa.Table:
    """Writes the rows of `duplicates.parquet`, by id; returns the verdicts."""
    documents, of = repeats.document, repeats.of
    order = np.argsort(names[documents], kind="stable")
    verdicts = []
    with whole_parquet(path, DUPLICATES) as writer:
        for start, end in _slices(len(order)):
            rows = order[start:end]
            copies, kept = (id_strings(names[part[rows]]) for part in (documents, of))
            kinds = np.where(repeats.exact[rows], EXACT, NEAR).tolist()
            columns = [copies, kept, kinds, repeats.similarity[rows], kept]
            writer.write_table(pa.table(columns, schema=DUPLICATES))
            settled = [copies, [REMOVED] * len(copies), kinds, kept]
            verdicts.append(pa.table(settled, schema=VERDICTS))
    return pa.concat_tables(verdicts) if verdicts else VERDICTS.empty_table()


def _slices(count: int) -> Iterator[tuple[int, int]]:
    """At least one, so that an empty table is written too."""
    return pairwise([*range(0, max(count, 1), _ROWS), count])


class ShingleHeap:
    """Shingle sets that lie on disk, the latest read kept in memory."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        none = np.zeros(0, dtype=np.int64)
        self.offsets, self.counts, self.chunks = none, none, none
        self._recent: OrderedDict[int, Hashes] = OrderedDict()
        self._held = 0
        self._files: OrderedDict[int, BinaryIO] = OrderedDict()

    def __enter__(self) -> ShingleHeap:
        return self

    def __exit__(self, *_error: object) -> None:
        with ExitStack() as closing:
            for file in self._files.values():
                closing.callback(file.close)
        self._files.clear()

    def take(self, documents: Numbers) -> Hashes:
        """The shingles of these documents, one after another."""
        none = np.zeros(0, dtype=np.uint64)
        return np.concatenate([none, *map(self.read, documents.tolist())])

    def read(self, document: int) -> Hashes:
        """A document's sorted shingle hashes."""
        if document in self._recent:
            self._recent.move_to_end(document)
            return self._recent[document]
        file = self._open(int(self.chunks[document]))
        file.seek(int(self.offsets[document]))
        packed = file.read(8 * int(self.counts[document]))
        hashes = np.frombuffer(packed, dtype="<u8").astype(np.uint64)
        self._recent[document] = hashes
        self._held += len(hashes)
        while self._held > _SHINGLE_CACHE and len(self._recent) > 2:
            self._held -= len(self._recent.popitem(last=False)[1])
        return hashes

    def _open(self, chunk: int) -> BinaryIO:
        file = self._files.pop(chunk, None) or self.paths[chunk].open("rb")
        self._files[chunk] = file  # the latest used last
        if len(self._files) > _OPEN_FILES:
            self._files.popitem(last=False)[1].close()
        return file
