"""What is no step is planned for, and short runs look at less held-out text."""

from __future__ import annotations

import pytest

from dialecto.models.law import TextFacts
from dialecto.models.overhead import (
    HELD_BYTES,
    LEAST_HELD,
    LOOK_SHARE,
    LOOKS,
    overhead,
    seconds_before,
    seconds_of_steps,
)
from dialecto.models.shape import default_shape

SHAPE = default_shape(2, 128, 2048, 256)
TEXT = TextFacts(3_000_000, 10_000_000, 9_000, typical_document=2_000, held_bytes=500_000)


def test_looks_take_a_bounded_share_of_a_short_run() -> None:
    rate = 40_000.0
    short = overhead(SHAPE, TEXT, rate, 30)
    assert LEAST_HELD < short.held_bytes < HELD_BYTES
    # bytes x tokens a byte x twice for overlapping windows x a third for the forward pass
    looks = LOOKS * short.held_bytes * 0.3 * 2 / 3 / rate
    assert looks == pytest.approx(LOOK_SHARE * 30, rel=0.01)
    assert short.seconds < 0.3 * 30


def test_a_long_run_looks_at_everything_and_loses_little() -> None:
    long = overhead(SHAPE, TEXT, 40_000.0, 3600)
    assert long.held_bytes == HELD_BYTES
    assert long.seconds < 0.06 * 3600


def test_steps_have_the_time_that_getting_ready_leaves() -> None:
    assert seconds_of_steps(600) == 592
    assert seconds_of_steps(40) == 36
    assert seconds_of_steps(600, compiling=50.0) == 542
    assert seconds_of_steps(60, compiling=90.0) == 30  # `compile: true` in a run too short for it
    assert seconds_of_steps(None) is None


def test_never_more_than_there_is_and_never_too_little() -> None:
    few = TextFacts(3_000_000, 10_000_000, 9_000, held_bytes=7_000)
    assert overhead(SHAPE, few, 40_000.0, 30).held_bytes == 7_000
    assert overhead(SHAPE, TEXT, 100.0, 30).held_bytes == LEAST_HELD


def test_short_documents_are_read_once() -> None:
    short = TextFacts(3_000_000, 10_000_000, 200, typical_document=100, held_bytes=500_000)
    fast = 40_000.0
    assert overhead(SHAPE, short, fast, 30).held_bytes > overhead(SHAPE, TEXT, fast, 30).held_bytes


def test_what_comes_before_pretraining_grows_with_the_text_and_is_bounded() -> None:
    assert (
        seconds_before(0, 600) < seconds_before(20_000_000, 600) == seconds_before(20_000_000, 6000)
    )
    assert seconds_before(10**9, 60) < 10
