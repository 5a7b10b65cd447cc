"""Runs that leave their way go back, slow down, say so and go on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dialecto.runtime import DialectoError, Interrupted
from dialecto.training import checkpoint, loop, transitions
from dialecto.training.divergence import LEAST, SPIKE, WINDOW, Watch
from dialecto.training.journal import read_metrics
from dialecto.training.loop import train
from dialecto.training.optimizer import make_optimizers, rates_of
from tests.training.running import Told, run, same_weights
from tests.training.tiny import tiny_model, tiny_plan, tiny_stream

STEPS, ANCHOR = 30, 10  # the anchors are at 0, 10 and 20
Broken = dict[int, float]


class Killed(BaseException):
    """What no code of ours answers to."""


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    """step -> up to which share of the peak rate the weights are spoilt there."""
    wrong: Broken = {}
    step = loop.train_step

    def spoilt(model: Any, batch: Any, optimizers: Any, *rest: Any) -> tuple[float, float]:
        loss, norm = step(model, batch, optimizers, *rest)
        at = int(torch.initial_seed())  # the loop seeds each step with its number
        if optimizers.scale > wrong.get(at, math.inf):
            with torch.no_grad():
                model.get_output_embeddings().weight.fill_(math.nan)
        return loss, norm

    monkeypatch.setattr(loop, "train_step", spoilt)
    return wrong


def test_a_diverged_run_goes_back_and_slows_down(tmp_path: Path, broken: Broken) -> None:
    broken[13] = 0.3  # at the peak rate and at half of it
    told, ledger = Told(), []

    def record(action: str, facts: Mapping[str, Any]) -> None:
        ledger.append((action, dict(facts)))

    result, model = run(tmp_path, tiny_plan(STEPS), told, record=record)
    assert result.returns == 2
    assert result.steps == STEPS
    assert all(bool(p.isfinite().all()) for p in model.parameters())
    lines = read_metrics(tmp_path / "metrics.jsonl")
    assert [line["step"] for line in lines] == list(range(1, STEPS + 1))
    assert all(math.isfinite(line["loss"]) for line in lines)
    assert max(line["learning_rate"] for line in lines[:ANCHOR]) == 1.0
    assert max(line["learning_rate"] for line in lines[ANCHOR:]) == 0.25
    assert [action for action, _ in ledger] == ["test.diverged"] * 2
    assert ledger[1][1]["rate_scale"] == 0.25
    assert ledger[1][1]["back_to_step"] == ANCHOR
    assert "training diverged at step 15: the loss is nan; back to step 10" in told.notes[0]


@pytest.mark.parametrize("stop", [12, 14, 16, 28])
def test_a_diverged_run_resumes_exactly(tmp_path: Path, broken: Broken, stop: int) -> None:
    broken[13] = 0.6
    plan = tiny_plan(STEPS)
    whole, model = run(tmp_path / "whole", plan)
    with pytest.raises(Interrupted):
        run(tmp_path / "parts", plan, Told(stop))
    parts, again = run(tmp_path / "parts", plan)
    assert (parts.returns, parts.loss) == (whole.returns, whole.loss) == (1, whole.loss)
    assert same_weights(model, again)


def test_when_checkpoints_are_written_changes_nothing(tmp_path: Path, broken: Broken) -> None:
    broken[13] = 0.6
    _, model = run(tmp_path / "rare", tiny_plan(STEPS))
    _, again = run(tmp_path / "often", tiny_plan(STEPS, checkpoint_seconds=0.0))
    assert same_weights(model, again)


def test_an_anchor_that_is_spoilt_itself_is_passed_over(tmp_path: Path, broken: Broken) -> None:
    broken[ANCHOR - 1] = 0.6  # by the step whose weights the anchor holds; its loss was in order
    told = Told()
    whole, model = run(tmp_path / "whole", tiny_plan(STEPS), told)
    assert whole.returns == 1
    assert "diverged at step 11: the loss is nan; back to step 0 with 0.5" in told.notes[0]
    assert bool(all(p.isfinite().all() for p in model.parameters()))
    for stop in (ANCHOR, ANCHOR + 4):
        work = tmp_path / f"stopped-{stop}"
        with pytest.raises(Interrupted):
            run(work, tiny_plan(STEPS), Told(stop))
        assert same_weights(model, run(work, tiny_plan(STEPS))[1])


def test_a_run_killed_on_its_way_back_comes_back_to_the_same(
    tmp_path: Path, broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken[13] = 0.6
    broken[ANCHOR - 1] = 0.3  # twice, of which once to an earlier anchor
    often = tiny_plan(STEPS, checkpoint_seconds=0.0)
    whole, model = run(tmp_path / "whole", often)

    def killed(*_: Any) -> None:
        raise Killed

    for number, name in enumerate(("drop_later", "amend_anchor")):
        work = tmp_path / f"killed-{number}"
        monkeypatch.setattr(transitions, name, killed)
        with pytest.raises(Killed):
            run(work, often)
        monkeypatch.setattr(transitions, name, getattr(checkpoint, name))
        parts, again = run(work, often)
        assert parts.returns == whole.returns > 0
        assert same_weights(model, again)


def test_a_rate_far_too_high_is_seen_from_the_start(tmp_path: Path) -> None:
    told, model = Told(), tiny_model(initialisation="scaled")
    optimizers = make_optimizers(model, "adamw", rates_of("adamw", 32, 8.0, None))
    with pytest.raises(DialectoError, match=r"3 times and its rate .* Lower `learning_rate`"):
        train(
            model, tiny_stream(), optimizers, tiny_plan(80),
            work=tmp_path, progress=told, label="test",
        )  # fmt: skip
    guess = math.log(model.config.vocab_size)
    assert f"above {1.2 * guess:.2f}" in told.notes[0]
    assert "back to step 0 with 0.5" in told.notes[0]


def test_beginnings_that_are_worse_than_guesses_are_in_order() -> None:
    watch = Watch(guess=4.6)
    for loss in (*(15.0 - step for step in range(10)), 4.0, 3.9):
        watch = watch.see(loss)
        assert watch.over == 0


def test_it_gives_up_with_advice(tmp_path: Path) -> None:
    def spoil(model: Any) -> None:
        with torch.no_grad():
            model.get_output_embeddings().weight[5] = float("nan")

    with pytest.raises(DialectoError, match=r"step 1: the loss is nan, though .* 3 times .* 0.125"):
        run(tmp_path, tiny_plan(), prepared=spoil)


@pytest.mark.parametrize(("first", "back"), [(20, 10), (21, 20)])  # weights of step 20 are good
def test_losses_that_stay_high_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int, back: int
) -> None:
    step = loop.train_step

    def high(model: Any, batch: Any, optimizers: Any, *rest: Any) -> tuple[float, float]:
        loss, norm = step(model, batch, optimizers, *rest)
        return loss + 30.0 * (optimizers.scale == 1 and torch.initial_seed() >= first), norm

    monkeypatch.setattr(loop, "train_step", high)
    told = Told()
    result, _ = run(tmp_path, tiny_plan(40), told)
    assert result.returns == 1
    assert f"diverged at step {first + SPIKE}" in told.notes[0]
    assert f"back to step {back} with 0.5 of" in told.notes[0]


def seen(losses: Any) -> Watch:
    watch = Watch()
    for loss in losses:
        watch = watch.see(float(loss))
        assert not watch.why(float(loss))
    return watch


def test_ordinary_losses_are_in_order() -> None:
    random = np.random.default_rng(1)
    steps = np.arange(2000)
    falling = 2 + 7 * np.exp(-steps / 60)
    seen(falling + random.normal(0, 0.2, 2000))
    seen(np.where(steps % 50 < SPIKE - 1, 9.0, 3.0))  # hard rows, and then it goes on
    seen(np.maximum(0.01, falling - 2) * random.uniform(0.5, 1.5, 2000))  # known by heart
    few = seen([1.0] * (LEAST - 1))
    assert few.bound() == math.inf


def test_the_watch_forgets_what_is_long_past() -> None:
    watch = seen([9.0] * 200 + [3.0] * WINDOW)
    assert watch.bound() == pytest.approx(3.6)
    assert len(watch.recent) == WINDOW
