"""Runs the stages that have work to do, each into an artefact, each into the ledger."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dialecto import __version__
from dialecto.project.digests import plain, stage_digest
from dialecto.project.energy import measured_energy
from dialecto.project.sources import fingerprint
from dialecto.project.stages import Metrics, Stage, wanted_stages
from dialecto.project.store import Store
from dialecto.recipe import Recipe
from dialecto.runtime import DialectoError, Interrupted, Progress, StageContext
from dialecto.security import Ledger

_LIBRARIES = ("torch", "transformers", "tokenizers", "pyarrow", "duckdb", "numpy")


@dataclass(frozen=True)
class Planned:
    """A stage with its address and whether its artefact is there."""

    stage: Stage
    settings: dict[str, Any]
    inputs: dict[str, str]
    files: dict[str, str]
    digest: str
    done: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one stage in a run."""

    stage: str
    digest: str
    ran: bool
    seconds: float
    metrics: Metrics


def plan_stages(root: Path, recipe: Recipe, store: Store) -> list[Planned]:
    """Every wanted stage with its digest, in order. Reads the sources, changes nothing."""
    stages = wanted_stages(recipe)
    names = {stage.name for stage in stages}
    digests: dict[str, str] = {}
    planned = []
    for stage in stages:
        settings = stage.settings(recipe, root)
        files = fingerprint(stage.files(recipe, root), root / ".cache" / f"{stage.name}.json")
        inputs = {need: digests[need] for need in stage.needs if need in names}
        digest = digests[stage.name] = stage_digest(stage, settings, inputs, files)
        planned.append(
            Planned(stage, settings, inputs, files, digest, store.has(stage.name, digest))
        )
    return planned


def run_stages(
    root: Path,
    recipe: Recipe,
    store: Store,
    ledger: Ledger,
    progress: Progress,
    *,
    until: str | None = None,
    start: str | None = None,
    announce: Callable[[str], None] = lambda _text: None,
) -> list[Outcome]:
    """Do what is not done yet, from the first stage to `until`.

    `start` makes that stage and those after it run again even if their artefacts exist.
    """
    planned = plan_stages(root, recipe, store)
    names = [item.stage.name for item in planned]
    for name in (until, start):
        if name is not None and name not in names:
            raise DialectoError(
                f"there is no stage '{name}' in this recipe; its stages are {', '.join(names)}"
            )
    last = names.index(until) if until else len(names) - 1
    first_forced = names.index(start) if start else len(names)
    outcomes = []
    for index, item in enumerate(planned[: last + 1]):
        if item.done and index < first_forced:
            store.point(item.stage.name, item.digest)
            manifest = store.manifest(item.stage.name, item.digest)
            outcomes.append(
                Outcome(
                    item.stage.name,
                    item.digest,
                    False,
                    float(manifest["seconds"]),
                    manifest["metrics"],
                )
            )
            continue
        announce(item.stage.name)
        outcomes.append(_run_stage(root, item, store, ledger, progress))
    return outcomes


def _run_stage(
    root: Path, item: Planned, store: Store, ledger: Ledger, progress: Progress
) -> Outcome:
    name, digest = item.stage.name, item.digest
    work = store.work(name, digest)
    with _only_one(root):
        work.mkdir(parents=True, exist_ok=True)
        ledger.append(
            "stage.start",
            {"stage": name, "digest": digest, "inputs": item.inputs, "files": item.files},
        )
        context = StageContext(work, progress, ledger.append)
        folders = {need: store.folder(need, sha) for need, sha in item.inputs.items()}
        started = time.monotonic()
        try:
            with measured_energy() as energy:
                metrics = item.stage(context, folders, item.settings)
        except (Interrupted, KeyboardInterrupt) as stop:
            ledger.append("stage.interrupted", {"stage": name, "digest": digest})
            saved = stop.saved if isinstance(stop, Interrupted) else None
            raise Interrupted(saved or work) from stop
        except BaseException as error:
            ledger.append(
                "stage.failed", {"stage": name, "digest": digest, "error": type(error).__name__}
            )
            raise
        seconds = time.monotonic() - started
        manifest = {
            "stage": name,
            "digest": digest,
            "version": item.stage.version,
            "inputs": item.inputs,
            "files_in": item.files,
            "settings": {k: plain(v) for k, v in item.settings.items() if not isinstance(v, Path)},
            "code": {"dialecto": __version__, **_library_versions()},
            "machine": {
                "system": platform.platform(),
                "processor": _processor(),
                "cores": os.cpu_count(),
                "python": platform.python_version(),
            },
            "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "seconds": round(seconds, 3),
            "kilowatt_hours": energy.kilowatt_hours,
            "metrics": metrics,
        }
        folder = store.commit(name, digest, manifest)
        store.point(name, digest)
        ledger.append(
            "stage.done",
            {
                "stage": name,
                "digest": digest,
                "inputs": item.inputs,
                "seconds": round(seconds, 3),
                "outputs": store.manifest(name, digest)["files"],
            },
        )
        progress.note(f"{name}: {folder}")
    return Outcome(name, digest, True, seconds, metrics)


@contextmanager
def _only_one(root: Path) -> Iterator[None]:
    """Two runs of one project would write the same work folder: the second is refused."""
    lock = root / ".cache" / "run.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise DialectoError(f"another run is at work in {root}; wait for it to end") from error
        yield  # closing the file, also by a kill, gives the lock back


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_running(root: Path) -> bool:
    """Whether a run holds the project's lock now."""
    try:
        with _only_one(root):
            return False
    except DialectoError:
        return True


def _library_versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def stage_facts(item: Planned, store: Store) -> Mapping[str, Any]:
    """Seconds and metrics of a finished stage."""
    manifest = store.manifest(item.stage.name, item.digest)
    return {
        "seconds": manifest["seconds"],
        "metrics": manifest["metrics"],
        "kilowatt_hours": manifest["kilowatt_hours"],
    }
