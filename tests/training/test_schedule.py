"""Rates over a run, by kind, also when the run gets another length on its way."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from dialecto.training.schedule import FINAL_SHARES, make_schedule

KINDS = ("wsd", "cosine", "linear")


def test_wsd_rises_stays_and_falls_to_its_end() -> None:
    schedule = make_schedule(100, 0.1, 0.5)
    rates = [schedule.rate(step) for step in range(100)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:50] == [1.0] * 40
    assert rates[50:] == sorted(rates[50:], reverse=True)
    assert FINAL_SHARES["wsd"] < rates[-1] < FINAL_SHARES["wsd"] + 0.05
    assert schedule.momentum(0) == 0.85
    assert schedule.momentum(99) == pytest.approx(0.95)


@pytest.mark.parametrize("kind", ["cosine", "linear"])
@pytest.mark.parametrize("final", [None, 0.25])
def test_falling_schedules_are_torchs(kind: str, final: float | None) -> None:
    """After the warm-up, step by step what torch's own scheduler sets."""
    steps, warm = 60, 6
    schedule = make_schedule(steps, warm / steps, 0.65, kind, final)
    floor = FINAL_SHARES[kind] if final is None else final
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    falling: torch.optim.lr_scheduler.LRScheduler = (
        torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps - warm, floor)
        if kind == "cosine"
        else torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, floor, steps - warm)
    )
    for step in range(warm, steps):
        assert schedule.rate(step) == pytest.approx(falling.get_last_lr()[0], abs=1e-9)
        optimizer.step()
        falling.step()
    assert [schedule.rate(step) for step in range(warm)] == [(s + 1) / warm for s in range(warm)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", [5, 30, 70])
@pytest.mark.parametrize("steps", [80, 140])
def test_a_run_of_another_length_does_not_jump_and_comes_to_its_end(
    kind: str, step: int, steps: int
) -> None:
    whole = make_schedule(100, 0.1, 0.5, kind)
    other = whole.resized(step, steps, 0.5)
    rates = [other.rate(s) for s in range(step, steps)]
    assert rates[0] == pytest.approx(whole.rate(step))
    peak = rates.index(max(rates))
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert max(abs(a - b) for a, b in pairwise(rates)) < 0.16
    assert other.rate(steps) == pytest.approx(FINAL_SHARES[kind])


def test_a_schedule_is_resized_twice_from_where_it_is() -> None:
    schedule = make_schedule(100, 0.1, 0.5, "cosine")
    once = schedule.resized(50, 80, 0.5)
    twice = once.resized(70, 75, 0.5)
    assert twice.rate(70) == pytest.approx(once.rate(70))
    assert twice.rate(75) == pytest.approx(0.1)
