"""The planner is arithmetic: budgets in, shapes and steps out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dialecto.models.planner import MOST_EPOCHS, MachineSpeed, TrainingPlan, plan_training
from dialecto.recipe import PretrainSection

SPEED = MachineSpeed("cpu", "bf16", {128: 2e11, 256: 3e11, 512: 3e11})


def plan(section: PretrainSection | None = None, **changes: float) -> TrainingPlan:
    facts = {
        "seconds": 300.0,
        "vocabulary": 4096,
        "unique_tokens": 10_000_000,
        "longest_document": 5_000,
        **changes,
    }
    return plan_training(section or PretrainSection(), speed=SPEED, **facts)  # type: ignore[arg-type]


def test_more_time_gives_a_model_at_least_as_large_and_more_compute() -> None:
    plans = [plan(seconds=s) for s in (30, 120, 600, 3600, 86400)]
    sizes = [p.shape.parameters for p in plans]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert all(a.training_flops < b.training_flops for a, b in pairwise(plans))


def test_planned_time_is_the_budget() -> None:
    p = plan(seconds=300)
    seconds = p.training_flops / SPEED.at(p.shape.width)
    assert 0.85 * 300 < seconds <= 300


def test_a_small_corpus_is_not_repeated_for_ever() -> None:
    p = plan(seconds=3600, unique_tokens=50_000)
    assert p.epochs <= MOST_EPOCHS * 1.01


def test_the_recipe_overrides_each_choice() -> None:
    section = PretrainSection.model_validate(
        {
            "shape": {"layers": 3, "width": 96, "heads": 2, "kv_heads": 1, "feed_forward": 200},
            "context": 48,
            "batch_tokens": 480,
            "steps": 17,
        }
    )
    p = plan(section)
    assert (p.shape.layers, p.shape.width, p.shape.heads) == (3, 96, 2)
    assert (p.shape.kv_heads, p.shape.feed_forward, p.shape.context) == (1, 200, 48)
    assert (p.steps, p.batch_rows, p.seconds) == (17, 10, None)


def test_a_plan_survives_its_file() -> None:
    p = plan()
    assert TrainingPlan.from_dict({**p.as_dict(), "moved": "later"}) == p


def test_speed_between_two_measured_widths_lies_between() -> None:
    assert SPEED.at(64) == 2e11
    assert SPEED.at(192) == pytest.approx(2.5e11)
    assert SPEED.at(4096) == 3e11
