"""Documents and conversations that hold items of an evaluation: they would be learnt by heart.

Words are compared without case, accents, signs or line breaks. A document holds an item when

- they share a run of 13 words (`decontaminate.ngram`, as in arXiv:2005.14165), or all of one of
  its texts of 8 to 12 words; an item's texts are also read one after the other, two of them from
  6 words on, so that a short question counts with its answer;
- it has a copy of a text of 20 words and more in which words were changed (`near_copies`);
- texts of 3 to 7 words, which alone stand in honest documents by chance, make up a third of it.

What most items of a file share is how its questions are put ("Answer by the text below"), no item,
and is not looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dialecto.corpus.chunks import StepSettings
from dialecto.corpus.evaluation_files import evaluation_files, read_items
from dialecto.corpus.near_copies import NEAR_WORDS, NearCopies, gram_runs, index_near, merged
from dialecto.corpus.poison.words import Hashes
from dialecto.corpus.table import REMOVED, settle
from dialecto.corpus.word_runs import runs_of, unaccented, word_hashes
from dialecto.runtime import StageContext

Numbers = NDArray[np.int64]

REASON = "contaminated"
SHORTEST = 8  # words of a text that is looked for as a whole
SHORTEST_ITEM = 6  # words of an item's two texts in a row
BRIEF = 3  # words of a text that counts together with others
BRIEF_SHARE = 1 / 3  # of a document's words
BRIEF_ITEMS = 2  # a short text of more items is a label or a choice
WORDING = 0.5  # of a file's items: what more of them share is how questions are put
FEW_ITEMS = 10  # a file with fewer has no wording of its own
_GROUP = 300_000  # characters
_NONE = np.zeros(0, np.uint64)


@dataclass(frozen=True)
class Runs:
    """Hashes, sorted and distinct, of runs of so many words, and the item that each is of."""

    words: int
    hashes: Hashes
    item: Numbers

    def find(self, text: Hashes) -> tuple[Numbers, Numbers]:
        """(place, item) of the known runs in a text."""
        runs = runs_of(text, self.words)
        at = np.minimum(np.searchsorted(self.hashes, runs), len(self.hashes) - 1)
        place = np.flatnonzero(self.hashes[at] == runs)
        return place, self.item[at[place]]


@dataclass(frozen=True)
class Items:
    """What is looked for. `names` tell file and item; `wording`: runs that are left out."""

    names: tuple[str, ...]
    runs: tuple[Runs, ...]  # each is an item's
    brief: tuple[Runs, ...]  # those of short texts, which count together
    near: NearCopies
    wording: int


@lru_cache(maxsize=2)
def items_of(files: tuple[str, ...], root: str, ngram: int) -> Items:
    """What to look for, from all files; made once for each process.

    Raises DialectoError for a file that cannot be read.
    """
    names: list[str] = []
    found: dict[tuple[bool, int], list[Runs]] = {}
    near: list[NearCopies] = []
    wording = 0
    for named in files:
        for inside, file in evaluation_files(Path(root) / named):
            items = list(read_items(file))
            hashes = _hashed(items)
            limit = WORDING * len(items) if len(items) >= FEW_ITEMS else len(items)
            for (brief, size), pairs in sorted(_wanted(hashes, ngram).items()):
                most = BRIEF_ITEMS if brief else limit
                runs, usual = _without_wording(size, pairs, len(names), most)
                found.setdefault((brief, size), []).append(runs)
                wording += 0 if brief else usual
            near.append(_near(hashes, len(names), limit))
            names += [f"{named}{inside}: {name}" for name, _ in items]
    every = [(brief, _merged(size, parts)) for (brief, size), parts in sorted(found.items())]
    filled = [(brief, runs) for brief, runs in every if len(runs.hashes)]
    return Items(
        tuple(names),
        tuple(runs for brief, runs in filled if not brief),
        tuple(runs for brief, runs in filled if brief),
        merged(near),
        wording,
    )


def _hashed(items: Sequence[tuple[str, list[str]]]) -> list[list[Hashes]]:
    """The words of each text of each item."""
    texts = [text for _, found in items for text in found]
    words = iter([one for group in _groups(texts) for one in _words(group)])
    return [[next(words) for _ in found] for _, found in items]


def _groups(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts, so many at a time that the arrays made of them stay small."""
    group: list[str] = []
    size = 0
    for text in texts:
        group.append(text)
        size += len(text)
        if size >= _GROUP:
            yield group
            group, size = [], 0
    if group:
        yield group


def _words(texts: Sequence[str]) -> list[Hashes]:
    return word_hashes([unaccented(text) for text in texts])


