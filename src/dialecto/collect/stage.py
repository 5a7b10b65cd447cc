"""The collect stage: a snapshot of every source that is not a folder.

Nothing else in dialecto asks the network for data. A snapshot that is whole stays when the
stage is stopped and run again; `dialecto run` does not take it again, `--from collect` does.
"""

from __future__ import annotations

import importlib
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dialecto.collect.snapshot import (
    FILES,
    SNAPSHOT,
    Findings,
    Job,
    folder_names,
    is_whole,
    now,
    read_snapshot,
    write_snapshot,
)
from dialecto.recipe import REMOTE_KINDS, Remote, digest_view
from dialecto.runtime import StageContext
from dialecto.runtime.files import files_below, read_json, remove_tree, sha256_file, write_json

Metrics = dict[str, float | int | str]


def run(
    context: StageContext,
    inputs: Mapping[str, Path],  # noqa: ARG001 - the first stage has none
    *,
    sources: list[Remote],
    root: Path,
) -> Metrics:
    """Collects each source into `context.work/<source>/`.

    Raises DialectoError when a source cannot be reached, gives nothing, or needs an extra that
    is not installed.
    """
    context.work.chmod(0o700)  # snapshots are private data, raw
    folders = folder_names([source.name for source in sources])
    for source, folder in zip(sources, folders, strict=True):
        job = Job(source.name, context.work / folder, root, context.progress, context.record)
        if read_snapshot(job.folder) is None and not _reuse(job, asked_of(source, root)):
            _take(job, source)
    for path in context.work.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return _metrics([context.work / folder for folder in folders])


def asked_of(source: Remote, root: Path) -> dict[str, Any]:
    """All that a snapshot depends on and that can be known: the recipe's words, SQLite's file."""
    kind, section = _section(source)
    asked = {"kind": kind, **digest_view(section)}
    if source.sql and source.sql.file and (root / source.sql.file).is_file():
        asked["file_sha256"] = sha256_file(root / source.sql.file)
    return asked


def _section(source: Remote) -> tuple[str, Any]:
    return next((kind, given) for kind in REMOTE_KINDS if (given := getattr(source, kind)))


def _reuse(job: Job, asked: dict[str, Any]) -> bool:
    """Take over the snapshot in use when it is of the same question, so that one changed source
    does not send the crawler to all the others again. Not when the stage as a whole is made
    again: then new snapshots are wanted."""
    stage = job.folder.parent.parent
    current = stage / "current"
    again = stage / job.folder.parent.name.removeprefix(".work-")
    if not current.is_dir() or again == job.folder.parent or again.exists():
        return False
    for marker in sorted(current.glob(f"*/{SNAPSHOT}")):
        snapshot = read_snapshot(marker.parent) or {}
        if snapshot.get("asked") != asked or not is_whole(marker.parent, snapshot):
            continue
        remove_tree(job.folder)
        for name in snapshot["files"]:
            target = job.files / name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(marker.parent / FILES / name, target)
        write_json(job.folder / SNAPSHOT, {**snapshot, "source": job.name})
        job.record("collect.kept", {"source": job.name, "taken": snapshot["finished"]})
        return True
    return False


def _take(job: Job, source: Remote) -> None:
    kind, section = _section(source)
    asked = asked_of(source, job.root)
    for folder in (job.folder, job.state, job.files):
        folder.mkdir(mode=0o700, exist_ok=True)
    begun = job.state / "begun.json"
    resumed = begun.is_file()
    if not resumed:
        write_json(begun, {"started": now()})
    job.record("collect.begin", {"source": job.name, "kind": kind, "resumed": resumed})
    found = _collector(kind)(job, section)
    if not any(files_below(job.files)):
        raise job.fail(_nothing(found))
    write_snapshot(job, asked, read_json(begun)["started"], resumed, found)
    remove_tree(job.state)
    job.record(
        "collect.done",
        {
            "source": job.name,
            "kind": kind,
            "counts": dict(found.counts),
            "refused": dict(found.refused),
            "snapshot": sha256_file(job.folder / SNAPSHOT),
        },
    )


_HINTS = {
    "private_address": "Hosts of your own network are named one by one in `web.private`.",
    "robots": "The site's robots.txt forbids it to `dialecto` or to all.",
    "robots_unreachable": "Its robots.txt cannot be had: is the site there?",
    "certificate": "For an authority of your own set SSL_CERT_FILE.",
    "outside": "Are the hosts of `web.start` in `web.allow`?",
}


def _nothing(found: Findings) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(found.refused.items()))
    hints = [hint for reason, hint in _HINTS.items() if reason in found.refused]
    return " ".join([f"nothing came of it{f' (refused: {reasons})' if reasons else ''}.", *hints])


def _collector(kind: str) -> Callable[[Job, Any], Findings]:
    module = importlib.import_module(f"dialecto.collect.{kind}")
    collector: Callable[[Job, Any], Findings] = getattr(module, f"collect_{kind}")
    return collector


def _metrics(folders: list[Path]) -> Metrics:
    """Counts over all sources, under names that stay."""
    totals: Counter[str] = Counter({"sources": len(folders), "files": 0, "bytes": 0})
    for folder in folders:
        snapshot = read_snapshot(folder) or {}
        totals["files"] += len(snapshot["files"])
        totals["bytes"] += sum(file["bytes"] for file in snapshot["files"].values())
        totals.update(snapshot["counts"])
        totals.update({f"refused.{k}": n for k, n in snapshot["refused"]["counts"].items()})
    return dict(sorted(totals.items()))
