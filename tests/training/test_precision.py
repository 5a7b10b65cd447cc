"""Number formats: fp16 with a scaled loss, and what a machine is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from dialecto.runtime import DialectoError, Interrupted, SilentProgress
from dialecto.training import precision
from dialecto.training.journal import read_metrics
from dialecto.training.loop import train
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.precision import choose_precision, make_scaler
from dialecto.training.step import train_step
from tests.training.test_loop import StopAt
from tests.training.tiny import tiny_model, tiny_plan, tiny_stream

CPU = torch.device("cpu")


def run(work: Path, format_: str, progress: Any = None) -> Any:
    work.mkdir(exist_ok=True)
    model = tiny_model()
    train(
        model,
        tiny_stream(),
        make_optimizers(model, "muon", muon_rates(32)),
        tiny_plan(precision=format_, clip=1.0),
        work=work,
        progress=progress or SilentProgress(),
        label="test",
    )
    return model


def test_fp16_trains_as_fp32_and_resumes_exactly(tmp_path: Path) -> None:
    run(tmp_path / "fp32", "fp32")
    whole = run(tmp_path / "whole", "fp16")
    with pytest.raises(Interrupted):
        run(tmp_path / "parts", "fp16", StopAt(3))
    parts = run(tmp_path / "parts", "fp16")
    for a, b in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.equal(a, b)
    wide, half, again = (
        read_metrics(tmp_path / name / "metrics.jsonl") for name in ("fp32", "whole", "parts")
    )
    for a, b, c in zip(wide, half, again, strict=True):
        assert b["loss"] == pytest.approx(a["loss"], rel=2e-3)
        assert b["gradient_norm"] == pytest.approx(a["gradient_norm"], rel=0.05)
        assert (b["loss"], b["loss_scale"]) == (c["loss"], c["loss_scale"])


def test_an_overflow_moves_nothing_and_lowers_the_scale() -> None:
    model = tiny_model(random_outputs=True)
    optimizers = make_optimizers(model, "muon", muon_rates(32))
    optimizers.scaler = make_scaler("fp16", CPU)
    assert optimizers.scaler is not None
    optimizers.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    _, norm = train_step(model, next(tiny_stream()), optimizers, tiny_plan(precision="fp16"), CPU)
    assert not torch.tensor(norm).isfinite()
    assert optimizers.scaler.get_scale() == 2.0**39
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())


def test_a_processor_without_fp16_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_computes_fp16", lambda: False)
    with pytest.raises(DialectoError, match="precision: auto"):
        choose_precision("fp16", CPU)
    monkeypatch.setattr(precision, "_computes_fp16", lambda: True)
    assert choose_precision("fp16", CPU) == "fp16"
    assert choose_precision("fp32", CPU) == "fp32"
