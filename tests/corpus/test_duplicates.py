"""Copies are found, unique documents stay, whatever the order."""

from __future__ import annotations

import random
import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialecto.corpus import Deduplicator, lookalikes, shingles
from dialecto.corpus.parts import cut, is_spread, part_size
from dialecto.corpus.shingles import Shingler
from dialecto.corpus.signature import similarities
from dialecto.corpus.split import Item, deal, group_items

VOCABULARY = [f"{a}{b}{c}" for a in "bcdfglmnprst" for b in "aeiou" for c in ("n", "r", "s", "la")]


def text(draw: random.Random, words: int = 150) -> list[str]:
    return [draw.choice(VOCABULARY) for _ in range(words)]


def planted(seed: int) -> tuple[dict[str, str], set[str], set[str]]:
    """Texts, the near copies among them, and those that must stay."""
    draw = random.Random(seed)
    texts: dict[str, str] = {}
    copies, unique = set(), set()
    for number in range(150):
        words = text(draw)
        texts[f"u{number}"] = " ".join(words)
        if number % 3 == 0:
            for copy in range(3):
                changed = list(words)
                for _ in range(2):
                    changed[draw.randrange(len(changed))] = draw.choice(VOCABULARY)
                texts[f"c{number}-{copy}"] = " ".join(changed)
                copies.add(f"u{number} c{number}-{copy}")
        elif number % 3 == 1:
            half = words[:75] + text(draw, 75)  # half alike: not a copy
            texts[f"h{number}"] = " ".join(half)
            unique |= {f"u{number}", f"h{number}"}
        else:
            unique.add(f"u{number}")
    return texts, copies, unique


def test_planted_copies_are_found_and_nothing_unique_goes() -> None:
    texts, copies, unique = planted(7)
    removed = {duplicate.id for duplicate in Deduplicator(0.8).find(texts)}
    missed = [pair for pair in copies if not removed & set(pair.split())]
    assert not missed
    assert not removed & unique


def test_bands_that_go_through_files_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, _, _ = planted(9)
    found = Deduplicator(0.8).find_all(texts.items())
    assert found[0]
    monkeypatch.setattr(lookalikes, "BAND_MEMORY", 50_000)
    assert Deduplicator(0.8).find_all(texts.items()) == found


def test_order_does_not_matter() -> None:
    texts, _, _ = planted(8)
    names = list(texts)
    random.Random(1).shuffle(names)
    shuffled = {name: texts[name] for name in names}
    assert Deduplicator().find(texts) == Deduplicator().find(shuffled)


def test_every_removed_text_resembles_a_kept_one() -> None:
    draw = random.Random(3)
    words = text(draw, 200)
    texts = {}
    for step in range(12):  # a chain: each resembles the next, the first not the last
        texts[f"t{step:02d}"] = " ".join(words)
        for place in range(step * 8, step * 8 + 3):
            words[place] = draw.choice(VOCABULARY) + "x"
    found = Deduplicator(0.8).find(texts)
    removed = {duplicate.id for duplicate in found}
    assert 0 < len(removed) < 11
    assert all(duplicate.of not in removed and duplicate.similarity >= 0.8 for duplicate in found)


def test_layout_case_and_markup_do_not_hide_a_copy() -> None:
    plain = "En un lugar de la Mancha,\r\nde cuyo nombre no quiero acordarme, no ha mucho tiempo"
    found = Deduplicator().find(
        {"a": plain, "b": f"**{plain.upper()}**".replace("\r\n", " "), "c": plain + "  "}
    )
    assert {duplicate.id for duplicate in found} == {"a", "c"} or len(found) == 2


def test_empty_and_short_texts() -> None:
    assert Deduplicator().find({"a": "", "b": "...", "c": "hola", "d": "adiós"}) == []


@given(st.text(alphabet="ab \n", max_size=3000), st.integers(10, 200))
def test_parts_join_to_the_whole(content: str, size: int) -> None:
    parts = list(cut(content, size))
    assert "".join(parts) == content
    assert all(parts)
    assert all(len(part) <= size * 1.5 for part in parts)


def test_only_what_weighs_too_much_is_spread() -> None:
    assert is_spread(2_000_000, 2_000_000)
    assert not is_spread(2_000_000, 40_000_000)
    assert part_size(2_000_000, 40_000_000) == 1_000_000
    assert part_size(20_000, 40_000_000) == 0
    assert part_size(5_000, 5_000) == 0


SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(100, 400))
def test_groups_stay_together_and_shares_come_out(seed: int, count: int) -> None:
    draw = random.Random(seed)
    items = [Item(f"d{n:04d}", draw.randint(100, 5000)) for n in range(count)]
    pairs = [tuple(draw.sample([i.id for i in items], 2)) for _ in range(count // 10)]
    groups, refused = group_items(items, [], pairs, [])  # type: ignore[arg-type]
    split_of = deal(items, groups, SHARES, seed)
    if not refused:
        assert all(split_of[a] == split_of[b] for a, b in pairs)
    assert set(split_of.values()) == set(SHARES)
    train = sum(split == "train" for split in split_of.values()) / count
    assert abs(train - 0.8) < 0.08
    draw.shuffle(items)
    assert deal(items, groups, SHARES, seed) == split_of


def test_somebody_everywhere_glues_nothing() -> None:
    items = [Item(f"d{n:04d}", 1000) for n in range(400)]
    names = [item.id for item in items]
    groups, _ = group_items(items, [], [], [names])
    assert len(set(groups.values())) == 400
    groups, _ = group_items(items, [], [], [names[:15]])
    assert len(set(groups.values())) == 386


def test_a_chain_of_links_does_not_swallow_the_corpus() -> None:
    items = [Item(f"d{n:04d}", 1000) for n in range(100)]
    chain = [(f"d{n:04d}", f"d{n + 1:04d}") for n in range(99)]
    groups, refused = group_items(items, [], chain, [])
    sizes = [list(groups.values()).count(group) for group in set(groups.values())]
    assert max(sizes) <= 30
    assert refused > 0


@settings(deadline=None)  # the first character beyond U+FFFF makes a table
@given(st.lists(st.text(alphabet="abñßǅ_ '\n\u0301\U00010400٣", max_size=60), max_size=6))
def test_shingles_are_the_distinct_runs_of_five_words(texts: list[str]) -> None:
    shingler = Shingler()
    together = shingler.all(texts)
    runs = []
    assert len(together) == len(texts)
    for text, own in zip(texts, together, strict=True):
        words = re.findall(r"[^\W_]+", text.casefold())
        size = min(5, len(words))
        runs.append({tuple(words[i : i + size]) for i in range(len(words) - size + 1)} - {()})
        assert len(own) == len(runs[-1])
        assert np.array_equal(own, np.unique(own))
        assert np.array_equal(own, shingler(text))
    pairs = list(product(range(len(texts)), repeat=2))
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    for (one, other), similarity in zip(pairs, similarities(first, second, together), strict=True):
        shared, union = len(runs[one] & runs[other]), len(runs[one] | runs[other])
        assert similarity == (shared / union if runs[one] and runs[other] else 0.0)


def test_a_long_text_has_the_shingles_of_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [" ".join(text(random.Random(seed), 400)) for seed in range(3)]
    whole = Shingler().all(texts)
    monkeypatch.setattr(shingles, "_BATCH", 100)
    for one, other in zip(whole, Shingler().all(texts), strict=True):
        assert np.array_equal(one, other)


def test_words_of_every_length_and_script_are_told_apart() -> None:
    # By eight bytes at a time, and beyond 64 bytes as a whole.
    words = [letter * size for letter in ("a", "é", "字", "\U00010400") for size in range(1, 80)]
    words += [f"{'b' * size}{last}" for size in range(70) for last in "xyz"]
    sets = Shingler().all(words)
    assert len(sets) == len(sets.hashes) == len(set(words))
    assert len(np.unique(sets.hashes)) == len({word.casefold() for word in words})
    for sign in "—«…\u2003\U0001f600\ud800":
        assert np.array_equal(Shingler()(f"uno{sign}dos"), Shingler()("uno dos"))


def test_hashes_are_those_that_indexes_hold() -> None:
    # Who changes them raises `shingles.VERSION`: indexes and half-made corpora have the old ones.
    assert shingles.VERSION == 2
    text = "Año tras año, la cooperativa envía aceite a diecisiete países europeos."
    assert Shingler()(text).tolist() == [
        1181667456437585,
        1280172559086698,
        1483734410468831,
        1909612702450989,
        2615784018815077,
        2779842847503519,
        2940545542227513,
    ]
