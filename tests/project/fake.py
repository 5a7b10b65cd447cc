"""Small, fast stages with the shape of the real ones, and a program that runs them.

`python -m tests.project.fake ROOT [START [PAUSE]]` is what the tests kill.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dialecto import Project
from dialecto.project import runner, stages
from dialecto.project.stages import Stage, _source_files
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.energy import Energy
from dialecto.runtime.files import files_below, write_text

RECIPE = """name: falso
seed: {seed}
sources:
  - path: docs
tokenizer: {{vocabulary: {vocabulary}}}
report: {{title: "{title}"}}
"""
PARTS = 4


def copy(
    context: StageContext,
    inputs: Mapping[str, Path],
    *,
    value: Any,
    root: Path | None = None,
    pause: float = 0.0,
) -> dict[str, float | int | str]:
    """Writes a few files from its inputs, slowly; goes on from those that are there."""
    read = {
        f"{name}/{path.relative_to(folder)}": path.read_bytes()
        for name, folder in inputs.items()
        for path in files_below(folder)
        if path.name != "manifest.json"
    }
    if root is not None:
        read = {p.name: p.read_bytes() for p in files_below(root / "docs")}
    context.progress.begin("copy", PARTS)
    for part in range(PARTS):
        target = context.work / "parts" / f"{part}.txt"
        if not target.exists():
            time.sleep(pause)
            write_text(target, f"{part} {value} {sorted(read.items())}")
        context.progress.advance()
    context.progress.end()
    return {"parts": PARTS}


def fail(context: StageContext, inputs: Mapping[str, Path], *, value: Any) -> dict[str, int]:  # noqa: ARG001
    """Leaves a file and fails as `value` says."""
    write_text(context.work / "half.txt", "half")
    if value == "user":
        raise DialectoError("the documents are empty")
    if value == "disk":
        raise OSError(28, "No space left on device")
    raise KeyboardInterrupt


def fake_stages(pause: float = 0.0) -> tuple[Stage, ...]:
    """Four stages; each sees one field of the recipe."""
    here = "tests.project.fake:copy"
    return (
        Stage(
            "corpus", 1, (), here,
            lambda r, root: {"value": r.seed, "root": root, "pause": pause}, files=_source_files,
        ),
        Stage(
            "tokenizer", 1, ("corpus",), here,
            lambda r, _: {"value": r.tokenizer.vocabulary, "pause": pause},
        ),
        Stage(
            "pretrain", 1, ("tokenizer",), here,
            lambda r, _: {"value": r.budget, "pause": pause},
        ),
        Stage(
            "report", 1, ("corpus", "pretrain"), here,
            lambda r, _: {"value": r.report.title, "pause": pause},
        ),
    )  # fmt: skip


@contextmanager
def no_energy() -> Iterator[Energy]:
    """In place of codecarbon, which takes a second to start."""
    yield Energy()


def make_fake_project(root: Path, **fields: Any) -> Path:
    """A folder with a recipe and two documents."""
    (root / "docs").mkdir(parents=True, exist_ok=True)
    (root / "docs" / "a.txt").write_text("uno", encoding="utf-8")
    (root / "docs" / "b.txt").write_text("dos", encoding="utf-8")
    write_recipe(root, **fields)
    return root


def write_recipe(root: Path, *, seed: int = 1, vocabulary: int = 400, title: str = "t") -> None:
    text = RECIPE.format(seed=seed, vocabulary=vocabulary, title=title)
    (root / "dialecto.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    # A shell that starts us in the background may have SIGINT ignored, and we inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pause = float(sys.argv[3]) if len(sys.argv) > 3 else 0.02
    stages.STAGES = runner.STAGES = fake_stages(pause=pause)
    runner.measured_energy = no_energy  # type: ignore[assignment]
    start = (sys.argv[2] or None) if len(sys.argv) > 2 else None
    Project.open(sys.argv[1]).run(start=start)
