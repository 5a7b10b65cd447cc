"""What the corpus stage did, scored against what was planted in the sample."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

Scores = dict[str, float | int]


def score_corpus(sample: Path, corpus: Path) -> Scores:
    """Duplicates and broken files: found, missed, and taken by mistake.

    `sample` is a folder of `dialecto sample`, `corpus` the corpus stage's artefact. Recall of
    what was not planted is 1. `duplicates.false` counts unique documents that were removed.
    """
    truth = list(_lines(sample / "truth.jsonl"))
    fates = _fates(corpus / "lineage.parquet")
    copies = [(t["path"], t["of"]) for t in truth if t["kind"] in ("duplicate", "near_duplicate")]
    broken = [t["path"] for t in truth if t["kind"] == "broken"]
    quarantined = sum(fates.get(path) == "quarantined" for path in broken)
    return {
        **score_duplicates(copies, fates),
        "quarantine.recall": quarantined / len(broken) if broken else 1.0,
        "quarantine.lost": sum(path not in fates for path in broken),
    }


def score_duplicates(copies: Iterable[tuple[str, str]], fates: Mapping[str, str]) -> Scores:
    """Of each group of copies exactly one should stay, whichever that is.

    `fates` maps a path to `kept`, `duplicate` (removed as a copy) or another outcome. A member
    that went for another reason (its language, harm) needs no removal.
    """
    wanted = found = false = 0
    grouped: set[str] = set()
    for group in _groups(copies):
        grouped |= group
        known = [fates[path] for path in group if path in fates]
        removed = known.count("duplicate")
        spare = max(removed + known.count("kept") - 1, 0)
        wanted += spare
        found += min(removed, spare)
        false += max(removed - spare, 0)
    false += sum(fate == "duplicate" for path, fate in fates.items() if path not in grouped)
    return {
        "duplicates.recall": found / wanted if wanted else 1.0,
        "duplicates.planted": wanted,
        "duplicates.false": false,
    }


def _groups(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Sets of paths that are copies of one another, directly or by way of others."""
    group_of: dict[str, set[str]] = {}
    for first, second in pairs:
        merged = group_of.get(first, {first}) | group_of.get(second, {second})
        for path in merged:
            group_of[path] = merged
    return list({id(group): group for group in group_of.values()}.values())


def _fates(lineage: Path) -> dict[str, str]:
    """What became of each file; of a file with several documents, the best of them."""
    import pyarrow.parquet as pq

    rows = pq.read_table(lineage, columns=["path", "outcome", "reason"]).to_pylist()
    fates: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        copied = row["outcome"] == "removed" and "duplicate" in row["reason"]
        fates[row["path"]].append("duplicate" if copied else row["outcome"])
    order = ("kept", "duplicate", "removed", "quarantined")
    return {path: min(found, key=order.index) for path, found in fates.items()}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
