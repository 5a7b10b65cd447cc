"""Where every document of a corpus went: a sum that must close, and a few examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dialecto.corpus.table import KEPT

EXAMPLES, EXAMPLE = 5, 240  # of a reason; characters


@dataclass
class Account:
    """Where every document went. `check` refuses a sum that does not close."""

    found: int = 0
    kept: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    bytes_kept: int = 0
    examples: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    harm: Counter[str] = field(default_factory=Counter)
    flagged: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any]) -> None:
        """Counts a settled row; keeps the first few of each reason, and rule, as examples."""
        self.found += 1
        harm = [note for note in row.get("changes") or () if note.startswith("harm:")]
        self.harm.update(harm)
        if row["outcome"] == KEPT:
            self.kept += 1
            self.entities.update(dict(row["entities"] or ()))
            for note in harm:
                shown = self.flagged.setdefault(note, [])
                if len(shown) < EXAMPLES:
                    shown.append(_example(row, note))
            return
        reason = row["reason"]
        (self.removed if row["outcome"] == "removed" else self.quarantined)[reason] += 1
        shown = self.examples.setdefault(reason, [])
        rule = rule_of(reason, row["detail"])
        if sum(rule_of(reason, example["detail"]) == rule for example in shown) < EXAMPLES:
            shown.append(_example(row, row["detail"]))

    def check(self, what: str) -> None:
        """Raises when a document is lost or counted twice."""
        settled = self.kept + self.removed.total() + self.quarantined.total()
        if settled != self.found:
            raise AssertionError(
                f"{what}: {self.found} came in, but {self.kept} kept + "
                f"{self.removed.total()} removed + {self.quarantined.total()} quarantined"
            )

    def removal(self) -> dict[str, Any]:
        """What `removed.json` says: counts and examples by reason."""
        return {
            "in": self.found,
            "kept": self.kept,
            "removed": dict(self.removed),
            "quarantined": dict(self.quarantined),
            "examples": self.examples,
            # Of every document, and examples of those that stayed.
            "harm": dict(sorted(self.harm.items())),
            "flagged": self.flagged,
        }


def _example(row: Mapping[str, Any], detail: str) -> dict[str, str]:
    text = str(row.get("text") or "")[:EXAMPLE]
    return {
        **{name: row[name] for name in ("id", "source", "path")},
        "detail": detail,
        "text": text,
    }


def rule_of(reason: str, detail: str) -> str:
    """The rule of quality or the category of harm that a document fell by; else empty."""
    if reason == "harmful":
        return detail.partition(",")[0]
    return detail.partition(" ")[0] if reason == "quality" else ""
