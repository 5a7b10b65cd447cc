"""The hub's own process: `python -m dialecto.collect.hub_files TASK` (a JSON file).

Files are taken as they are, compared with the hub's SHA-256, unless a text column, a template or
a limit is given: then rows are read from the stream, as far as they are needed, and written as
JSON Lines. Nothing is ever whole in memory and no code of the data set is run.
"""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError
from huggingface_hub.hf_api import RepoFile

from dialecto.collect.child import begin_child, leave, tell
from dialecto.collect.hub_rows import take_rows
from dialecto.collect.hub_work import ROWS, HubFile, Unusable, Work
from dialecto.collect.snapshot import DISK_FULL, Findings, disk_is_full
from dialecto.recipe import HubSource
from dialecto.runtime.files import read_json, remove_tree, sha256_file, write_json

_DATA = (*ROWS, ".txt", ".csv", ".tsv", ".md", ".xml", ".html")


def collect(work: Work) -> None:
    """Every chosen file. Raises Unusable."""
    kinds = ROWS if work.section.text else (*ROWS, ".txt") if work.section.limit else _DATA
    chosen = choose(list_files(work), work.section.files, kinds)
    if not chosen:
        raise Unusable(f"no data file fits. Patterns: {work.section.files or 'all data files'}.")
    journal = work.state / "hub.json"
    done: dict[str, Any] = read_json(journal) if journal.is_file() else {}
    for file in chosen:
        taken = sum(entry.get("rows", 0) for entry in done.values())
        if work.section.limit and taken >= work.section.limit:
            work.found.facts["stopped_by"] = "limit"
            break
        if file.path not in done:
            left = work.section.limit - taken if work.section.limit else 0
            done[file.path] = take_rows(work, file, left) if work.wants_rows else take(work, file)
            write_json(journal, done)
        tell(file.size / 1e6)
    for path, entry in done.items():
        for number in entry.get("malformed", []):
            work.found.refuse(f"{path}:{number}", "malformed")
    work.found.counts["files_read"] = len(done)
    if work.wants_rows:
        work.found.counts["rows"] = sum(entry["rows"] for entry in done.values())
    work.found.facts["origin"] = {
        path: {name: entry[name] for name in ("sha256", "bytes")} for path, entry in done.items()
    }


def list_files(work: Work) -> list[HubFile]:
    """The data set's files at the commit, sorted by path."""
    tree = HfApi(token=work.token).list_repo_tree(
        work.section.dataset,
        repo_type="dataset",
        revision=work.section.revision,
        recursive=True,
    )
    files = [
        HubFile(entry.path, entry.size, entry.lfs.sha256 if entry.lfs else "")
        for entry in tree
        if isinstance(entry, RepoFile)
    ]
    return sorted(files, key=lambda file: file.path)


def choose(files: list[HubFile], patterns: list[str], kinds: Sequence[str]) -> list[HubFile]:
    """Those that fit a pattern, or without patterns those of a kind. Never a script."""
    chosen = []
    for file in files:
        parts = PurePosixPath(file.path).parts
        if file.path.endswith(".py") or ".." in parts or any(p.startswith(".") for p in parts):
            continue
        if patterns:
            fits = any(fnmatch.fnmatchcase(file.path, pattern) for pattern in patterns)
        else:
            fits = file.kind in kinds and parts[-1].lower() != "readme.md"
        if fits:
            chosen.append(file)
    return chosen


def take(work: Work, file: HubFile) -> dict[str, Any]:
    """A file as it is; what a stopped download left is gone on from."""
    staging = work.state / "download"
    path = Path(
        hf_hub_download(
            work.section.dataset,
            file.path,
            repo_type="dataset",
            revision=work.section.revision,
            local_dir=staging,
            token=work.token,
        )
    )
    sha = sha256_file(path)
    if path.stat().st_size != file.size or (file.sha256 and sha != file.sha256):
        path.unlink()
        raise Unusable(f"{file.path} is not what the hub says it is (its SHA-256 differs).")
    target = work.files / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    return {"sha256": sha, "bytes": file.size}


def main(task_file: str) -> None:
    """Collect as the task says and leave what was found, or why nothing was."""
    task = begin_child(task_file)
    section = HubSource.model_validate(task["section"])
    token: str | bool = os.environ.get("HF_TOKEN") or False
    found = Findings()
    work = Work(section, Path(task["files"]), Path(task["state"]), token, found)
    try:
        collect(work)
        remove_tree(work.state / "download")
        leave(task, found)
    except Unusable as error:
        leave(task, found, str(error))
    except GatedRepoError:
        leave(task, found, f"{section.dataset} asks for an agreement on its page and HF_TOKEN.")
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", 0)
        asked = f"{section.dataset} at {section.revision}"
        unknown = f"there is no data set {asked}, or it is private and HF_TOKEN does not open it."
        leave(task, found, unknown if status in (401, 403, 404) else f"{asked}: error {status}.")
    except OSError as error:
        network = f"the hub cannot be reached or read ({type(error).__name__})."
        leave(task, found, DISK_FULL if disk_is_full(error) else network)


if __name__ == "__main__":
    main(sys.argv[1])
