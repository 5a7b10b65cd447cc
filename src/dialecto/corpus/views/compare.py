"""What changed from one corpus to another: documents, their fate, their split, their text."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dialecto.corpus.views.artefact import documents, lineage_rows

_COLUMNS = ("id", "source", "path", "sha256", "outcome", "reason", "split")
EXAMPLES = 10


@dataclass
class Difference:
    """From corpus `a` to corpus `b`. Examples are {source, path, before, after}."""

    a: str
    b: str
    documents: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    added: int = 0
    gone: int = 0
    source_changed: int = 0
    outcome_changed: int = 0
    split_changed: int = 0
    text_changed: int = 0
    by_source: dict[str, dict[str, int]] = field(default_factory=dict)
    by_reason: dict[str, int] = field(default_factory=dict)  # `kept -> removed: quality`
    examples: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        changes = (self.added, self.gone, self.source_changed, self.outcome_changed)
        return not any((*changes, self.split_changed, self.text_changed))

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "same": self.same}


def compare(a: Path, b: Path) -> Difference:
    """The difference between two corpus artefacts. Documents are matched by source and path."""
    result = Difference(a.name, b.name)
    old = {row["id"]: row for row in lineage_rows(a, _COLUMNS)}
    new = {row["id"]: row for row in lineage_rows(b, _COLUMNS)}
    result.documents = {"a": len(old), "b": len(new)}
    result.kept = {
        "a": sum(row["outcome"] == "kept" for row in old.values()),
        "b": sum(row["outcome"] == "kept" for row in new.values()),
    }
    reasons: Counter[str] = Counter()
    texts_a, texts_b = _texts(a), _texts(b)
    both = sorted(old.keys() | new.keys(), key=lambda name: _where(old.get(name) or new[name]))
    for name in both:
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            kind = "added" if before is None else "gone"
            _note(result, kind, before, after)
            reasons[f"{_fate(before)} -> {_fate(after)}"] += 1
            continue
        if before["sha256"] != after["sha256"]:
            _note(result, "source_changed", before, after)
        if _fate(before) != _fate(after):
            _note(result, "outcome_changed", before, after)
            reasons[f"{_fate(before)} -> {_fate(after)}"] += 1
        elif before["split"] != after["split"]:
            _note(result, "split_changed", before, after)
        if texts_a.get(name) != texts_b.get(name) and name in texts_a and name in texts_b:
            _note(result, "text_changed", before, after)
    result.by_reason = dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return result


def _where(row: dict[str, Any]) -> tuple[str, str]:
    return row["source"], row["path"]


def _fate(row: dict[str, Any] | None) -> str:
    if row is None:
        return "absent"
    return row["outcome"] if row["outcome"] == "kept" else f"{row['outcome']}: {row['reason']}"


def _note(
    result: Difference, kind: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    row = before or after
    assert row is not None
    setattr(result, kind, getattr(result, kind) + 1)
    tally = result.by_source.setdefault(row["source"], {})
    tally[kind] = tally.get(kind, 0) + 1
    shown = result.examples.setdefault(kind, [])
    if len(shown) < EXAMPLES:
        shown.append(
            {
                "source": row["source"],
                "path": row["path"],
                "before": _told(kind, before),
                "after": _told(kind, after),
            }
        )


def _told(kind: str, row: dict[str, Any] | None) -> str:
    if row is None:
        return "absent"
    if kind == "split_changed":
        return str(row["split"])
    return str(row["sha256"])[:16] if kind == "source_changed" else _fate(row)


def _texts(folder: Path) -> dict[str, bytes]:
    """A hash of the text of each document that stayed, its parts in order."""
    parts: dict[str, list[tuple[int, bytes]]] = {}
    for row in documents(folder):
        digest = hashlib.blake2b(row["text"].encode(), digest_size=16).digest()
        parts.setdefault(row["id"], []).append((row["part"] or 0, digest))
    return {
        name: hashlib.blake2b(b"".join(d for _, d in sorted(found)), digest_size=16).digest()
        for name, found in parts.items()
    }
