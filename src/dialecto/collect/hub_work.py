"""What the hub's own process works on: the data set asked for, its files, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dialecto.collect.snapshot import Findings
from dialecto.recipe import HubSource

ROWS = (".jsonl", ".ndjson", ".json", ".parquet")  # endings of files that hold rows
_PACKED = (".zst", ".gz")


class Unusable(Exception):
    """Why the data set cannot be collected, in words for the user."""


@dataclass(frozen=True)
class HubFile:
    """A file of the data set; `sha256` only of those that the hub keeps apart (LFS)."""

    path: str
    size: int
    sha256: str

    @property
    def kind(self) -> str:
        """The ending without that of a compression: `.jsonl` of `a.jsonl.zst`."""
        name = PurePosixPath(self.path.lower())
        return PurePosixPath(name.stem).suffix if name.suffix in _PACKED else name.suffix


@dataclass
class Work:
    """What is to be done and what is known so far."""

    section: HubSource
    files: Path
    state: Path
    token: str | bool
    found: Findings

    @property
    def wants_rows(self) -> bool:
        return bool(self.section.text or self.section.limit)