def _wanted(
    items: Sequence[Sequence[Hashes]], ngram: int
) -> dict[tuple[bool, int], list[tuple[Hashes, int]]]:
    """By whether they only count together, and by their words: runs and the item they are of."""
    found: dict[tuple[bool, int], list[tuple[Hashes, int]]] = {}
    for item, texts in enumerate(items):
        neighbours = [np.concatenate(pair) for pair in pairwise(texts)]
        joined = [*neighbours, *([np.concatenate(texts)] if len(texts) > 2 else ())]
        for text, least in (
            *((text, SHORTEST) for text in texts),
            *((text, SHORTEST_ITEM) for text in joined),
        ):
            size = min(ngram, len(text))
            brief = size < min(least, ngram)
            if not brief or (size >= BRIEF and least == SHORTEST):
                found.setdefault((brief, size), []).append((runs_of(text, size), item))
    return found


def _without_wording(
    size: int, pairs: Sequence[tuple[Hashes, int]], first: int, limit: float
) -> tuple[Runs, int]:
    """The runs of no more than `limit` items, and how many were left out."""
    hashes = np.concatenate([own for own, _ in pairs])
    item = np.repeat([number for _, number in pairs], [len(own) for own, _ in pairs])
    each = np.unique(np.stack([hashes, item.astype(np.uint64)], axis=1), axis=0)
    distinct, begin, count = np.unique(each[:, 0], return_index=True, return_counts=True)
    telling = count <= limit
    owner = each[begin[telling], 1].astype(np.int64) + first
    return Runs(size, distinct[telling], owner), int(np.count_nonzero(~telling))


def _merged(size: int, parts: Sequence[Runs]) -> Runs:
    hashes = np.concatenate([part.hashes for part in parts])
    item = np.concatenate([part.item for part in parts])
    distinct, first = np.unique(hashes, return_index=True)
    return Runs(size, distinct, item[first])


def _near(items: Sequence[Sequence[Hashes]], first: int, limit: float) -> NearCopies:
    texts = [
        (text, item)
        for item, found in enumerate(items)
        for text in (*found, *([np.concatenate(found)] if len(found) > 1 else ()))
        if len(text) >= NEAR_WORDS
    ]
    of_items = [np.concatenate([_NONE, *map(gram_runs, found)]) for found in items]
    grams = np.concatenate([_NONE, *map(np.unique, of_items)])
    distinct, count = np.unique(grams, return_counts=True)
    return index_near([(text, item + first) for text, item in texts], distinct[count > limit])


def contaminations(texts: Sequence[str], items: Items) -> list[str]:
    """The first item that each text holds, as `file: item (how much)`; else empty."""
    return [_contamination(words, items) for words in _words(texts)]


def _contamination(words: Hashes, items: Items) -> str:
    for runs in items.runs:
        _, item = runs.find(words)
        if len(item):
            return f"{items.names[int(item[0])]} ({runs.words} words)"
    near = items.near.find(words)
    if near:
        return f"{items.names[near[0]]} (a copy, {near[1]:.0%} alike)"
    covered = np.zeros(len(words), dtype=bool)
    owner = -1
    for runs in items.brief:
        place, item = runs.find(words)
        for offset in range(runs.words):
            covered[place + offset] = True
        owner = int(item[0]) if len(item) and owner < 0 else owner
    share = np.count_nonzero(covered) / max(len(words), 1)
    if share >= BRIEF_SHARE:
        return f"{items.names[owner]} (and other short texts, {share:.0%} of it)"
    return ""


def contamination_step(table: pa.Table, settings: StepSettings) -> pa.Table:
    """Removes documents that hold items of the recipe's evaluation files, as `contaminated`."""
    items = known_items(settings)
    texts, outcomes = table["text"].to_pylist(), table["outcome"].to_pylist()
    verdicts: list[tuple[str, str, str] | None] = [None] * len(texts)
    open_ = [row for row, outcome in enumerate(outcomes) if not outcome]
    rows = iter(open_)
    for group in _groups([texts[row] for row in open_]):
        for told in contaminations(group, items):
            row = next(rows)
            if told:
                verdicts[row] = (REMOVED, REASON, told)
    return settle(table, verdicts)


def known_items(settings: StepSettings) -> Items:
    """The items of the evaluation files that the recipe names."""
    section = settings.section.decontaminate
    return items_of(tuple(section.files), settings.root, section.ngram)


def note_items(context: StageContext, files: Sequence[str], items: Items) -> None:
    """Says which evaluation files hold nothing to look for."""
    for file in files:
        if not any(name.startswith(file) for name in items.names):
            context.progress.note(
                f"warning: corpus.decontaminate.files: {file} holds no item to look for"
            )
