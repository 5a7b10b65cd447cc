"""Progress and ledger entries of a rank, told to the process that started it, through a file."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dialecto.runtime import StageContext

_LOOK_SECONDS = 0.2


class Relay:
    """A Progress that writes each call as a line."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("a", encoding="utf-8", buffering=1)
        self.file.write("\n")  # a process that was killed may have left half a line

    def close(self) -> None:
        """No more is said. On a shared folder others see all of it only now."""
        self.file.close()

    def begin(
        self, label: str, total: float | None = None, unit: str = "", done: float = 0
    ) -> None:
        self._say("begin", label, total, unit, done)

    def resize(self, total: float) -> None:
        self._say("resize", total)

    def advance(self, amount: float = 1, **facts: float | str) -> None:
        self._say("advance", amount, **facts)

    def note(self, text: str) -> None:
        self._say("note", text)

    def end(self) -> None:
        self._say("end")

    def record(self, action: str, facts: Mapping[str, Any]) -> None:
        """An entry for the project's ledger, which only one process writes."""
        self._say("record", action, dict(facts))

    def _say(self, call: str, *given: Any, **facts: Any) -> None:
        self.file.write(json.dumps([call, given, facts]) + "\n")


@contextmanager
def heard(path: Path, context: StageContext) -> Iterator[None]:
    """Within the block, calls written to the file by `Relay` are made here."""
    over = threading.Event()
    path.touch()

    def listen() -> None:
        read = 0
        while True:
            last = over.is_set()
            with path.open("rb") as file:  # anew, as other machines' words are seen only then
                file.seek(read)
                new = file.read()
            whole = new[: new.rfind(b"\n") + 1]
            read += len(whole)
            for line in whole.split(b"\n"):
                _say_here(line, context)
            if last:
                return
            over.wait(_LOOK_SECONDS)

    thread = threading.Thread(target=listen, name="relay", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _say_here(line: bytes, context: StageContext) -> None:
    """Make a call that a line tells of; half a line, or none, tells of nothing."""
    try:
        call, given, facts = json.loads(line)
    except ValueError:
        return
    target = context.record if call == "record" else getattr(context.progress, call)
    target(*given, **facts)
