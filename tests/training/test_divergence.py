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
from dialecto.training import loop
from dialecto.training.divergence import LEAST, SPIKE, WINDOW, Watch
from dialecto.training.journal import read_metrics
from tests.training.running import Told, run, same_weights
from tests.training.tiny import tiny_plan

STEPS, ANCHOR = 30, 10  # the anchors are at 0, 10 and 20
Broken = dict[int, float]


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


def test_it_gives_up_with_advice(tmp_path: Path) -> None:
    def spoil(model: Any) -> None:
        with torch.no_grad():
            model.get_output_embeddings().weight[5] = float("nan")

    with pytest.raises(DialectoError, match=r"step 1: the loss is nan, though .* 3 times .* 0.125"):
        run(tmp_path, tiny_plan(), prepared=spoil)


def test_losses_that_stay_high_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = loop.train_step

    def high(model: Any, batch: Any, optimizers: Any, *rest: Any) -> tuple[float, float]:
        loss, norm = step(model, batch, optimizers, *rest)
        return loss + 30.0 * (optimizers.scale == 1 and torch.initial_seed() >= 20), norm

    monkeypatch.setattr(loop, "train_step", high)
    told = Told()
    result, _ = run(tmp_path, tiny_plan(40), told)
    assert result.returns == 1
    assert f"diverged at step {20 + SPIKE}" in told.notes[0]
    assert "back to step 20 with 0.5 of" in told.notes[0]


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
