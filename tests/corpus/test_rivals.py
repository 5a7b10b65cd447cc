"""Documents settled in blocks are settled as they would be one by one."""

from __future__ import annotations

import random

import numpy as np
import pytest

from dialecto.corpus import rivals
from dialecto.corpus.ordering import by_hash, by_number
from dialecto.corpus.rivals import Candidates, compare
from dialecto.corpus.shingles import Hashes, ShingleSets

THRESHOLD = 0.7
Found = tuple[dict[int, tuple[int, float]], set[tuple[int, int, float]]]


def similarity(first: Hashes, second: Hashes) -> float:
    one, other = set(first.tolist()), set(second.tolist())
    return len(one & other) / len(one | other)


def family(draw: random.Random, count: int, bands: int) -> tuple[Candidates, ShingleSets, Hashes]:
    """Documents with something in common, bands at random: some crowded, some of two."""
    sets = []
    for _ in range(count):
        kind = draw.randrange(4) * 1000
        sets.append(np.array(sorted(kind + n for n in draw.sample(range(24), 20)), dtype=np.uint64))
    entries = sorted(
        {(draw.randrange(count), int(bands * draw.random() ** 3)) for _ in range(6 * count)}
    )
    rank, band = (np.array(column, dtype=np.int64) for column in zip(*entries, strict=True))
    document = np.array(draw.sample(range(count), count), dtype=np.int64)
    sizes = np.bincount(band, minlength=bands)
    name = np.array(draw.sample(range(10 * count), count), dtype=np.uint64)
    return Candidates(document, rank, band, sizes), ShingleSets.of(sets), name


def one_by_one(candidates: Candidates, sets: ShingleSets, name: Hashes) -> Found:
    kept: dict[int, list[int]] = {}
    repeats: dict[int, tuple[int, float]] = {}
    alike = set()
    for rank, document in enumerate(candidates.document.tolist()):
        own = candidates.band[candidates.rank == rank].tolist()
        found = {other for band in own for other in kept.get(band, [])}
        similar = {other: similarity(sets[document], sets[other]) for other in found}
        best = max(similar, key=lambda other: (similar[other], -int(name[other])), default=None)
        if best is not None and similar[best] >= THRESHOLD:
            repeats[document] = (best, similar[best])
            continue
        alike |= {(document, other, s) for other, s in similar.items() if s >= rivals.MILD}
        for band in own:
            if len(kept.setdefault(band, [])) < rivals.CROWD:
                kept[band].append(document)
    return repeats, alike


@pytest.mark.parametrize("block", [1, 40, 100_000])
@pytest.mark.parametrize("crowd", [2, 5, 200])
def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, block: int, crowd: int) -> None:
    monkeypatch.setattr(rivals, "_BLOCK", block)
    monkeypatch.setattr(rivals, "CROWD", crowd)
    seen = 0
    for seed in range(6):
        candidates, sets, name = family(random.Random(seed), 60, 40)
        repeats, alike = compare(candidates, name, sets, THRESHOLD)
        rows = zip(repeats.first, repeats.second, repeats.similarity, strict=True)
        pairs = zip(alike.first, alike.second, alike.similarity, strict=True)
        wanted = one_by_one(candidates, sets, name)
        assert ({int(d): (int(of), float(s)) for d, of, s in rows}, set(pairs)) == wanted
        seen += len(wanted[0])
    assert seen > 20


def test_order_is_that_of_a_stable_sort() -> None:
    draw = np.random.default_rng(1)
    for most in (1, 70_000, 2**40):
        values = draw.integers(0, most, 5_000)
        values[::7] = values[0]
        assert np.array_equal(by_number(values), np.argsort(values, kind="stable"))
    assert len(by_number(np.zeros(0, dtype=np.int64))) == 0


def test_hashes_that_differ_in_their_last_bits_only_stay_apart() -> None:
    values = np.array([9, 8, 9, 2**63 + 8, 8, 2**63 + 9, 9, 2**63 + 8], dtype=np.uint64)
    ordered = values[by_hash(values)]
    assert np.count_nonzero(ordered[1:] != ordered[:-1]) == len(set(values.tolist())) - 1
