"""Checkpointed activations, and batches that grow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from dialecto.models.architecture import DECODERS
from dialecto.models.ramp import rows_of_step, steps_with_ramp
from dialecto.runtime import Interrupted, SilentProgress
from dialecto.training.journal import read_metrics
from dialecto.training.loop import train
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.prepare import checkpoint_activations
from dialecto.training.step import train_step
from tests.training.test_loop import StopAt
from tests.training.tiny import tiny_model, tiny_plan, tiny_stream


@pytest.mark.parametrize("architecture", DECODERS)
def test_checkpointed_activations_train_alike(architecture: str) -> None:
    """Dropout too: the second forward pass draws what the first drew."""
    found = []
    for checkpointed in (False, True):
        model = tiny_model(random_outputs=True, architecture=architecture, dropout=0.2)
        model.train()
        if checkpointed:
            checkpoint_activations(model)
        optimizers = make_optimizers(model, "muon", muon_rates(32))
        stream = tiny_stream()
        torch.manual_seed(0)
        plan, cpu = tiny_plan(), torch.device("cpu")
        found.append([train_step(model, next(stream), optimizers, plan, cpu) for _ in range(3)])
        assert model.is_activation_checkpointing is checkpointed
    for plain, checked in zip(*found, strict=True):
        assert checked == pytest.approx(plain, rel=1e-5)


def test_a_ramp_reads_as_many_rows_in_more_steps() -> None:
    for steps, rows, ramp in ((100, 8, 0.2), (997, 64, 0.35), (50, 8, 0.0)):
        made = steps_with_ramp(steps, ramp)
        sizes = [rows_of_step(step, made, rows, ramp) for step in range(made)]
        assert sizes == sorted(sizes)
        assert sum(sizes) == pytest.approx(steps * rows, rel=0.01)
        assert set(sizes) == ({rows // 4, rows // 2, rows} if ramp else {rows})


def run(work: Path, ramp: float, progress: Any = None) -> Any:
    work.mkdir(exist_ok=True)
    model, stream = tiny_model(), tiny_stream(rows=8)
    seen: list[list[int]] = []
    take = stream.__class__.__next__

    class Noted(stream.__class__):  # type: ignore[name-defined,misc]
        def __next__(self) -> Any:
            batch = take(self)
            seen.extend(batch.inputs.tolist())
            return batch

    stream.__class__ = Noted
    train(
        model,
        stream,
        make_optimizers(model, "muon", muon_rates(32)),
        tiny_plan(12, batch_ramp=ramp),
        work=work,
        progress=progress or SilentProgress(),
        label="test",
    )
    return model, seen


def test_a_ramp_keeps_the_order_and_resumes_exactly(tmp_path: Path) -> None:
    whole, seen = run(tmp_path / "whole", 0.3)
    _, plain = run(tmp_path / "plain", 0.0)
    assert len(seen) < len(plain)
    assert seen == plain[: len(seen)]
    with pytest.raises(Interrupted):
        run(tmp_path / "parts", 0.3, StopAt(4))
    parts, later = run(tmp_path / "parts", 0.3)
    assert later == seen[len(seen) - len(later) :]
    for a, b in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.equal(a, b)
    lines = [read_metrics(tmp_path / part / "metrics.jsonl") for part in ("whole", "parts")]
    assert [line["loss"] for line in lines[0]] == [line["loss"] for line in lines[1]]
