"""The planner is arithmetic: budgets in, shapes and steps out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dialecto.models.allowance import Allowance
from dialecto.models.law import TextFacts
from dialecto.models.overhead import seconds_before
from dialecto.models.planner import TrainingPlan, plan_training
from dialecto.models.speed import MachineSpeed
from dialecto.recipe import PretrainSection
from dialecto.runtime import DialectoError

SPEED = MachineSpeed("cpu", "bf16", {64: 4e10, 128: 1e11, 256: 2e11, 384: 2.5e11, 512: 2.7e11})


def plan(
    section: PretrainSection | None = None,
    *,
    seconds: float | None = 300.0,
    flops: float | None = None,
    tokens: int = 10_000_000,
    speed: MachineSpeed = SPEED,
) -> TrainingPlan:
    return plan_training(
        section or PretrainSection(),
        allowance=Allowance("", "seconds", 0.0, seconds, flops),
        vocabulary=4096,
        text=TextFacts(tokens, 4 * tokens, 5_000, ((1.0, 1.8), (4.0, 1.5), (16.0, 1.3))),
        speed=speed,
    )


def test_more_time_gives_a_model_at_least_as_large_and_more_compute() -> None:
    plans = [plan(seconds=s) for s in (30, 120, 600, 3600, 86400)]
    sizes = [p.shape.parameters for p in plans]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert all(a.training_flops < b.training_flops for a, b in pairwise(plans))


def test_planned_time_is_the_budget() -> None:
    p = plan(seconds=300)
    seconds = p.training_flops / SPEED.at(p.shape.width)
    assert 0.75 * 300 < seconds <= 300 - seconds_before(40_000_000, 300)


def test_a_small_corpus_is_not_repeated_for_ever() -> None:
    assert plan(seconds=36000, tokens=50_000).epochs < 20


def test_a_budget_in_flops_has_no_clock() -> None:
    p = plan(seconds=None, flops=1e14)
    assert p.seconds is None
    assert p.training_flops == pytest.approx(1e14, rel=0.02)


def test_the_best_candidate_that_fits_is_taken_and_the_rest_are_shown() -> None:
    p = plan()
    rows = list(p.candidates)
    assert p.predicted_bpb == rows[0]["predicted_bpb"]
    assert [r["predicted_bpb"] for r in rows] == sorted(r["predicted_bpb"] for r in rows)
    assert (rows[0]["layers"], rows[0]["width"]) == (p.shape.layers, p.shape.width)
    small = MachineSpeed("cpu", "bf16", SPEED.flops, memory=rows[0]["memory"])
    assert plan(speed=small).shape.parameters < p.shape.parameters


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


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"shape": {"layers": 2, "width": 64, "kv_heads": 3}}, "cannot share 3"),
        ({"architecture": "modernbert", "shape": {"width": 65}}, "65 values: an odd number"),
    ],
)
def test_a_shape_that_is_none_is_refused(asked: dict[str, object], said: str) -> None:
    """What the recipe leaves open is known only here."""
    with pytest.raises(DialectoError, match=said):
        plan(PretrainSection.model_validate(asked))


def test_heads_that_share_out_the_width_go_into_it() -> None:
    """Of what the budget chooses among, only widths of which the heads asked for take equal
    parts; where the width is asked for, the heads follow it."""
    section = PretrainSection.model_validate({"architecture": "gpt2", "shape": {"heads": 6}})
    found = plan(section)
    assert found.shape.width % 6 == 0
    assert all(int(str(row["width"])) % 6 == 0 for row in found.candidates)
    section = PretrainSection.model_validate({"architecture": "gpt2", "shape": {"width": 200}})
    assert plan(section).shape.heads == 2


def test_a_plan_survives_its_file() -> None:
    p = plan()
    assert TrainingPlan.from_dict({**p.as_dict(), "moved": "later"}) == p


def test_speed_between_two_measured_widths_lies_between() -> None:
    assert SPEED.at(32) == 4e10
    assert SPEED.at(192) == pytest.approx(1.5e11)
    assert SPEED.at(4096) == 2.7e11


def test_a_shape_that_the_budget_hardly_starts_is_not_chosen() -> None:
    slow = MachineSpeed("cpu", "fp32", {64: 1e9})
    p = plan(seconds=45, speed=slow)
    assert p.candidates[0]["fits"]
    assert p.training_flops <= 45 * 1e9
    assert not [row for row in p.candidates if row["width"] > 1000 and row["fits"]]


def test_processes_with_an_accelerator_each_read_more() -> None:
    one = MachineSpeed("cuda", "bf16", {64: 1e12}, memory=80e9)
    four = one.of_processes(4, sharded=True)
    assert 3 < four.at(64) / one.at(64) < 4
    assert four.memory == 4 * 80e9
    assert one.of_processes(4).memory == 80e9
    assert plan(speed=four).training_flops > 3 * plan(speed=one).training_flops
    assert SPEED.of_processes(4) == SPEED  # one processor, however many processes


def test_when_the_budget_allows_nothing_the_smallest_is_taken_and_it_is_said() -> None:
    slow = MachineSpeed("cpu", "fp32", {64: 1e6})
    for p in (plan(seconds=1, speed=slow), plan(seconds=None, flops=1e3)):
        assert (p.shape.layers, p.shape.width) == (2, 64)
        assert not p.candidates[0]["fits"]
        assert any("more than the budget: no model can make 10 steps" in line for line in p.why)
    narrow = MachineSpeed("cpu", "fp32", {64: 1e9}, memory=1e6)
    assert any("more than this machine has" in line for line in plan(speed=narrow).why)
    assert not [line for line in plan().why if "more than" in line]


def test_a_budget_larger_than_the_text_is_worth_is_said() -> None:
    p = plan(seconds=36_000, tokens=50_000)
    (steps,) = (reason for reason in p.reasons if reason["about"] == "steps")
    assert steps["why"] == "steps.text"
    assert steps["facts"]["seconds"] == pytest.approx(
        p.tokens / p.candidates[0]["tokens_per_second"], rel=0.01
    )
    assert "of 36,000 s: the rest stays unused" in next(w for w in p.why if w.startswith("steps"))
    # What looks and checkpoints would take of ten hours is no matter then.
    assert "besides" not in {reason["about"] for reason in p.reasons}
    assert all(r["why"] != "steps.text" for r in plan(seconds=300).reasons)


@pytest.mark.parametrize("architecture", ["bert", "modernbert", "t5"])
def test_bits_per_byte_are_not_promised_of_models_that_have_none(architecture: str) -> None:
    p = plan(PretrainSection.model_validate({"architecture": architecture}))
    assert p.predicted_bpb is None
    assert "predicted" not in {reason["about"] for reason in p.reasons}
    assert "predicted" in {reason["about"] for reason in plan().reasons}
