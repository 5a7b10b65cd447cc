"""Both faces of progress say what, how far, how fast, how much longer, and the facts."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from dialecto.cli.progress import LiveProgress
from dialecto.runtime.progress import LogProgress, describe, format_seconds


def test_a_line_says_everything() -> None:
    line = describe("pretrain", 50, 200, "steps", 25.0, {"loss": 2.31234, "lr": "low"})
    assert line == "pretrain: 50/200 steps, 2.0 steps/s, 1m15s left, loss 2.312, lr low"
    assert describe("read", 5, None, "files", 1.0, {}) == "read: 5 files, 5.0 files/s"


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5s"), (75, "1m15s"), (3700, "1h01m"), (59.6, "1m00s")]
)
def test_time_left_reads_well(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_lines_for_a_log() -> None:
    stream = io.StringIO()
    progress = LogProgress(stream, every=0)
    progress.begin("read", 2, "files")
    progress.advance(1, bpb=1.5)
    progress.note("a note")
    progress.end()
    lines = stream.getvalue().splitlines()
    assert lines[0] == "read: start, 2 files"
    assert lines[1].startswith("read: 1/2 files")
    assert lines[1].endswith("bpb 1.5")
    assert lines[2] == "a note"
    assert lines[3].startswith("read: done, 1 files")


def test_work_that_went_on_and_changed_its_size() -> None:
    """Speed and time left are those of what was done now."""
    line = describe("pretrain", 150, 200, "steps", 25.0, {}, before=100)
    assert line == "pretrain: 150/200 steps, 2.0 steps/s, 25s left"
    stream = io.StringIO()
    progress = LogProgress(stream, every=0)
    progress.begin("pretrain", 200, "steps", done=100)
    progress.resize(400)
    progress.advance(1)
    progress.end()
    lines = stream.getvalue().splitlines()
    assert lines[1].startswith("pretrain: 101/400 steps")
    assert lines[2].startswith("pretrain: done, 101 steps")


def test_a_live_bar_keeps_what_matters_on_the_screen() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100, color_system=None)
    progress = LiveProgress(console)
    progress.advance()  # before anything began: nothing to show
    progress.end()
    progress.begin("pretrain [x]", 10, "steps")
    progress.advance(4, loss=2.5)
    progress.note("a note [with brackets]")
    progress.advance(6)
    progress.end()
    progress.begin("next", 10, "steps", done=5)
    progress.resize(20)
    progress.advance(3)
    assert progress.bars is not None
    assert (progress.bars.tasks[0].completed, progress.bars.tasks[0].total) == (8, 20)
    progress.close()
    shown = stream.getvalue()
    assert "a note [with brackets]" in shown
    assert "✓ pretrain [x]: 10 steps" in shown
    assert "loss 2.5" in shown
