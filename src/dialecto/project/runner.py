"""Runs the stages that have work to do, each into an artefact, each into the ledger."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialecto.project.digests import plain
from dialecto.project.lock import only_one
from dialecto.project.machine import code_versions, machine_facts
from dialecto.project.plan import Planned, input_contents, is_done, plan_stages
from dialecto.project.sessions import total_energy, used_energy
from dialecto.project.stages import STAGES, Metrics
from dialecto.project.store import Store
from dialecto.recipe import Recipe
from dialecto.runtime import BadUsage, DialectoError, Interrupted, Progress, StageContext
from dialecto.runtime.energy import Energy, measured_energy
from dialecto.security import Ledger


@dataclass(frozen=True)
class Outcome:
    """What became of one stage in a run."""

    stage: str
    digest: str
    ran: bool
    seconds: float
    metrics: Metrics


@dataclass(frozen=True)
class Surroundings:
    """Where a run takes place and whom it tells."""

    root: Path
    store: Store
    ledger: Ledger
    progress: Progress
    announce: Callable[[str], None]


def run_stages(
    recipe: Recipe,
    around: Surroundings,
    *,
    until: str | None = None,
    start: str | None = None,
) -> list[Outcome]:
    """Do what is not done yet, from the first stage to `until`.

    `start` makes that stage and those after it run again even if their artefacts exist.
    Raises DialectoError for an unknown stage or when another run is at work.
    """
    wanted = _wanted(plan_stages(around.root, recipe, around.store), until, start)
    if not any(_to_do(item, forced) for item, forced in wanted):
        return [_found(item, around) for item, _ in wanted]
    with only_one(around.root):
        # Planned again: a run that just ended may have done some of it.
        wanted = _wanted(plan_stages(around.root, recipe, around.store), until, start)
        return [
            _run_stage(item, around)
            if forced or not is_done(item, around.store)
            else _found(item, around)
            for item, forced in wanted
        ]


def _wanted(
    planned: list[Planned], until: str | None, start: str | None
) -> list[tuple[Planned, bool]]:
    """The stages of this run, each with whether it is to run again though it is done."""
    names = [item.stage.name for item in planned]
    for name in (until, start):
        if name is not None and name not in names:
            raise BadUsage(_no_stage(name, names))
    last = names.index(until) if until else len(names) - 1
    first_forced = names.index(start) if start else len(names)
    if start and first_forced > last:
        raise BadUsage(f"the stage '{start}' comes after '{until}': there is nothing to run")
    return [(item, index >= first_forced) for index, item in enumerate(planned[: last + 1])]


_NEEDS = {
    "collect": "a source that is not a folder (`web`, `sql`, `hub` or `commoncrawl`)",
    "tune": "`objective: chat` and a source with `kind: conversations`",
}


def _no_stage(name: str, names: list[str]) -> str:
    if name in {stage.name for stage in STAGES}:
        return f"this recipe has no '{name}' stage: it needs {_NEEDS[name]}"
    return f"there is no stage '{name}'; this recipe's stages are {', '.join(names)}"


def _to_do(item: Planned, forced: bool) -> bool:
    return forced or not item.done


def _found(item: Planned, around: Surroundings) -> Outcome:
    name, digest = item.stage.name, item.digest
    around.store.point(name, digest)
    manifest = around.store.manifest(name, digest)
    return Outcome(name, digest, False, float(manifest["seconds"]), manifest["metrics"])


def _run_stage(item: Planned, around: Surroundings) -> Outcome:
    """Make the artefact, or finish one that was sealed when a kill came."""
    name, digest, store = item.stage.name, item.digest, around.store
    around.announce(name)
    store.restore(name, digest)
    contents = input_contents(item, store) or {}
    _check_inputs(item, store)
    manifest = store.sealed(name, digest)
    sealed_before = manifest is not None and manifest.get("inputs_content") == contents
    if manifest is None or not sealed_before:
        manifest = _make(item, around, contents)
    # Recorded before it is put in place, so that no artefact stands without an entry.
    done = {
        "stage": name,
        "digest": digest,
        "inputs": item.inputs,
        "seconds": manifest["seconds"],
        "outputs": manifest["files"],
    }
    # Only a run that was killed between the two may have recorded it already; an artefact made
    # again has its own entry, though everything in it may be the same.
    if not sealed_before or around.ledger.last("stage.done", stage=name, digest=digest) != done:
        around.ledger.append("stage.done", done)
    folder = store.place(name, digest)
    store.point(name, digest)
    around.progress.note(f"{name}: {folder}")
    return Outcome(name, digest, True, float(manifest["seconds"]), manifest["metrics"])


def _make(item: Planned, around: Surroundings, contents: Mapping[str, str]) -> dict[str, Any]:
    """Run the stage in its work folder and seal it. Returns the manifest."""
    name, digest, store, ledger = item.stage.name, item.digest, around.store, around.ledger
    work = store.work(name, digest)
    resumed = work.is_dir()
    folders = {need: store.folder(need, sha) for need, sha in item.inputs.items()}
    context = StageContext(work, around.progress, ledger.append)
    started = time.monotonic()
    energy = Energy()
    try:
        store.begin(name, digest, contents)
        ledger.append(
            "stage.start",
            {"stage": name, "digest": digest, "inputs": item.inputs, "files": item.files},
        )
        with measured_energy() as energy:
            metrics = item.stage(context, folders, item.settings)
        used = total_energy(ledger, digest, energy)
        if used is not None and "tokens_per_second" in metrics:  # what training cost
            metrics = {**metrics, "kilowatt_hours": used}
        return store.seal(
            name,
            digest,
            {
                "stage": name,
                "digest": digest,
                "version": item.stage.version,
                "inputs": item.inputs,
                "inputs_content": dict(contents),
                "files_in": item.files,
                "settings": {
                    k: plain(v) for k, v in item.settings.items() if not isinstance(v, Path)
                },
                "code": code_versions(),
                "machine": machine_facts(),
                "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "seconds": round(time.monotonic() - started, 3),
                "resumed": resumed,
                "kilowatt_hours": used,
                "metrics": metrics,
            },
        )
    except (Interrupted, KeyboardInterrupt) as stop:
        ledger.append("stage.interrupted", {"stage": name, "digest": digest, **used_energy(energy)})
        saved = stop.saved if isinstance(stop, Interrupted) else None
        raise Interrupted(saved or work) from stop
    except BaseException as error:
        with suppress(Exception):  # a full disk must not hide behind the ledger's own error
            ledger.append(
                "stage.failed",
                {
                    "stage": name,
                    "digest": digest,
                    "error": type(error).__name__,
                    **used_energy(energy),
                },
            )
        _explain(error, name, work)
        raise


def _check_inputs(item: Planned, store: Store) -> None:
    """A stage reads only what its inputs' manifests say. Raises DialectoError."""
    for need, digest in item.inputs.items():
        changed = store.verify(need, digest)
        if changed:
            raise DialectoError(
                f"{store.folder(need, digest)} is not what the {need} stage made: "
                f"{', '.join(changed[:5])} changed. Bring it back from a copy, or make it again "
                f"with `dialecto run --from {need}`."
            )


def _explain(error: BaseException, stage: str, work: Path) -> None:
    """Turn a full disk or memory into words. Other errors pass as they are."""
    if isinstance(error, OSError) and error.errno in (
        errno.ENOSPC,
        getattr(errno, "EDQUOT", errno.ENOSPC),
    ):
        raise DialectoError(
            f"the disk is full: the {stage} stage stopped while writing below {work}. "
            "Free some space and run again; it goes on from there."
        ) from error
    if isinstance(error, MemoryError):
        raise DialectoError(
            f"the {stage} stage ran out of memory. Close other programs or give the machine "
            "more, and run again; it goes on from where it was."
        ) from error


def stage_facts(item: Planned, store: Store) -> Mapping[str, Any]:
    """Seconds, energy and metrics of a finished stage."""
    manifest = store.manifest(item.stage.name, item.digest)
    return {
        "seconds": manifest["seconds"],
        "metrics": manifest["metrics"],
        "kilowatt_hours": manifest["kilowatt_hours"],
    }
