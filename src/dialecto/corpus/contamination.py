"""Documents and conversations that hold items of an evaluation: they would be learnt by heart.

An item is a line of .jsonl, an object of a .json list, a row of .csv or a paragraph of .txt. What
counts is a run of 13 words (`decontaminate.ngram`, as in arXiv:2005.14165), without case, signs
or line breaks, in any text of the item; a text of 8 to 12 words counts as a whole. Shorter texts
stand in honest documents by chance and are not looked for.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dialecto.corpus.chunks import StepSettings
from dialecto.corpus.poison.words import IS_SIGN, Hashes, mix, split_words
from dialecto.corpus.table import REMOVED, settle
from dialecto.runtime import DialectoError

REASON = "contaminated"
SHORTEST = 8  # words of a text that is looked for as a whole
_STEP = np.uint64(0x9E3779B97F4A7C15)
_GROUP = 300_000  # characters


@dataclass(frozen=True)
class Items:
    """Runs of words of all items by their length; `names` tell file and item of each hash."""

    runs: Mapping[int, tuple[Hashes, tuple[str, ...]]]
    skipped: int  # texts too short to be looked for


def word_hashes(texts: Sequence[str]) -> list[Hashes]:
    """Hashes of each text's words, in order, without case and signs."""
    if not texts:
        return []
    words = split_words([text.casefold() for text in texts])
    said = (words.shape & IS_SIGN) == 0
    hashes, document = words.hash[said], words.document[said]
    bounds = np.searchsorted(document, np.arange(len(texts) + 1))
    return [hashes[bounds[n] : bounds[n + 1]] for n in range(len(texts))]


def runs_of(hashes: Hashes, words: int) -> Hashes:
    """A hash for each run of so many words; none when there are fewer."""
    count = len(hashes) - words + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    total = np.zeros(count, np.uint64)
    for offset in range(words):
        total = total * _STEP + hashes[offset : offset + count]
    return mix(total)


def read_items(path: Path) -> Iterator[tuple[str, list[str]]]:
    """(item's name, its texts) of an evaluation file. Raises DialectoError when it is not one."""
    try:
        raw = path.read_text(encoding="utf-8-sig")
        match path.suffix.lower():
            case ".jsonl" | ".ndjson":
                for number, line in enumerate(raw.split("\n"), 1):
                    if line.strip():
                        yield _named(json.loads(line), str(number))
            case ".json":
                for number, item in enumerate(_list_in(json.loads(raw)), 1):
                    yield _named(item, str(number))
            case ".csv":
                for number, row in enumerate(csv.reader(io.StringIO(raw)), 1):
                    yield str(number), row
            case ".txt" | ".md":
                for number, paragraph in enumerate(raw.split("\n\n"), 1):
                    yield str(number), [paragraph]
            case ending:
                raise DialectoError(
                    f"corpus.decontaminate.files: {path} ends in '{ending}'; .jsonl, .json, .csv "
                    "and .txt are read."
                )
    except (OSError, ValueError, RecursionError) as error:
        raise DialectoError(
            f"corpus.decontaminate.files: {path} cannot be read as an evaluation: {error}"
        ) from error


def _list_in(value: Any) -> list[Any]:
    """The items of a JSON file: the list that it is, or the longest list that it holds."""
    if isinstance(value, list):
        return value
    lists = [found for found in value.values() if isinstance(found, list)] if value else []
    return max(lists, key=len, default=[value])


def _named(item: Any, number: str) -> tuple[str, list[str]]:
    name = number
    if isinstance(item, dict):
        known = next((item[key] for key in ("id", "question_id", "qid") if key in item), number)
        name = str(known)[:60]
    return name, list(_texts(item))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


@lru_cache(maxsize=2)
def items_of(files: tuple[str, ...], root: str, ngram: int) -> Items:
    """The runs of words to look for, from all files; made once for each process."""
    found: dict[int, dict[int, str]] = {}
    skipped = 0
    for file in files:
        for name, texts in read_items(Path(root) / file):
            for hashes in word_hashes(texts):
                size = min(ngram, len(hashes))
                if size < min(SHORTEST, ngram):
                    skipped += 1
                    continue
                known = found.setdefault(size, {})
                for run in runs_of(hashes, size).tolist():
                    known.setdefault(run, f"{file}: {name}")
    return Items({size: _sorted(known) for size, known in sorted(found.items())}, skipped)


def _sorted(known: Mapping[int, str]) -> tuple[Hashes, tuple[str, ...]]:
    order = sorted(known)
    return np.array(order, np.uint64), tuple(known[run] for run in order)


def contaminations(texts: Sequence[str], items: Items) -> list[str]:
    """The first item that each text holds a run of, as `file: item (words)`; else empty."""
    found = []
    for hashes in word_hashes(texts):
        told = ""
        for size, (known, names) in items.runs.items():
            runs = runs_of(hashes, size)
            if len(runs):
                at = np.minimum(np.searchsorted(known, runs), len(known) - 1)
                hits = at[known[at] == runs]
                if len(hits):
                    told = f"{names[int(hits[0])]} ({size} words)"
                    break
        found.append(told)
    return found


def contamination_step(table: pa.Table, settings: StepSettings) -> pa.Table:
    """Removes documents that hold items of the recipe's evaluation files, as `contaminated`."""
    items = known_items(settings)
    texts, outcomes = table["text"].to_pylist(), table["outcome"].to_pylist()
    verdicts: list[tuple[str, str, str] | None] = [None] * len(texts)
    group: list[int] = []
    size = 0
    open_ = [row for row, outcome in enumerate(outcomes) if not outcome]
    for row in open_:
        group.append(row)
        size += len(texts[row])
        if size >= _GROUP or row == open_[-1]:
            for member, told in zip(
                group, contaminations([texts[n] for n in group], items), strict=True
            ):
                if told:
                    verdicts[member] = (REMOVED, REASON, told)
            group, size = [], 0
    return settle(table, verdicts)


def known_items(settings: StepSettings) -> Items:
    """The items of the evaluation files that the recipe names."""
    section = settings.section.decontaminate
    return items_of(tuple(section.files), settings.root, section.ngram)
