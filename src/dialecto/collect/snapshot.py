"""What a snapshot of a source says of itself, and where its files lie."""

from __future__ import annotations

import errno
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from dialecto import __version__
from dialecto.runtime import DialectoError, Progress
from dialecto.runtime.files import files_below, read_json, sha256_file, write_json

SNAPSHOT = "snapshot.json"
FILES = "files"  # the folder beside it with what the corpus stage reads
STATE = ".state"  # what a collection that was stopped goes on from
# Refusals beyond this many are counted but not listed: a site can refuse a million addresses.
LISTED = 10_000


@dataclass
class Findings:
    """What a collection counted, and what it was refused: (what, reason)."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    listed: list[dict[str, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def refuse(self, what: str, reason: str, detail: str = "") -> None:
        self.refused[reason] += 1
        if len(self.listed) < LISTED:
            entry = {"what": what, "reason": reason}
            self.listed.append(entry | ({"detail": detail} if detail else {}))


@dataclass(frozen=True)
class Job:
    """A source to collect: its name, its folder in the work folder, and whom to tell."""

    name: str
    folder: Path
    root: Path  # of the project: relative paths of databases begin here
    progress: Progress
    record: Callable[[str, Mapping[str, Any]], object]

    @property
    def files(self) -> Path:
        return self.folder / FILES

    @property
    def state(self) -> Path:
        return self.folder / STATE

    def fail(self, message: str) -> DialectoError:
        """The error to raise: it names the source."""
        return DialectoError(f"source '{self.name}': {message}")


def folder_names(names: Sequence[str]) -> list[str]:
    """A folder for each name, that no file system minds and no two share."""
    folders: list[str] = []
    for name in names:
        plain = re.sub(r"[^\w.-]+", "-", name).strip(".-")[:80] or "source"
        wanted, number = plain, 2
        while wanted.casefold() in {folder.casefold() for folder in folders}:
            wanted, number = f"{plain}-{number}", number + 1
        folders.append(wanted)
    return folders


def write_snapshot(job: Job, asked: Any, started: str, resumed: bool, found: Findings) -> None:
    """`snapshot.json`, written last: with it the source's snapshot is whole."""
    files = {
        path.relative_to(job.files).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": sha256_file(path),
        }
        for path in files_below(job.files)
    }
    content = {
        "source": job.name,
        "asked": asked,
        "collected_by": f"dialecto {__version__}",
        "started": started,
        "finished": now(),
        "resumed": resumed,
        "counts": dict(found.counts),
        "refused": {
            "counts": dict(found.refused),
            "list": sorted(found.listed, key=lambda entry: (entry["what"], entry["reason"])),
        },
        "files": files,
        **found.facts,
    }
    write_json(job.folder / SNAPSHOT, content)


def read_snapshot(folder: Path) -> dict[str, Any] | None:
    """The snapshot in a source's folder, or None while there is none."""
    try:
        content: dict[str, Any] = read_json(folder / SNAPSHOT)
        return content
    except (OSError, ValueError):
        return None


def is_whole(folder: Path, snapshot: Mapping[str, Any]) -> bool:
    """Whether a snapshot's files are what they were when it was taken."""
    return all(
        (folder / FILES / name).is_file() and sha256_file(folder / FILES / name) == file["sha256"]
        for name, file in snapshot["files"].items()
    )


def collected_files(collected: Path, name: str) -> Path:
    """The folder of a source's files in the collect stage's artefact. Raises DialectoError."""
    return _marker(collected, name).parent / FILES


def snapshot_summary(collected: Path, name: str) -> dict[str, Any]:
    """What the papers of a corpus tell of a source's snapshot: from where, when, what was
    refused. Raises DialectoError when there is none."""
    snapshot = read_json(_marker(collected, name))
    return {
        "from": _place(snapshot["asked"]),
        "started": snapshot["started"][:10],
        "finished": snapshot["finished"][:10],
        "refused": snapshot["refused"]["counts"],
    }


def _place(asked: Mapping[str, Any]) -> str:
    """Where a snapshot is from, without paths or options. Nothing for a database."""
    if asked["kind"] == "web":
        hosts = asked["allow"] or [urlsplit(url).netloc for url in asked["start"]]
        return ", ".join(dict.fromkeys(hosts))
    if asked["kind"] == "hub":
        return f"{asked['dataset']}@{asked['revision']}"
    return str(asked.get("crawl", ""))


def _marker(collected: Path, name: str) -> Path:
    for marker in sorted(collected.glob(f"*/{SNAPSHOT}")):
        if read_json(marker).get("source") == name:
            return marker
    raise DialectoError(
        f"source '{name}' has no snapshot below {collected}. `dialecto run --from collect` "
        "takes one."
    )


def now() -> str:
    """The time, in UTC, as ISO 8601 writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def disk_is_full(error: OSError) -> bool:
    """Whether it is the disk, and not the network, that failed."""
    return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


DISK_FULL = "the disk is full. Free some space and run again; it goes on from there."


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name, for its owner's eyes only, when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
