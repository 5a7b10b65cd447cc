"""What a step would do to a sample of the sources, tried in a folder that is thrown away.

The steps before it run as the recipe says; then the step runs, also if the recipe has it
switched off, and what it settled or changed is counted and shown with masked examples. What
looks at the whole corpus (boilerplate, duplicates, calibration) sees the sample only: the
result says how much of the sources that was.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dialecto.corpus.chunks import ChunkTask, StepSettings, batches
from dialecto.corpus.global_steps import GLOBAL, Work
from dialecto.corpus.passes import judge_all, read_all
from dialecto.corpus.personal_data import protection_for
from dialecto.corpus.plan import InputFile, cut_into_chunks
from dialecto.corpus.steps import FINISHING, JUDGING, Job, Step, walk
from dialecto.corpus.table import with_columns
from dialecto.corpus.verdicts import FLAGGED, apply_verdicts, verdict_file, write_verdicts
from dialecto.corpus.workers import Crew, TaskFunction, worker_count
from dialecto.runtime import BadUsage
from dialecto.runtime.files import read_json

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
EXAMPLES = 5
_BYTES = 64_000_000  # of files read for a preview, unless the first is larger
_SHOWN, _AROUND = 240, 100  # characters of an example; before the place where two texts part
READ = "read"
# As the recipe's sections and people call them.
ALIASES = {"dedup": "duplicates", "extract": READ, "decontamination": "decontaminate"}


@dataclass
class Preview:
    """What a step would do. `seen` documents came to it, `files` of `all_files` were read."""

    step: str
    files: int = 0
    all_files: int = 0
    seen: int = 0
    settled: Counter[str] = field(default_factory=Counter)  # by `outcome: reason`
    changed: int = 0  # texts, or what is noted of a document
    examples: list[dict[str, str]] = field(default_factory=list)
    measures: dict[str, list[float]] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)  # what the step itself published

    def as_dict(self) -> dict[str, Any]:
        lost = self.settled.total()
        return {
            "step": self.step,
            "files": self.files,
            "files_in_sources": self.all_files,
            "documents": self.seen,
            "removed": lost,
            "share": lost / self.seen if self.seen else 0.0,
            "reasons": dict(sorted(self.settled.items())),
            "changed": self.changed,
            "percentiles": {name: points(found) for name, found in sorted(self.measures.items())},
            "examples": self.examples,
            **self.details,
        }


def points(values: Sequence[float]) -> dict[str, float]:
    """p1, p5, p25, p50, p75, p95 and p99."""
    import numpy as np

    found = np.percentile(values, PERCENTILES).tolist() if len(values) else []
    return {f"p{p}": round(v, 4) for p, v in zip(PERCENTILES, found, strict=False)}


def step_names() -> list[str]:
    """Every step that can be previewed, in the order in which they run."""
    names = [READ, *(s.name for s in JUDGING), *(s.name for s in GLOBAL)]
    names += [s.name for s in FINISHING]
    return list(dict.fromkeys(names))


def sample_files(files: Sequence[InputFile], limit: int, seed: int) -> list[InputFile]:
    """At most `limit` files and about 64 MB, drawn by the seed and the files' names."""

    def drawn(file: InputFile) -> bytes:
        name = f"{seed}\0{file.source}\0{file.path}"
        return hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()

    chosen: list[InputFile] = []
    size = 0
    for file in sorted(files, key=drawn):
        if len(chosen) >= limit or (chosen and size + file.bytes > _BYTES):
            break
        chosen.append(file)
        size += file.bytes
    return sorted(chosen, key=lambda file: (file.source, file.path))


def preview_step(
    name: str, files: Sequence[InputFile], settings: StepSettings, *, limit: int, seed: int
) -> Preview:
    """Runs the steps up to `name` on at most `limit` files. Leaves nothing on disk.

    Raises BadUsage for a step that there is not.
    """
    name = ALIASES.get(name, name)
    if name not in step_names():
        raise BadUsage(f"there is no step '{name}'; the steps are {', '.join(step_names())}")
    chosen = sample_files(files, limit, seed)
    result = Preview(name, len(chosen), len(files))
    with TemporaryDirectory(prefix="dialecto-preview-") as folder:
        between = Path(folder)
        tasks = [ChunkTask(chunk, str(between), settings) for chunk in cut_into_chunks(chosen)]
        with Crew(worker_count(settings.section.workers)) as crew:

            def do(_label: str, function: TaskFunction, todo: Sequence[ChunkTask]) -> None:
                for _ in crew.run(function, todo):
                    pass

            tasks = read_all(tasks, between, settings, do)
            if name == READ:
                _note_read(result, tasks, settings)
            _note_step(result, JUDGING, tasks, settings, "read")
            if name in {step.name for step in GLOBAL} | {step.name for step in FINISHING}:
                _note_global(result, judge_all(tasks, between, settings, do))
                _note_step(result, FINISHING, tasks, settings, "signed")
    return result


