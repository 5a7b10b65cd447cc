"""The measures of many documents as one matrix, from the Arrow tables that carry them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dialecto.corpus.quality.measures import NAMES

COLUMNS = ("id", "source", "lang", "measures")
PREFIX = "quality."
_COLUMN = {PREFIX + name: number for number, name in enumerate(NAMES)}


@dataclass(frozen=True)
class Measured:
    """Documents that were measured. `values` has shape (documents, NAMES), float64."""

    ids: list[str]
    sources: list[str]
    langs: list[str]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> NDArray[np.float64]:
        return self.values[:, NAMES.index(name)]


def read_measured(tables: Iterable[pa.Table], lang: str) -> Measured:
    """From tables with COLUMNS; documents that were not measured are left out.

    lang: of documents whose language is not known.
    """
    ids: list[str] = []
    sources: list[str] = []
    langs: list[str] = []
    parts = []
    for table in tables:
        values = _matrix(table["measures"])
        there = ~np.isnan(values[:, 0])
        parts.append(values[there])
        for name, found in (("id", ids), ("source", sources), ("lang", langs)):
            found += table.filter(pa.array(there))[name].to_pylist()
    matrix = np.concatenate(parts) if parts else np.zeros((0, len(NAMES)))
    return Measured(ids, sources, [found or lang for found in langs], matrix)


def _matrix(column: pa.ChunkedArray) -> NDArray[np.float64]:
    maps = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    values = np.full((len(maps), len(NAMES)), np.nan)
    offsets = maps.offsets.to_numpy()
    rows = np.repeat(np.arange(len(maps)), np.diff(offsets))
    names = maps.keys[offsets[0] : offsets[-1]].dictionary_encode()
    place = np.array([_COLUMN.get(name, -1) for name in names.dictionary.to_pylist()], dtype=int)
    columns = place[names.indices.to_numpy()] if len(names) else place[:0]
    items = maps.items[offsets[0] : offsets[-1]].to_numpy(zero_copy_only=False)
    ours = columns >= 0
    values[rows[ours], columns[ours]] = items[ours]
    return values
