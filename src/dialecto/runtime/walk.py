"""The files of a source folder: the same answer for the digest and for the corpus stage.

Hidden files (.git, .DS_Store) are not documents, nor is what a project makes: a project may
lie inside the folder that it reads, and must not read its own artefacts.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

PROJECT_MARK = "dialecto.yaml"
_MADE_FOLDERS = frozenset({"artifacts", "reports"})
_LEDGER_FILES = {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.head"}
_MADE_FILES = frozenset({PROJECT_MARK, *_LEDGER_FILES})


def walk(folder: Path, exclude: Sequence[str] = ()) -> Iterator[str]:
    """Paths of the documents below a folder, relative to it with `/`, sorted."""
    found = []
    for parent, folders, names in os.walk(folder):
        project = PROJECT_MARK in names
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and not (project and name in _MADE_FOLDERS)
        ]
        for name in names:
            if name.startswith(".") or (project and name in _MADE_FILES):
                continue
            path = Path(parent) / name
            if path.is_file():
                found.append(path.relative_to(folder).as_posix())
    yield from sorted(path for path in found if not excluded(path, exclude))


def excluded(path: str, patterns: Sequence[str]) -> bool:
    """`drafts/**`, `*.tmp` or `drafts/` leave out what they name, as in .gitignore."""
    parts = path.split("/")
    for pattern in patterns:
        pattern = pattern.removeprefix("./")
        if pattern.endswith("/"):
            pattern += "*"
        plain = pattern.replace("**/", "*").replace("**", "*")
        if fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, plain):
            return True
        if "/" not in pattern and any(fnmatch.fnmatchcase(part, pattern) for part in parts):
            return True
    return False