def _note_read(result: Preview, tasks: Sequence[ChunkTask], settings: StepSettings) -> None:
    for task in tasks:
        for table in batches(task.file("read")):
            undecided = with_columns(table, outcome=[""] * len(table))
            _compare(result, undecided, table, settings)


def _note_step(
    result: Preview,
    steps: Sequence[Step],
    tasks: Sequence[ChunkTask],
    settings: StepSettings,
    made: str,
) -> None:
    """The step of this name among `steps`, if there is one, on what the chunks have in `made`."""
    place = next((i for i, step in enumerate(steps) if step.name == result.step), None)
    if place is None:
        return
    again = result.seen > 0  # another part of the step has seen the documents
    for task in tasks:
        job = Job(settings, Path(task.between))
        for table in batches(task.file(made)):
            before = walk(apply_verdicts(table, job.between), steps[:place], job)
            _compare(result, before, steps[place].run(before, job), settings, again)


def _note_global(result: Preview, work: Work) -> None:
    """Runs the global steps, up to the one of this name if there is one, and notes what it did."""
    for number, step in enumerate(GLOBAL):
        mine = step.name == result.step
        if not mine and not step.enabled(work.settings.section):
            continue
        open_ = len(work.undecided()) if mine else 0
        path = verdict_file(work.between, number, step.name)
        others = set(work.published.glob("*.json"))
        write_verdicts(path, step.run(work))
        if mine:
            result.seen = result.seen or open_
            _note_verdicts(result, path, work)
            for file in sorted(set(work.published.glob("*.json")) - others):
                result.details[file.stem] = read_json(file)
            return


def _note_verdicts(result: Preview, path: Path, work: Work) -> None:
    found = {row["id"]: row for row in pq.read_table(path).to_pylist()}
    for row in found.values():
        if row["outcome"] == FLAGGED:
            result.changed += 1
        result.settled[f"{row['outcome']}: {row['reason']}"] += 1
    wanted = set(list(found)[:EXAMPLES])
    for task in work.tasks:
        for table in batches(task.file("signed")):
            for row in table.select(["id", "source", "path", "text"]).to_pylist():
                if row["id"] in wanted:
                    _show(result, row, found[row["id"]], row["text"], "", work.settings)


def _compare(
    result: Preview,
    before: pa.Table,
    after: pa.Table,
    settings: StepSettings,
    again: bool = False,
) -> None:
    """Adds what a step did to the rows of a table that nothing had settled."""
    names = ["id", "source", "path", "text", "outcome", "changes", "measures"]
    for old, new in zip(
        before.select(names).to_pylist(),
        after.select([*names, "reason", "detail"]).to_pylist(),
        strict=True,
    ):
        if old["outcome"]:
            continue
        result.seen += not again
        for name, value in sorted(set(new["measures"] or ()) - set(old["measures"] or ())):
            result.measures.setdefault(name, []).append(value)
        if new["outcome"]:
            result.settled[f"{new['outcome']}: {new['reason']}"] += 1
            _show(result, old, new, old["text"], "", settings)
        elif (old["text"], old["changes"]) != (new["text"], new["changes"]):
            result.changed += 1
            _show(result, old, new, *_where_they_part(old["text"], new["text"]), settings)


def _where_they_part(before: str, after: str) -> tuple[str, str]:
    """The two texts from a little before the first character that differs."""
    first = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    start = max(0, first - _AROUND)
    return before[start:], after[start:]


def _show(
    result: Preview,
    row: Mapping[str, Any],
    verdict: Mapping[str, Any],
    before: str,
    after: str,
    settings: StepSettings,
) -> None:
    if len(result.examples) >= EXAMPLES:
        return
    mask = protection_for(settings).mask
    result.examples.append(
        {
            "id": row["id"],
            "source": row["source"],
            "path": row["path"],
            "reason": verdict.get("reason") or "",
            "detail": verdict.get("detail") or "",
            # Read in full where it is cut: a name that is cut in two is not recognised.
            "before": mask(before[: 8 * _SHOWN])[:_SHOWN],
            # What the last step leaves is safe to show; masked, it could not be told from before.
            "after": (after if result.step == "pii" else mask(after[: 8 * _SHOWN]))[:_SHOWN],
        }
    )
