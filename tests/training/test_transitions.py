"""What changes a run's state, without a model: the schedule that follows the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from dialecto.training.checkpoint import RunState
from dialecto.training.divergence import Watch
from dialecto.training.pieces import Position
from dialecto.training.run import Move
from dialecto.training.schedule import make_schedule
from dialecto.training.transitions import measured, paced, stepped
from tests.training.tiny import tiny_plan

STEPS, SECONDS = 1000, 100.0


def ran(
    slowness: Callable[[float], float], moves: tuple[Move, ...] = (), most: int = 2 * STEPS
) -> tuple[RunState, list[str]]:
    """A run's end, and why it was shortened. slowness: of a step that begins at so many seconds.
    moves: of a run that is repeated."""
    plan = tiny_plan(STEPS, seconds=SECONDS, cooldown=0.65, most_steps=most, moves=moves)
    schedule = make_schedule(plan.steps, plan.warmup, plan.cooldown)
    state = RunState(0, 0, 0, 0, 0.0, None, asdict(schedule))
    told = []
    while state.step < state.schedule["steps"]:
        before = state.seconds
        state = stepped(state, Position(0, state.step), 7, 2.0, Watch())
        state = replace(state, seconds=before + SECONDS / STEPS * slowness(before))
        state, why = paced(state, plan, before)
        told += [why] if why else []
    assert state.tokens == 7 * state.step
    return state, told


@pytest.mark.parametrize(
    "slowness",
    [
        *((lambda _now, k=k: k) for k in (1.04, 1.06, 1.14, 1.2, 3.0)),
        lambda now: 2.0 if now > 60 else 1.0,
        lambda now: 1.5 if now > 80 else 1.0,
        lambda now: 1.5 if now > 91 else 1.0,
        *((lambda _now, k=k: k) for k in (0.5, 0.6, 0.8, 0.84, 0.89, 0.96)),
        lambda now: 0.6 if now < 40 else 1.0,
    ],
)
def test_a_run_ends_with_its_budget(slowness: Callable[[float], float]) -> None:
    state, _ = ran(slowness)
    assert 0.88 * SECONDS < state.seconds < 1.05 * SECONDS


@pytest.mark.parametrize("pace", [1.0, 0.96, 1.04, 0.5])
@pytest.mark.parametrize("before", [1.6, 0.6, 1.0])
def test_a_run_is_repeated_unless_the_machine_is_far_too_slow(before: float, pace: float) -> None:
    """pace: of the machine that repeats it, beside that of the one that ran it."""
    first, _ = ran(lambda _now: before)
    moves = tuple(Move(**move) for move in first.moves)
    most = moves[-1].steps if moves else STEPS
    again, told = ran(lambda _now: before * pace, moves, most)
    assert again.step == first.step
    assert again.schedule == first.schedule
    assert len(told) == len(moves)
    slow, told = ran(lambda _now: before * 2.0, moves, most)
    assert slow.step < first.step
    assert slow.seconds < 1.05 * SECONDS
    assert "slower" in told[-1]


def test_what_becomes_fast_later_uses_some_of_what_is_left() -> None:
    state, _ = ran(lambda now: 0.6 if now > 30 else 1.0)
    assert 0.85 * SECONDS < state.seconds < SECONDS
    assert state.step > 1.2 * STEPS


@pytest.mark.parametrize(
    "slowness",
    [
        lambda now: 1.25 if now < 20 else 1.0,
        lambda now: 3.0 if 5 < now < 9 else 1.0,
        lambda now: 2.0 if 55 < now < 60 else 1.0,
        lambda _now: 0.91,  # a little faster than measured
        lambda now: 0.8 if now < 9 else 1.0,
    ],
)
def test_a_passing_disturbance_changes_nothing(slowness: Callable[[float], float]) -> None:
    state, told = ran(slowness)
    assert told == []
    assert state.step == STEPS


def test_only_better_measures_are_the_best() -> None:
    state = RunState(0, 0, 0, 0, 0.0, None, {})
    for value, best, worse in ((2.0, 2.0, 0), (2.0, 2.0, 1), (float("nan"), 2.0, 2), (1.0, 1.0, 0)):
        state = measured(state, value)
        assert (state.best, state.worse) == (best, worse)
