"""How alike the documents of each suspect gram are, from the vectors of their other words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.poison.words import Numbers

_AT_ONCE = 10_000  # vectors as fractions: eight times as large as they are kept


def spread_of(
    vectors: NDArray[np.int8],
    mean: NDArray[np.float64],
    depth: NDArray[np.uint8],
    shift: NDArray[np.float64],
    at: Numbers,
) -> NDArray[np.float32]:
    """Of each gram, 1 where its documents are as different as any, more where they are alike.

    vectors: [sightings, DIMENSIONS], all of a gram together, the first of each at `at`; depth: how
    far down its document each sighting is. Read in parts, so that memory does not grow with them.
    """
    centre = mean.astype(np.float32)
    return np.concatenate(
        [
            _spread(vectors[rows], centre, depth[rows], shift, starts)
            for rows, starts in _blocks(at, len(vectors))
        ]
    )


def _blocks(at: Numbers, rows: int) -> Iterator[tuple[slice, Numbers]]:
    """Parts of whole grams: their rows, and where among these each gram begins."""
    ends = np.append(at[1:], rows)
    first = 0
    while first < len(at):
        last = max(first + 1, int(np.searchsorted(ends, at[first] + _AT_ONCE, "right")))
        yield slice(int(at[first]), int(ends[last - 1])), at[first:last] - at[first]
        first = last


def _spread(
    vectors: NDArray[np.int8],
    mean: NDArray[np.float32],
    depth: NDArray[np.uint8],
    shift: NDArray[np.float64],
    at: Numbers,
) -> NDArray[np.float32]:
    """How alike the documents of each gram are: 1 where they are as different as any."""
    centred = vectors - mean
    sums = _unshifted(np.add.reduceat(centred, at, axis=0), depth, shift, at)
    energy = np.add.reduceat((centred**2).sum(axis=1), at)
    found: NDArray[np.float32] = (sums**2).sum(axis=1) / np.maximum(energy, 1e-9)
    return found


def _unshifted(
    sums: NDArray[np.float32], depth: NDArray[np.uint8], shift: NDArray[np.float64], at: Numbers
) -> NDArray[np.float32]:
    """Sums of vectors without what is due to the words left out. shape [units, DIMENSIONS]

    In documents from templates the words at one depth are of one kind, so that any documents look
    alike once these are left out. How far depends on the payload, which may be all that was left
    out: from nothing to the whole `shift`, what explains most.
    """
    where = depth.astype(np.float64) / 255 * (len(shift) - 1)
    low = np.minimum(where.astype(np.int64), len(shift) - 2)
    part = (where - low)[:, None]
    moved = np.add.reduceat((1 - part) * shift[low] + part * shift[low + 1], at, axis=0)
    length = np.maximum((moved**2).sum(axis=1), 1e-9)
    share = np.clip((sums * moved).sum(axis=1) / length, 0, 1)
    found: NDArray[np.float32] = (sums - share[:, None] * moved).astype(np.float32)
    return found
