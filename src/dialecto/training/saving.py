"""Checkpoints written beside training: tensors are copied, a thread writes them.

At most one is being written; the next waits for it. What a full disk or another trouble did to
it is said at the next look, and the checkpoint before it is still there.
"""

from __future__ import annotations

import errno
import re
import shutil
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from dialecto.runtime import DialectoError
from dialecto.training.checkpoint import (
    ANCHORS,
    ANCHORS_KEPT,
    KEPT,
    RunState,
    Snapshot,
    take_snapshot,
    write_best,
    write_checkpoint,
)

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class Saver:
    """Writes a run's checkpoints into `folder`, keeping the newest `keep`. A context manager
    that waits for the last one. writes: false for a process that only helps to gather."""

    def __init__(
        self,
        folder: Path,
        model: Any,
        optimizers: list[Any],
        keep: int = KEPT,
        *,
        writes: bool = True,
    ) -> None:
        self.writes = writes
        self.folder, self.model, self.optimizers, self.keep = folder, model, optimizers, keep
        self.error: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._state: RunState | None = None

    def save(
        self, state: RunState, *, plain: bool = True, anchor: bool = False, best: bool = False
    ) -> Path:
        """Begin to write: a checkpoint to go on from, one to go back to, the best weights.

        Returns the place of the first, which is whole once `wait` returns. Raises DialectoError
        with what went wrong with the one before.
        """
        self.wait()
        snapshot = take_snapshot(state, self.model, self.optimizers)
        place = self.folder / f"{state.step:08d}"
        if not self.writes:
            return place
        self._state = state
        self._thread = threading.Thread(
            target=self._write, args=(snapshot, plain, anchor, best), name="checkpoint"
        )
        self._thread.start()
        return place

    def wait(self) -> None:
        """Until nothing is being written. Raises DialectoError when writing failed."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self.error is not None:
            error, self.error = self.error, None
            raise self._explained(error) from error

    def look(self) -> None:
        """Raise what went wrong meanwhile, without waiting."""
        if self.error is not None:
            self.wait()

    def __enter__(self) -> Saver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.wait()
        elif self._thread is not None:  # what ended the run is said, not what came after
            self._thread.join()

    def _write(self, snapshot: Snapshot, plain: bool, anchor: bool, best: bool) -> None:
        try:
            if best:
                write_best(self.folder, snapshot.weights)
            if anchor:
                write_checkpoint(self.folder / ANCHORS, snapshot, ANCHORS_KEPT)
            if plain:
                write_checkpoint(self.folder, snapshot, self.keep)
        except BaseException as error:
            self.error = error

    def _explained(self, error: BaseException) -> DialectoError:
        step = self._state.step if self._state else 0
        names = [p.name for f in (self.folder, self.folder / ANCHORS) for p in f.glob("[0-9]*")]
        kept = f"that of step {int(max(names))} is kept" if names else "there is none before it"
        if _disk_is_full(error):
            free = shutil.disk_usage(self.folder.parent).free / 1e6
            return DialectoError(
                f"the disk is full: the checkpoint of step {step} could not be written below "
                f"{self.folder} ({free:,.0f} MB are free); {kept}. Free some space and run again; "
                "it goes on from there."
            )
        return DialectoError(
            f"the checkpoint of step {step} could not be written below {self.folder}: {error}; "
            f"{kept}. Run again when that is mended; it goes on from there."
        )


def _disk_is_full(error: BaseException) -> bool:
    """Safetensors tells of it in words only."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    told = re.search(r"os error (\d+)", str(error))
    return told is not None and int(told[1]) in _FULL
