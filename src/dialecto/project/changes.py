"""What has changed in the sources since the corpus in use was made, and what is done about it.

The corpus' `hashes.json` is the record. A source with `changed: stop` refuses to go on until
somebody has looked; any other is used as it is now, with a warning and an entry in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.project.sources import InputPath, file_hashes
from dialecto.project.store import Store
from dialecto.recipe import Recipe, source_names
from dialecto.runtime import DialectoError
from dialecto.runtime.files import read_json

_SHOWN, _RECORDED = 10, 1000


@dataclass(frozen=True)
class SourceChanges:
    """Paths relative to the source; `stops` says whether its policy is to stop."""

    source: str
    stops: bool
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def total(self) -> int:
        return len(self.changed) + len(self.added) + len(self.removed)

    def told(self) -> str:
        """Names, a few of each kind."""
        kinds = [(name, getattr(self, name)) for name in ("changed", "added", "removed")]
        return f"source '{self.source}': " + "; ".join(
            f"{len(files)} {name} ({', '.join(files[:_SHOWN])}"
            f"{', ...' if len(files) > _SHOWN else ''})"
            for name, files in kinds
            if files
        )

    def entry(self) -> dict[str, Any]:
        """For the ledger."""
        return {
            name: list(getattr(self, name)[:_RECORDED]) for name in ("changed", "added", "removed")
        } | {"files": self.total}


def source_changes(recipe: Recipe, root: Path, store: Store) -> list[SourceChanges]:
    """The sources that are not what the corpus in use was made from; none before the first run."""
    digest = store.current("corpus")
    record = store.folder("corpus", digest) / "hashes.json" if digest else None
    if record is None or not record.is_file():
        return []
    before: Mapping[str, Mapping[str, str]] = read_json(record)
    found = []
    for name, source in zip(source_names(recipe.sources), recipe.sources, strict=True):
        if source.remote or name not in before:
            continue  # what is collected has a record of its own; a new source has changed nothing
        item = InputPath((root / source.path).resolve(), tuple(source.exclude))
        now = file_hashes(item, root / ".cache" / "corpus.json")
        old = before[name]
        changes = SourceChanges(
            name,
            (source.changed or recipe.corpus.changed) == "stop",
            tuple(path for path in sorted(now) if path in old and old[path] != now[path]),
            tuple(path for path in sorted(now) if path not in old),
            tuple(path for path in sorted(old) if path not in now),
        )
        if changes.total:
            found.append(changes)
    return found


def refuse_changes(changes: list[SourceChanges]) -> None:
    """Raises DialectoError when a changed source's policy is to stop."""
    stopping = [one for one in changes if one.stops]
    if stopping:
        raise DialectoError(
            "files have changed since the corpus in use was made, and the recipe says to stop "
            f"(`changed: stop`). {'. '.join(one.told() for one in stopping)}. Look at them; "
            "`dialecto run --accept-changes` goes on with the files as they are now."
        )
