"""A collector in a process of its own, because its library wants a process to itself.

Scrapy's event loop cannot begin twice; huggingface_hub reads its switches (offline, telemetry)
only when it is imported, and by then they say that there is no network. The child tells of
progress in JSON lines, ends when its parent does, and leaves what it found in a file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialecto.collect.snapshot import Findings, Job
from dialecto.runtime.files import read_json, write_json


def run_child(
    job: Job, module: str, task: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> Findings:
    """Run `python -m module TASK` to its end and return what it found.

    The task gets `files`, `state` and `log` besides what is given. Raises DialectoError with the
    child's own words, or with where its log is when it left none.
    """
    result, log = job.state / "result.json", _log(job)
    result.unlink(missing_ok=True)
    file = job.state / "task.json"
    paths = {"files": job.files, "state": job.state, "log": log}
    write_json(file, {**task, **{name: str(path.resolve()) for name, path in paths.items()}})
    with log.open("wb") as errors:
        # A session of its own: Ctrl-C is for us, and its standard input ends when we do.
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
    try:
        for line in process.stdout or ():
            job.progress.advance(json.loads(line)["done"])
        code = process.wait()
    finally:
        process.kill()
        process.communicate()
    told = read_json(result) if result.is_file() else {}
    if "error" in told:
        raise job.fail(told["error"])
    if code != 0 or not told:
        raise job.fail(f"the collector ended too early (code {code}). What it said is in {log}.")
    return Findings(
        Counter(told["counts"]), Counter(told["refused"]), told["listed"], told["facts"]
    )


def _log(job: Job) -> Path:
    """In the project's own hidden folder: it is no document and no part of the snapshot."""
    folder = job.root.resolve() / ".cache"
    folder.mkdir(exist_ok=True)
    return folder / f"collect-{job.folder.name}.log"


def begin_child(task_file: str) -> dict[str, Any]:
    """The first thing that a child does. Returns its task."""
    os.umask(0o077)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    task: dict[str, Any] = read_json(Path(task_file))
    return task


def _end_with_parent() -> None:
    while os.read(0, 1):  # not through sys.stdin, whose lock would be held at the end
        pass
    os._exit(1)


def tell(done: float) -> None:
    """So many more units are done."""
    print(json.dumps({"done": done}), flush=True)


def leave(task: Mapping[str, Any], found: Findings, error: str = "") -> None:
    """The last thing that a child does: what it found, or in words why it could not."""
    content: dict[str, Any] = {
        "counts": found.counts,
        "refused": found.refused,
        "listed": found.listed,
        "facts": found.facts,
    }
    write_json(Path(task["state"]) / "result.json", {"error": error} if error else content)
