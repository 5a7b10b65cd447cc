"""The face of long work: a live bar in a terminal, plain lines in a log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dialecto.runtime.progress import LogProgress, Progress, format_amount, format_seconds

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Progress on standard error, so that standard output stays for results."""
    if not sys.stderr.isatty():
        yield LogProgress()
        return
    live = LiveProgress()
    try:
        yield live
    finally:
        live.close()


class LiveProgress:
    """One bar for the piece of work at hand: what, how far, speed, time left, facts."""

    def __init__(self, console: Console | None = None) -> None:
        from rich.console import Console

        self.console = console or Console(stderr=True, highlight=False)
        self.bars: Bars | None = None
        self.task: TaskID | None = None
        self.label = self.unit = ""
        self.before = 0.0

    def begin(
        self, label: str, total: float | None = None, unit: str = "", done: float = 0
    ) -> None:
        """Show a new bar. A piece of work that was not ended is left where it was."""
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        self.close()
        self.label, self.unit, self.before = label, unit, done
        self.bars = Progress(
            SpinnerColumn(),
            TextColumn("[bold]{task.description}", markup=True),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[far]}", markup=False),
            TextColumn("{task.fields[facts]}", style="cyan", markup=False),
            console=self.console,
            transient=True,
            refresh_per_second=4,
        )
        self.bars.start()
        self.task = self.bars.add_task(label, total=total, completed=int(done), far="", facts="")

    def resize(self, total: float) -> None:
        """Give the bar another end."""
        if self.bars is not None and self.task is not None:
            self.bars.update(self.task, total=total)

    def advance(self, amount: float = 1, **facts: float | str) -> None:
        """Move the bar."""
        if self.bars is None or self.task is None:
            return
        shown = "  ".join(
            f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in facts.items()
        )
        self.bars.update(self.task, advance=amount, far=self._far(amount))
        if shown:
            self.bars.update(self.task, facts=shown)

    def note(self, text: str) -> None:
        """A line above the bar."""
        self.console.print(text, markup=False)

    def end(self) -> None:
        """Replace the bar by one line that stays."""
        if self.bars is None or self.task is None:
            return
        task = self.bars.tasks[0]
        done = f"{format_amount(task.completed)} {self.unit}".rstrip()
        took = format_seconds(task.elapsed or 0)
        facts = task.fields["facts"]
        self.close()
        self.console.print(f"✓ {self.label}: {done}, {took}  {facts}".rstrip(), markup=False)

    def close(self) -> None:
        """Take the bar off the screen and give the cursor back."""
        if self.bars is not None:
            self.bars.stop()
        self.bars = self.task = None

    def _far(self, amount: float) -> str:
        assert self.bars is not None
        task = self.bars.tasks[0]
        done, elapsed = task.completed + amount, task.elapsed or 0.0
        rate = (done - self.before) / elapsed if elapsed > 0 else 0.0
        total = f"/{format_amount(task.total)}" if task.total else ""
        parts = [f"{format_amount(done)}{total} {self.unit}".rstrip()]
        if rate:
            parts.append(f"{rate:,.1f}/s")
            if task.total:
                parts.append(f"{format_seconds(max(task.total - done, 0) / rate)} left")
        return "  ".join(parts)
