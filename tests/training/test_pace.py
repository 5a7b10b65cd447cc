"""Runs end when their budget does, on machines that are slower or faster than measured."""

from __future__ import annotations

from dataclasses import replace

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
        in_time(schedule, plan, 24, 19.5, 20.0),  # near enough
        in_time(schedule, plan, 90, 49.5, 50.0),  # its cooldown has begun
        in_time(schedule, plan, 10, 19.5, 20.0),  # slow, but too early to tell
    ):
        assert kept == (schedule, "")


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
