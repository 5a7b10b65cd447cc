"""One call to collect a source, and what came of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import zstandard

from dialecto.collect.stage import run
from dialecto.recipe import Source
from dialecto.runtime import StageContext

Collect = Callable[..., dict[str, Any]]


@pytest.fixture
def collect(tmp_path: Path) -> Collect:
    """collect(work="out", **source) -> the source's snapshot.json."""

    def call(*, work: str = "out", recorded: list[Any] | None = None, **fields: Any) -> Any:
        folder = tmp_path / work
        folder.mkdir(exist_ok=True)
        source = Source.model_validate({"name": "datos", **fields})

        def record(action: str, facts: Mapping[str, Any]) -> None:
            if recorded is not None:
                recorded.append((action, dict(facts)))

        run(
            StageContext(folder, record=record),
            {},
            sources=[source.asked(source.name)],
            root=tmp_path,
        )
        return json.loads((folder / "datos" / "snapshot.json").read_text("utf-8"))

    return call


def rows(folder: Path) -> list[dict[str, str]]:
    """The records of the parts in a collected source's folder, in order."""
    found = []
    for path in sorted((folder / "files").rglob("*.jsonl.zst")):
        with path.open("rb") as file:
            stream = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            found += [json.loads(line) for line in io.TextIOWrapper(stream, "utf-8")]
    return found
