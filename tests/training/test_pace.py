"""Runs end when their budget does, on machines that are slower or faster than measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialecto.models.ramp import make_ramp, rows_of_step
from dialecto.training.pace import Limits, Look, in_time
from dialecto.training.schedule import make_schedule


def test_a_fast_machine_uses_the_time_that_is_left() -> None:
    schedule = make_schedule(100, 0.02, 0.65)
    plan = Limits(seconds=100.0, cooldown=0.65, most_steps=180)
    longer, why = in_time(schedule, plan, 33, 19.5, 20.0)  # 0.61 s a step
    assert longer.steps == 165
    assert "faster" in why
    assert longer.cool_from == 165 - round(165 * 0.65)
    bounded, why = in_time(schedule, replace(plan, most_steps=120), 33, 19.5, 20.0)
    assert bounded.steps == 120
    for kept in (
        in_time(schedule, replace(plan, most_steps=100), 33, 19.5, 20.0),  # the text bounds it
        in_time(schedule, plan, 33, 20.0, 20.5),  # not a time to look
        in_time(schedule, plan, 23, 19.5, 20.0),  # near enough
        in_time(schedule, plan, 96, 89.5, 90.0, 0, Look(80, 75.0)),  # too late to gain much
        in_time(schedule, plan, 10, 19.5, 20.0),  # slow, but too early to tell
    ):
        assert kept == (schedule, "")


def test_a_cooldown_that_has_begun_goes_on_more_slowly() -> None:
    schedule = make_schedule(100, 0.02, 0.65)
    plan = Limits(seconds=100.0, cooldown=0.65, most_steps=180)
    longer, why = in_time(schedule, plan, 64, 49.5, 50.0)
    assert longer.steps == 128
    assert "made longer" in why
    assert longer.rate(64) == schedule.rate(64)  # no jump
    assert schedule.rate(70) < longer.rate(70) < longer.rate(64)
    assert longer.rate(127) == pytest.approx(longer.floor, abs=0.02)


def test_the_speed_is_the_slower_one_where_a_run_is_made_longer() -> None:
    schedule = make_schedule(100, 0.02, 0.65)
    plan = Limits(seconds=100.0, cooldown=0.65, most_steps=180)
    # Fast at first, and no more: 64 steps in 50 s, 50 of them in the first 20.
    assert in_time(schedule, plan, 64, 49.5, 50.0, 0, Look(50, 20.0)) == (schedule, "")


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_the_small_steps_of_a_ramp_are_no_fast_machine(share: float) -> None:
    steps, rows, ramp = 140, 32, 0.2
    limits = Limits(100.0, 0.65, 2 * steps, make_ramp(steps, ramp))
    sizes = [rows_of_step(step, steps, rows, ramp) / rows for step in range(steps)]
    second = 100.0 / sum(sizes)  # of a whole batch
    schedule = make_schedule(steps, 0.02, 0.65)
    clock, passed = 0.0, []
    for size in sizes:
        passed.append((clock, clock := clock + size * second))
    step = next(n for n, (_, now) in enumerate(passed) if now >= share * 100.0)
    assert in_time(schedule, limits, step + 1, *passed[step]) == (schedule, "")


def test_a_ramp_on_a_fast_machine() -> None:
    steps, ramp = 140, 0.2
    limits = Limits(100.0, 0.65, 2 * steps, make_ramp(steps, ramp))
    schedule, batches = make_schedule(steps, 0.02, 0.65), limits.ramp.batches
    second = 100.0 / batches(steps) / 1.5  # of a whole batch, where it was planned for more
    step = next(n for n in range(steps) if batches(n) * second >= 20.0)
    longer, _ = in_time(schedule, limits, step, 19.9, batches(step) * second)
    assert batches(longer.steps) == pytest.approx(1.5 * batches(steps), abs=1)
    assert [limits.ramp.steps(batches(n)) for n in range(steps)] == list(range(steps))


def test_steps_that_were_taken_back_count_as_time() -> None:
    schedule = make_schedule(100, 0.02, 0.65)
    plan = Limits(seconds=100.0, cooldown=0.65, most_steps=100)
    assert in_time(schedule, plan, 45, 49.5, 50.0)[0].steps == 100  # 1.1 s a step: near enough
    shorter, why = in_time(schedule, plan, 30, 49.5, 50.0, 20)  # 1.0 s a step, 20 were in vain
    assert shorter.steps == 80
    assert why.startswith("20 steps were taken back (1.000 s a step): at step 30")


def test_the_later_the_look_the_stricter() -> None:
    schedule = make_schedule(100, 0.02, 0.65)
    plan = Limits(seconds=100.0, cooldown=0.65, most_steps=180)
    assert in_time(schedule, plan, 45, 49.0, 50.0)[0] == schedule  # it would take 111 s
    shorter, why = in_time(schedule, plan, 68, 74.0, 75.0, 0, Look(45, 50.0))
    assert shorter.steps == 91
    assert "slower than measured (1.087 s a step)" in why
    assert in_time(schedule, plan, 73, 74.0, 75.0, 0, Look(48, 50.0))[0] == schedule


def test_what_has_passed_is_no_reason() -> None:
    schedule = make_schedule(100, 0.02, 0.65)
    plan = Limits(seconds=100.0, cooldown=0.65, most_steps=180)
    assert in_time(schedule, plan, 71, 74.0, 75.0)[0].steps == 94  # so slow from the beginning
    assert in_time(schedule, plan, 71, 74.0, 75.0, 0, Look(46, 50.0))[0] == schedule
    # What begins late counts by itself only at the last look.
    assert in_time(schedule, plan, 73, 74.0, 75.0, 0, Look(53, 50.0))[0] == schedule
    assert in_time(schedule, plan, 85, 89.0, 90.0, 0, Look(76, 75.0))[0].steps == 91
