"""A tiny run, and ways to disturb it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from dialecto.runtime import SilentProgress
from dialecto.training.loop import train
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.run import LoopPlan, LoopResult
from tests.training.tiny import tiny_model, tiny_stream


class Told(SilentProgress):
    """Remembers the notes; sends this process a signal when a run has come so far."""

    def __init__(self, stop: int = 0, number: int = signal.SIGINT) -> None:
        self.notes: list[str] = []
        self.left, self.number = stop, number

    def note(self, text: str) -> None:
        self.notes.append(text)

    def advance(self, amount: float = 1, **_facts: float | str) -> None:
        if amount > 0:
            self.left -= int(amount)
            if self.left == 0:
                os.kill(os.getpid(), self.number)


def run(
    work: Path,
    plan: LoopPlan,
    progress: Any = None,
    validate: Callable[[Any], float] | None = None,
    stream: Any = None,
    prepared: Callable[[Any], object] = lambda _model: None,
    **more: Any,
) -> tuple[LoopResult, Any]:
    """Train a tiny model. prepared: called with it first."""
    work.mkdir(exist_ok=True)
    model = tiny_model()
    prepared(model)
    result = train(
        model,
        stream or tiny_stream(),
        make_optimizers(model, "muon", muon_rates(32)),
        plan,
        work=work,
        progress=progress or SilentProgress(),
        label="test",
        validate=(lambda: validate(model)) if validate else None,
        **more,
    )
    return result, model


def same_weights(one: Any, other: Any) -> bool:
    """Bit for bit."""
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
