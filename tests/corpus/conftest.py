"""A corpus small enough for every test, and one call to refine it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dialecto.corpus.stage import run
from dialecto.recipe import CorpusSection, Source
from dialecto.runtime import SilentProgress, StageContext

# Real files to try everything on, where they are: beside the repository, or named by a variable.
SHARED = Path(os.environ.get("DIALECTO_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
Refine = Callable[..., tuple[Path, dict[str, Any]]]


class Told(SilentProgress):
    """Remembers what is noted."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes

    def note(self, text: str) -> None:
        self._notes.append(text)


def refine_into(work: Path, folder: Path, **fields: Any) -> dict[str, Any]:
    """Runs the stage on a folder with these fields of the section; returns the metrics."""
    kinds = fields.pop("kinds", {".": "documents"})
    lang = fields.pop("lang", "es")
    work.mkdir(exist_ok=True)
    metrics = run(
        StageContext(work),
        {},
        section=CorpusSection.model_validate({"workers": 1, **fields}),
        sources=[
            Source.model_validate({"path": path, "kind": kind}) for path, kind in kinds.items()
        ],
        root=folder,
        lang=lang,
        seed=42,
    )
    return dict(metrics)


@pytest.fixture
def refine(tmp_path: Path) -> Refine:
    """refine(folder, **fields of the section) -> (artefact's folder, metrics)."""

    def call(folder: Path, name: str = "out", **fields: Any) -> tuple[Path, dict[str, Any]]:
        return tmp_path / name, refine_into(tmp_path / name, folder, **fields)

    return call


def documents(work: Path, split: str = "*") -> list[dict[str, Any]]:
    """The rows of the documents' shards."""
    files = sorted((work / "documents").glob(f"{split}-*.parquet"))
    return pa.concat_tables([pq.read_table(file) for file in files]).to_pylist()


def lineage(work: Path) -> dict[str, dict[str, Any]]:
    """Rows of lineage by path."""
    return {row["path"]: row for row in pq.read_table(work / "lineage.parquet").to_pylist()}


@pytest.fixture
def shared_data() -> Path:
    """The folder of real test files; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip("no shared test data")
    return SHARED
