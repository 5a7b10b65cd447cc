"""What a stage is given to work with, so that it knows nothing of projects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialecto.runtime.progress import Progress, SilentProgress


def _record_nothing(_action: str, _facts: Mapping[str, Any]) -> None:
    """Used when a stage runs as a plain function, outside a project."""


@dataclass(frozen=True)
class StageContext:
    """A stage's surroundings.

    ``work`` is a private folder that becomes the artefact when the stage returns. It
    survives a kill: a stage that can resume finds its own earlier files there.
    ``record`` adds an entry to the project's ledger: (action, facts).
    """

    work: Path
    progress: Progress = field(default_factory=SilentProgress)
    record: Callable[[str, Mapping[str, Any]], object] = _record_nothing
