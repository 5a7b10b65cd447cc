"""Runs that are stopped and started again end as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dialecto.recipe.architectures import OBJECTIVES
from dialecto.runtime import Interrupted, SilentProgress
from dialecto.training.checkpoint import load_checkpoint
from dialecto.training.journal import read_metrics
from dialecto.training.loop import train
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.run import LoopPlan, LoopResult
from tests.training.tiny import tiny_model, tiny_plan, tiny_stream


class StopAt(SilentProgress):
    """Sends this process a signal when a run has come so far."""

    def __init__(self, step: int) -> None:
        self.left = step

    def advance(self, amount: float = 1, **_facts: float | str) -> None:
        self.left -= int(amount)
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGINT)


class StopAfterMove(SilentProgress):
    """Sends this process a signal when a run has been given another length."""

    def note(self, text: str) -> None:
        if "shortened" in text:
            os.kill(os.getpid(), signal.SIGINT)


def run(
    work: Path, plan: LoopPlan, progress: Any = None, validate: Any = None, **kind: Any
) -> tuple[LoopResult, Any]:
    work.mkdir(exist_ok=True)
    model = tiny_model(**kind)
    result = train(
        model,
        tiny_stream(architecture=kind.get("architecture", "qwen3")),
        make_optimizers(model, "muon", muon_rates(32)),
        plan,
        work=work,
        progress=progress or SilentProgress(),
        label="test",
        validate=(lambda: validate(model)) if validate else None,
    )
    return result, model


def losses(work: Path) -> list[float]:
    return [line["loss"] for line in read_metrics(work / "metrics.jsonl")]


@pytest.mark.parametrize("architecture", list(OBJECTIVES)[1:])
def test_every_family_resumes_exactly_with_dropout(tmp_path: Path, architecture: str) -> None:
    kind: dict[str, Any] = {"architecture": architecture, "dropout": 0.2}
    _, model = run(tmp_path / "whole", tiny_plan(), **kind)
    with pytest.raises(Interrupted):
        run(tmp_path / "parts", tiny_plan(), StopAt(3), **kind)
    _, again = run(tmp_path / "parts", tiny_plan(), **kind)
    for (name, a), b in zip(model.named_parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b), name
    assert losses(tmp_path / "whole") == losses(tmp_path / "parts")


@pytest.mark.parametrize("stop", [1, 4, 7])
def test_a_stopped_run_ends_with_the_same_weights_and_losses(tmp_path: Path, stop: int) -> None:
    whole, model = run(tmp_path / "whole", tiny_plan())
    with pytest.raises(Interrupted) as stopped:
        run(tmp_path / "parts", tiny_plan(), StopAt(stop))
    assert stopped.value.saved is not None
    assert stopped.value.saved.is_dir()
    parts, again = run(tmp_path / "parts", tiny_plan())
    assert parts.loss == whole.loss
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name


def test_a_damaged_newest_checkpoint_is_passed_over(tmp_path: Path) -> None:
    plan = tiny_plan(checkpoint_seconds=0.0)
    whole, _ = run(tmp_path / "whole", plan)
    with pytest.raises(Interrupted):
        run(tmp_path / "parts", plan, StopAt(6))
    newest, older = sorted((tmp_path / "parts" / "checkpoints").glob("[0-9]*"), reverse=True)
    data = bytearray((newest / "model.safetensors").read_bytes())
    data[-5] ^= 0xFF
    (newest / "model.safetensors").write_bytes(bytes(data))
    model = tiny_model()
    state = load_checkpoint(
        newest.parent, model, make_optimizers(model, "muon", muon_rates(32)).parts
    )
    assert state is not None
    assert state.step == int(older.name)
    parts, _ = run(tmp_path / "parts", plan)
    assert parts.loss == whole.loss


def test_a_slow_machine_still_finishes_its_schedule(tmp_path: Path) -> None:
    result, _ = run(tmp_path, tiny_plan(steps=100_000, seconds=1.5, cooldown=0.65))
    assert 1 < result.steps < 100_000
    assert "shortened" in result.moved
    rates = [line["learning_rate"] for line in read_metrics(tmp_path / "metrics.jsonl")]
    assert rates[-1] < 0.1


@pytest.mark.parametrize("stopped", [False, True])
def test_a_run_that_was_moved_is_repeated_exactly(tmp_path: Path, stopped: bool) -> None:
    """Also what was decided before an interruption is in the record."""
    plan = tiny_plan(steps=100_000, seconds=1.5, cooldown=0.65)
    if stopped:
        with pytest.raises(Interrupted):
            run(tmp_path / "first", plan, StopAfterMove())
    first, model = run(tmp_path / "first", plan)
    assert first.moves[0].why in first.moved
    again, same = run(tmp_path / "again", replace(plan, seconds=None, moves=first.moves))
    assert [(m.step, m.steps) for m in again.moves] == [(m.step, m.steps) for m in first.moves]
    assert "as in the run that is repeated" in again.moved
    assert losses(tmp_path / "again") == losses(tmp_path / "first")
    assert all(map(torch.equal, same.parameters(), model.parameters()))


def test_training_learns_and_the_journal_tells(tmp_path: Path) -> None:
    run(tmp_path, tiny_plan(steps=60))
    lines = read_metrics(tmp_path / "metrics.jsonl")
    assert [line["step"] for line in lines] == list(range(1, 61))
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert {"seconds", "tokens", "bpb", "learning_rate", "tokens_per_second"} <= set(lines[0])


def test_a_half_written_line_of_the_journal_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text(json.dumps({"step": 1, "loss": 2.0}) + '\n{"step": 2, "lo')
    assert read_metrics(path) == [{"step": 1, "loss": 2.0}]


def worsening() -> Any:
    """Held-out losses of a run that trains too long; remembers the weights at each look."""
    values = iter([3.0, 1.0, 2.0, 2.5])
    seen: list[torch.Tensor] = []

    def validate(model: Any) -> float:
        seen.append(model.get_input_embeddings().weight.detach().clone())
        return next(values)

    validate.seen = seen  # type: ignore[attr-defined]
    return validate


def test_the_weights_that_read_held_out_text_best_are_kept(tmp_path: Path) -> None:
    validate = worsening()
    result, model = run(tmp_path, tiny_plan(steps=12), validate=validate)
    assert result.validation == 1.0
    assert torch.equal(model.get_input_embeddings().weight, validate.seen[1])
    assert not torch.equal(validate.seen[1], validate.seen[3])
