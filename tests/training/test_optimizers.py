"""Every optimizer: against its reference, over micro-batches, and stopped half-way."""

from __future__ import annotations

import copy
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dialecto.recipe import PretrainSection
from dialecto.runtime import DialectoError, Interrupted, SilentProgress
from dialecto.training.journal import read_metrics
from dialecto.training.loop import train
from dialecto.training.optimizer import (
    Optimizers,
    default_rates,
    make_optimizers,
    muon_rates,
    rates_of,
    split_parameters,
)
from dialecto.training.step import train_step
from tests.training.test_loop import StopAt
from tests.training.tiny import tiny_model, tiny_plan, tiny_stream

KINDS = ("muon", "adamw", "sgd", "adafactor", "adamw8bit")
CPU = torch.device("cpu")


def made(model: Any, kind: str) -> Optimizers:
    return make_optimizers(model, kind, default_rates(kind, 32))


def by_torch(kind: str, model: Any) -> Any:
    """The same optimizer as its own documentation writes it, matrices decayed."""
    rates = default_rates(kind, 32)
    matrices, *others = split_parameters(model)
    groups: list[dict[str, Any]] = [
        {"params": matrices, "weight_decay": rates.weight_decay},
        {"params": [p for group in others for p in group], "weight_decay": 0.0},
    ]
    if kind == "adamw":
        return torch.optim.AdamW(groups, lr=rates.matrix, betas=(0.9, 0.95), fused=False)
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=rates.matrix, momentum=0.9, nesterov=True)
    return torch.optim.Adafactor(groups, lr=rates.matrix, eps=(None, 1.0))


@pytest.mark.parametrize("kind", ["adamw", "sgd", "adafactor"])
def test_steps_are_those_of_torch(kind: str) -> None:
    ours = tiny_model(random_outputs=True)
    theirs = copy.deepcopy(ours)
    optimizers, reference = made(ours, kind), by_torch(kind, theirs)
    for batch in (next(tiny_stream()), next(tiny_stream(seed=8))):
        for model in (ours, theirs):
            keep: Any = Frozen()
            train_step(model, batch, keep, tiny_plan(), CPU)
        optimizers.step()
        reference.step()
        reference.zero_grad()
    for (name, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, msg=name)


class Frozen:
    """Leaves gradients where they are."""

    def backward(self, objective: torch.Tensor) -> None:
        objective.backward()

    def step(self, _clip: float | None) -> float:
        return 0.0


def test_eight_bits_follow_adamw_and_are_bytes() -> None:
    """Moments of a byte: the same way, nearly as far."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(96, 64, generator=generator)
    ways = []
    kept: dict[str, Any] = {}
    for kind in ("adamw", "adamw8bit"):
        model = tiny_model()
        matrix = model.model.layers[0].mlp.gate_proj.weight
        matrix.data = start.clone()
        optimizers = made(model, kind)
        draw = torch.Generator().manual_seed(1)
        for _ in range(20):
            matrix.grad = torch.randn(96, 64, generator=draw) + 0.3 * start
            optimizers.step()
        ways.append((matrix.data - start).flatten())
        kept = optimizers.parts[0].state[matrix]
    assert torch.nn.functional.cosine_similarity(ways[0], ways[1], dim=0) > 0.99
    assert ways[1].norm() == pytest.approx(float(ways[0].norm()), rel=0.05)
    assert kept["state1"].dtype == kept["state2"].dtype == torch.uint8


def test_without_bitsandbytes_the_recipe_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes.optim", None)
    with pytest.raises(DialectoError, match=r"dialecto\[adamw8bit\]"):
        made(tiny_model(), "adamw8bit")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("clip", [None, 0.1])
def test_micro_batches_train_as_the_whole_batch(kind: str, clip: float | None) -> None:
    """Rows hold unlike numbers of predictions. In float64, so that only a wrong weighting shows:
    the first steps of Adam are the gradient's sign, whatever its size."""
    ends = []
    for micro in (8, 3, 1):
        model = tiny_model(random_outputs=True).double()
        optimizers = made(model, kind)
        stream = tiny_stream(rows=8)
        for _ in range(3):
            batch = next(stream)
            batch.targets[0, 2:] = -100
            train_step(model, batch, optimizers, tiny_plan(micro_rows=micro, clip=clip), CPU)
        ends.append([p.detach().clone() for p in model.parameters()])
    # Muon multiplies in bf16, where a last digit may fall either way.
    tolerance = 1e-3 if kind in ("muon", "adamw8bit") else 1e-6
    for parts in ends[1:]:
        for a, b in zip(ends[0], parts, strict=True):
            torch.testing.assert_close(a, b, atol=tolerance, rtol=0)


def test_gradients_are_clipped_as_torch_clips_them() -> None:
    model = tiny_model(random_outputs=True)
    other = copy.deepcopy(model)
    batch = next(tiny_stream())
    keep: Any = Frozen()
    for each in (model, other):
        train_step(each, batch, keep, tiny_plan(), CPU)
    expected = torch.nn.utils.clip_grad_norm_(other.parameters(), 0.01)
    optimizers = made(model, "sgd")
    for optimizer in optimizers.parts:  # so that a step shows the gradient itself
        optimizer.step = lambda: None  # type: ignore[assignment,method-assign,misc,return-value]
        optimizer.zero_grad = lambda set_to_none=True: None  # type: ignore[method-assign]  # noqa: ARG005
    assert optimizers.step(0.01) == pytest.approx(float(expected), rel=1e-6)
    for a, b in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad)


def run(work: Path, kind: str, progress: Any = None, **changes: Any) -> Any:
    work.mkdir(exist_ok=True)
    model = tiny_model(
        dropout=0.1,
        width=64,
        initialisation=PretrainSection.model_validate({"optimizer": kind}).beginning,
    )
    train(
        model,
        tiny_stream(),
        made(model, kind),
        tiny_plan(**changes),
        work=work,
        progress=progress or SilentProgress(),
        label="test",
    )
    return model


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_every_optimizer_resumes_exactly(tmp_path: Path, kind: str, schedule: str) -> None:
    changes: dict[str, Any] = {"schedule": schedule, "clip": 0.5}
    whole = run(tmp_path / "whole", kind, **changes)
    with pytest.raises(Interrupted):
        run(tmp_path / "parts", kind, StopAt(3), **changes)
    parts = run(tmp_path / "parts", kind, **changes)
    for (name, a), b in zip(whole.named_parameters(), parts.named_parameters(), strict=True):
        assert torch.equal(a, b[1]), name
    lines = [read_metrics(tmp_path / part / "metrics.jsonl") for part in ("whole", "parts")]
    for a, b in zip(*lines, strict=True):
        assert (a["loss"], a["gradient_norm"]) == (b["loss"], b["gradient_norm"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_optimizer_learns(tmp_path: Path, kind: str) -> None:
    run(tmp_path, kind, steps=40)
    losses = [line["loss"] for line in read_metrics(tmp_path / "metrics.jsonl")]
    assert sum(losses[-5:]) < sum(losses[:5]) - 0.1 * math.log(97)


def test_a_recipe_s_rate_is_of_all_weights_where_they_have_one() -> None:
    muon, adamw = (rates_of(kind, 256, 0.5, None) for kind in ("muon", "adamw"))
    assert muon == replace(muon_rates(256), matrix=0.5)
    assert adamw == replace(
        default_rates("adamw", 256), matrix=0.5, embedding=0.5, head=0.5, gain=0.5
    )
    assert rates_of("sgd", 256, None, 0.7) == replace(default_rates("sgd", 256), weight_decay=0.7)
