"""Progress of long work: what, how far, at what speed, how much time is left.

Stages talk to the :class:`Progress` protocol; which face shows it (a live bar in a
terminal, plain lines in a log, nothing in a test) is decided by whoever starts the stage.
"""

from __future__ import annotations

import sys
import time
from typing import Protocol, TextIO


class Progress(Protocol):
    """What a stage can say about its work."""

    def begin(
        self, label: str, total: float | None = None, unit: str = "", done: float = 0
    ) -> None:
        """Start a piece of work of ``total`` units (None: unknown), ``done`` of them before."""

    def resize(self, total: float) -> None:
        """The piece of work turns out to be of so many units."""

    def advance(self, amount: float = 1, **facts: float | str) -> None:
        """``amount`` more units are done; ``facts`` are shown beside the bar (loss=2.31)."""

    def note(self, text: str) -> None:
        """A line that stays on the screen."""

    def end(self) -> None:
        """The piece of work is over."""


class SilentProgress:
    """For tests and for use as a library."""

    def begin(
        self, label: str, total: float | None = None, unit: str = "", done: float = 0
    ) -> None: ...
    def resize(self, total: float) -> None: ...
    def advance(self, amount: float = 1, **facts: float | str) -> None: ...
    def note(self, text: str) -> None: ...
    def end(self) -> None: ...


class LogProgress:
    """Plain lines on a stream, at most one every ``every`` seconds."""

    def __init__(self, stream: TextIO | None = None, every: float = 10.0) -> None:
        self.stream = stream or sys.stderr
        self.every = every
        self.label = ""
        self.total: float | None = None
        self.unit = ""
        self.done = self.before = 0.0
        self.started = self.last = time.monotonic()

    def begin(
        self, label: str, total: float | None = None, unit: str = "", done: float = 0
    ) -> None:
        self.label, self.total, self.unit = label, total, unit
        self.done = self.before = done
        self.started = self.last = time.monotonic()
        self._line(f"{label}: start" + (f", {format_amount(total)} {unit}" if total else ""))

    def resize(self, total: float) -> None:
        self.total = total

    def advance(self, amount: float = 1, **facts: float | str) -> None:
        self.done += amount
        now = time.monotonic()
        if now - self.last >= self.every:
            self.last = now
            elapsed = now - self.started
            self._line(
                describe(self.label, self.done, self.total, self.unit, elapsed, facts, self.before)
            )

    def note(self, text: str) -> None:
        self._line(text)

    def end(self) -> None:
        elapsed = time.monotonic() - self.started
        self._line(f"{self.label}: done, {format_amount(self.done)} {self.unit} in {elapsed:.1f} s")

    def _line(self, text: str) -> None:
        print(text, file=self.stream, flush=True)


def describe(
    label: str,
    done: float,
    total: float | None,
    unit: str,
    elapsed: float,
    facts: dict[str, float | str],
    before: float = 0,
) -> str:
    """One line: label, how far, speed, time left, facts. before: done when the time began."""
    rate = (done - before) / elapsed if elapsed > 0 else 0.0
    far = format_amount(done) + (f"/{format_amount(total)}" if total else "")
    parts = [f"{label}: {far} {unit}".rstrip()]
    parts.append(f"{rate:,.1f} {unit}/s".replace(" /s", "/s"))
    if total and rate > 0:
        parts.append(f"{format_seconds(max(total - done, 0) / rate)} left")
    parts += [f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in facts.items()]
    return ", ".join(parts)


def format_amount(amount: float) -> str:
    """`12,345`, `0.6`: small parts of a unit must not look like nothing."""
    return f"{amount:,.0f}" if amount >= 10 or amount == int(amount) else f"{amount:,.1f}"


def format_seconds(seconds: float) -> str:
    """``75`` -> ``1m15s``."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{secs:02d}s" if minutes else f"{secs}s"
