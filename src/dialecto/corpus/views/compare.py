"""What changed from one corpus to another: documents, their fate, their split, their text."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from sys import intern
from typing import Any

from dialecto.corpus.views.artefact import documents, lineage_rows

_COLUMNS = ("id", "source", "path", "sha256", "outcome", "reason", "split")
EXAMPLES = 10
ABSENT = "absent"


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


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of a document. Slots and shared strings: a corpus may have millions."""

    source: str
    path: str
    sha256: str
    fate: str
    split: str


def _fates(folder: Path) -> dict[str, _Fate]:
    return {
        row["id"]: _Fate(
            intern(row["source"]),
            row["path"],
            (row["sha256"] or "")[:16],
            intern(_fate(row)),
            intern(row["split"] or ""),
        )
        for row in lineage_rows(folder, _COLUMNS)
    }


def _fate(row: dict[str, Any]) -> str:
    return "kept" if row["outcome"] == "kept" else f"{row['outcome']}: {row['reason']}"


def compare(a: Path, b: Path) -> Difference:
    """The difference between two corpus artefacts. Documents are matched by source and path."""
    result = Difference(a.name, b.name)
    old, new = _fates(a), _fates(b)
    result.documents = {"a": len(old), "b": len(new)}
    result.kept = {
        "a": sum(fate.fate == "kept" for fate in old.values()),
        "b": sum(fate.fate == "kept" for fate in new.values()),
    }
    reasons: Counter[str] = Counter()
    texts_a, texts_b = _texts(a), _texts(b)

    def where(name: str) -> tuple[str, str]:
        fate = old.get(name) or new[name]
        return fate.source, fate.path

    for name in sorted(old.keys() | new.keys(), key=where):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            _note(result, "added" if before is None else "gone", before, after)
            was, is_ = before.fate if before else ABSENT, after.fate if after else ABSENT
            reasons[f"{was} -> {is_}"] += 1
            continue
        if before.sha256 != after.sha256:
            _note(result, "source_changed", before, after)
        if before.fate != after.fate:
            _note(result, "outcome_changed", before, after)
            reasons[f"{before.fate} -> {after.fate}"] += 1
        elif before.split != after.split:
            _note(result, "split_changed", before, after)
        if name in texts_a and name in texts_b and texts_a[name] != texts_b[name]:
            _note(result, "text_changed", before, after)
    result.by_reason = dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return result


def _note(result: Difference, kind: str, before: _Fate | None, after: _Fate | None) -> None:
    known = before or after
    assert known is not None
    setattr(result, kind, getattr(result, kind) + 1)
    tally = result.by_source.setdefault(known.source, {})
    tally[kind] = tally.get(kind, 0) + 1
    shown = result.examples.setdefault(kind, [])
    if len(shown) < EXAMPLES:
        shown.append(
            {
                "source": known.source,
                "path": known.path,
                "before": _told(kind, before),
                "after": _told(kind, after),
            }
        )


def _told(kind: str, fate: _Fate | None) -> str:
    if fate is None:
        return ABSENT
    return {"split_changed": fate.split, "source_changed": fate.sha256}.get(kind, fate.fate)


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
