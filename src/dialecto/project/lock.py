"""One run at a time in a project. Looking never gets in a run's way."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from dialecto.runtime import DialectoError

PATIENCE = 2.0  # seconds: far longer than is_running holds its shared lock


def _lock_path(root: Path) -> Path:
    return root / ".cache" / "run.lock"


@contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Two runs of one project would write the same work folder: the second is refused."""
    path = _lock_path(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        deadline = time.monotonic() + PATIENCE
        while not _try_lock(file, shared=False):
            if time.monotonic() > deadline:
                raise DialectoError(
                    f"another run is at work in {root}. Wait for it to end; "
                    "`dialecto status` shows where it is."
                )
            time.sleep(0.05)
        yield  # closing the file, also by a kill, gives the lock back


def is_running(root: Path) -> bool:
    """Whether a run holds the project's lock now."""
    try:
        with _lock_path(root).open("rb") as file:
            return not _try_lock(file, shared=True)
    except OSError:  # no run has ever been here, or none that we may look at
        return False


def _try_lock(file: IO[Any], *, shared: bool) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(file.fileno(), kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
