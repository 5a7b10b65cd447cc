"""Which optimizer trains which weights, and at what rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from dialecto.models.initialise import POSITIONS
from dialecto.training.muon import Muon
from dialecto.training.schedule import Trapezoid


@dataclass(frozen=True)
class Rates:
    """Peak learning rates. `matrix` is Muon's or AdamW's, by the optimizer chosen."""

    matrix: float
    embedding: float
    head: float
    gain: float
    weight_decay: float


def muon_rates(width: int) -> Rates:
    """The speed runs' rates; AdamW's scale with width as (width / 768) ** -0.5."""
    scale = (width / 768) ** -0.5
    return Rates(
        matrix=0.03,
        embedding=0.1 * scale,
        head=0.008 * scale,
        gain=0.01,
        weight_decay=0.1,
    )


def adamw_rates() -> Rates:
    """One rate for all, as the tutorials have it."""
    return Rates(matrix=1e-3, embedding=1e-3, head=1e-3, gain=1e-3, weight_decay=0.1)


@dataclass
class Optimizers:
    """The optimizers of a run, stepped together."""

    parts: list[torch.optim.Optimizer]
    peaks: list[list[float]]

    def set(self, schedule: Trapezoid, step: int) -> float:
        """Set rates and momentum for a step; returns the share of the peak rate."""
        share = schedule.rate(step)
        for optimizer, peaks in zip(self.parts, self.peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * share
                if isinstance(optimizer, Muon):
                    group["momentum"] = schedule.momentum(step)
        return share

    def step(self) -> None:
        for optimizer in self.parts:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)


def make_optimizers(model: Any, kind: str, rates: Rates) -> Optimizers:
    """`muon`: Muon for the blocks' matrices, AdamW for the rest. `adamw`: AdamW for all."""
    matrices, embeddings, heads, gains = split_parameters(model)
    small = [(embeddings, rates.embedding), (heads, rates.head), (gains, rates.gain)]
    groups = [{"params": params, "lr": rate} for params, rate in small if params]
    if kind == "muon":
        parts: list[torch.optim.Optimizer] = [
            Muon(matrices, lr=rates.matrix, weight_decay=rates.weight_decay),
            torch.optim.AdamW(groups, fused=True, betas=(0.8, 0.96), eps=1e-10, weight_decay=0.0),
        ]
    else:
        decayed = {"params": matrices, "lr": rates.matrix, "weight_decay": rates.weight_decay}
        parts = [
            torch.optim.AdamW(
                [decayed, *groups], fused=True, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0
            )
        ]
    return Optimizers(parts, [[float(g["lr"]) for g in o.param_groups] for o in parts])


Parameters = list[torch.nn.Parameter]


def split_parameters(model: Any) -> tuple[Parameters, Parameters, Parameters, Parameters]:
    """(block matrices, input embeddings, output head, one-dimensional gains)."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    heads = [] if head is None or head.weight is embedding.weight else [head.weight]
    # Learned positions, where a model has them, are looked up like the embeddings.
    positions = [p for name, p in model.named_parameters() if name.endswith(POSITIONS)]
    special = {id(weight) for weight in (embedding.weight, *heads, *positions)}
    others = [p for p in model.parameters() if id(p) not in special]
    return (
        [p for p in others if p.ndim >= 2],
        [embedding.weight, *positions],
        heads,
        [p for p in others if p.ndim < 2],
    )
