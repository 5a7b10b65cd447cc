"""Compiled in place: the same names, nearly the same numbers, and no compiler no harm."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dialecto.runtime import DialectoError
from dialecto.training import compiled
from dialecto.training.compiled import compile_model, try_compile, uncompiled, worth_trying
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.step import train_step
from tests.training.tiny import tiny_model, tiny_plan, tiny_stream

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("wanted", "seconds", "device", "on"),
    [
        (True, 10.0, "cpu", True),
        (False, 1e6, "cpu", False),
        ("auto", None, "cpu", False),
        ("auto", 600.0, "cpu", False),
        ("auto", 7200.0, "cpu", True),
        ("auto", 600.0, "cuda", False),
        ("auto", 7200.0, "cuda", True),
    ],
)
def test_short_runs_are_not_compiled(
    wanted: bool | str, seconds: float | None, device: str, on: bool
) -> None:
    found = worth_trying(wanted, seconds, device)
    assert found.on is on
    assert found.why


def losses(model: Any) -> list[float]:
    stream = tiny_stream()
    optimizers = make_optimizers(model, "muon", muon_rates(32))
    return [train_step(model, next(stream), optimizers, tiny_plan(), CPU)[0] for _ in range(3)]


def test_a_compiled_model_trains_alike_under_the_same_names() -> None:
    """Through the tracer and autograd's compiler; the C++ back end is left out, for time."""
    plain, compiled = tiny_model(), tiny_model()
    compile_model(compiled, "aot_eager")
    assert losses(compiled) == pytest.approx(losses(plain), rel=1e-5)
    assert list(compiled.state_dict()) == list(plain.state_dict())
    ids = torch.arange(10)[None]
    with torch.no_grad(), uncompiled(compiled):
        before = torch._dynamo.utils.counters["stats"]["unique_graphs"]
        compiled(ids)
        assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == before


def test_a_trial_leaves_the_plain_model_where_compiling_fails_or_does_not_pay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = tiny_model()
    ids = torch.arange(10)[None]

    def broken(*_: Any) -> Any:
        raise RuntimeError("no compiler here")

    def step() -> Any:
        return model.base_model(ids)

    found = try_compile(model, "auto", step, broken)
    assert not found.on
    assert "no compiler here" in found.why
    assert found.as_dict() == {"on": False, "why": found.why, "spent": found.spent}
    assert torch.isfinite(model(ids).logits).all()
    with pytest.raises(DialectoError, match="compile: auto"):
        try_compile(model, True, step, broken)
    # The tracer alone makes nothing faster; a clock would have to be believed on a busy machine.
    monkeypatch.setattr(compiled, "_time", lambda step: (step(), 1.0)[1])
    assert not try_compile(model, "auto", step, "eager").on
    assert model.base_model._compiled_call_impl is None
