"""What repeats: lines, paragraphs and n-grams that stood before in the same document."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dialecto.corpus.quality.characters import POWERS, Hashes, mix, tables
from dialecto.corpus.quality.spans import Documents, Integers, Numbers, Spans, share

Flags = NDArray[np.bool_]


def repeated_lines(lines: Spans, paragraph: Integers, each: Documents) -> dict[str, Numbers]:
    """Lines and paragraphs that stood before in the same document, and their characters."""
    found: dict[str, Numbers] = {}
    if len(paragraph):
        head = np.flatnonzero(np.diff(paragraph, prepend=0))
        last = np.append(head[1:], len(paragraph)) - 1
        place = np.arange(len(paragraph)) - head[paragraph - 1]
        mixed = np.add.reduceat(lines.hash * tables().power[place & (POWERS - 1)], head)
        paragraphs = Spans(lines.owner[head], lines.start[head], lines.end[last], mixed)
    else:
        paragraphs = lines
    for name, spans in (("line", lines), ("paragraph", paragraphs)):
        again = _again(mix(spans.hash ^ mix(spans.owner.astype(np.uint64))))
        count = each.count(spans.owner)
        found[f"duplicate_{name}s"] = share(each.count(spans.owner, again), count)
        found[f"duplicate_{name}_characters"] = share(
            each.count(spans.owner, again * spans.length), each.size
        )
    return found


def _again(hashes: Hashes) -> Flags:
    """Which of the values stood before."""
    again = np.ones(len(hashes), dtype=bool)
    again[np.unique(hashes, return_index=True)[1]] = False
    return again


def repeated_words(words: Spans, each: Documents) -> dict[str, Numbers]:
    """Characters in the most frequent 2-, 3- and 4-gram and in repeated 5- to 10-grams.

    Of the most frequent n-grams the longest counts, if it stands there at least twice. A
    repeated n-gram is one that stood before in the document (its first time is not counted);
    a character in several of them counts once, as the paper asks. Shares are of all characters.
    A longer n-gram can only repeat where the shorter one at its start does: few are left to sort.
    """
    found: dict[str, Numbers] = {}
    at = np.arange(len(words.hash))
    gram = mix(words.hash ^ mix(words.owner.astype(np.uint64)))
    gaps = np.append(words.start[1:], 0) - words.end
    for n in range(2, 11):
        inside = at + n - 1 < len(words.hash)
        at, gram = at[inside], gram[inside]
        inside = words.owner[at] == words.owner[at + n - 1]
        at, gram = at[inside], gram[inside]
        gram = mix(gram + words.hash[at + n - 1])
        order = np.argsort(gram)
        at, gram = at[order], gram[order]
        heads = np.flatnonzero(np.diff(gram, prepend=~gram[:1]) != 0)
        counts = np.diff(heads, append=len(gram))
        often = counts > 1
        firsts = np.minimum.reduceat(at, heads) if len(at) else at
        if n <= 4:
            found[f"top_{n}_gram"] = _top(words, each, firsts[often], counts[often], n)
        several = np.repeat(often, counts)
        if n >= 5:
            again = several & (at != np.repeat(firsts, counts))
            found[f"duplicate_{n}_grams"] = _covered(words, gaps, each, at[again], n)
        at, gram = at[several], gram[several]
    return found


def _top(words: Spans, each: Documents, firsts: Integers, counts: Integers, n: int) -> Numbers:
    best = np.zeros(len(each), dtype=np.int64)
    length = np.minimum(words.end[firsts + n - 1] - words.start[firsts], (1 << 24) - 1)
    np.maximum.at(best, words.owner[firsts], (counts.astype(np.int64) << 24) + length)
    return share((best >> 24) * (best & ((1 << 24) - 1)), each.size)


def _covered(words: Spans, gaps: Integers, each: Documents, again: Integers, n: int) -> Numbers:
    if not len(again):
        return np.zeros(len(each))
    steps = np.zeros(len(words.hash) + n + 1, dtype=np.int32)
    steps[again] += 1
    steps[again + n] -= 1
    covered = np.cumsum(steps[: len(words.hash)]) > 0
    joined = np.zeros(len(covered), dtype=bool)
    joined[:-1] = covered[:-1] & covered[1:] & (words.owner[:-1] == words.owner[1:])
    return share(each.count(words.owner, covered * words.length + joined * gaps), each.size)
