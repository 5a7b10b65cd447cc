"""Which optimizer trains which weights, and at what rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from dialecto.models.initialise import DISTANCES, POSITIONS, TIED
from dialecto.training.distributed.sharding import whole
from dialecto.training.eight_bits import adamw_8bit
from dialecto.training.muon import Muon
from dialecto.training.schedule import Schedule


@dataclass(frozen=True)
class Rates:
    """Peak learning rates. `matrix` is of the blocks' matrices, by the optimizer chosen."""

    matrix: float
    embedding: float
    head: float
    gain: float
    weight_decay: float


def default_rates(kind: str, width: int) -> Rates:
    """The peak rates of an optimizer for a model of this width."""
    if kind == "muon":
        return muon_rates(width)
    rate, falls, weight_decay = _ALIKE[kind]
    return _alike(rate * min(_MEASURED / width, 1.0) if falls else rate, weight_decay)


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


# The others have one rate for all weights: (rate, whether it falls with width, weight decay).
# Rates are the best of benchmarks/ablations.py at this width; steps of Adam's kind are of one size
# whatever the gradient, so in wider models they must be smaller [arXiv 2203.03466].
_MEASURED = 128
_ALIKE = {
    "adamw": (1e-2, True, 0.1),
    "adamw8bit": (1e-2, True, 0.1),
    "sgd": (0.9, False, 1e-4),
    "adafactor": (6e-3, True, 0.0),
}


def _alike(rate: float, weight_decay: float) -> Rates:
    return Rates(rate, rate, rate, rate, weight_decay)


def rates_of(kind: str, width: int, matrix: float | None, weight_decay: float | None) -> Rates:
    """The optimizer's rates with what a recipe says. Its rate is of the blocks' matrices; where
    all weights have one rate, it is of all."""
    rates = default_rates(kind, width)
    if matrix is not None:
        one = kind in _ALIKE
        rates = replace(_alike(matrix, rates.weight_decay) if one else rates, matrix=matrix)
    return rates if weight_decay is None else replace(rates, weight_decay=weight_decay)


@dataclass
class Optimizers:
    """The optimizers of a run, stepped together."""

    parts: list[Any]  # torch's optimizers, or one that stands for the slices of such a one
    peaks: list[list[float]]
    scaler: torch.amp.GradScaler | None = None  # of a loss in fp16
    scale: float = 1.0  # of all rates: lower once a run has diverged
    sliced: Any = None  # the optimizer, if DeepSpeed has its gradients (distributed.on_deepspeed)

    def scaler_state(self) -> dict[str, Any]:
        """What a checkpoint keeps of the scaler."""
        return {} if self.scaler is None else self.scaler.state_dict()

    def set(self, schedule: Schedule, step: int) -> float:
        """Set rates and momentum for a step; returns the share of the peak rate."""
        share = schedule.rate(step) * self.scale
        for optimizer, peaks in zip(self.parts, self.peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * share
                if isinstance(optimizer, Muon):
                    group["momentum"] = schedule.momentum(step)
        return share

    def backward(self, objective: torch.Tensor) -> None:
        """Add a part of the batch to the gradients."""
        if self.sliced is not None:
            self.sliced.backward(objective)
            return
        scaled = objective if self.scaler is None else self.scaler.scale(objective)
        scaled.backward()

    def step(self, clip: float | None = None) -> float:
        """Move the weights and drop the gradients; returns the gradients' global norm.

        A gradient longer than `clip` is shortened to it. Where one overflowed in fp16, no weight
        moves and the next loss is scaled less.
        """
        if self.sliced is not None:  # it was told how to clip when it was made
            norm_before: float = self.sliced.step()
            return norm_before
        if self.scaler is not None:
            for optimizer in self.parts:
                self.scaler.unscale_(optimizer)
        gradients = [p.grad for p in self.parameters() if p.grad is not None]
        norm = whole(torch.nn.utils.get_total_norm(gradients))
        if clip is not None:
            torch.nn.utils.clip_grads_with_norm_(self.parameters(), clip, norm)
        moves = self.scaler is None or bool(norm.isfinite())
        for optimizer in self.parts:
            if moves:
                optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if self.scaler is not None:
            self.scaler.update()
        return float(norm)

    def parameters(self) -> Iterator[torch.nn.Parameter]:
        """All that is trained."""
        for optimizer in self.parts:
            for group in optimizer.param_groups:
                yield from group["params"]


def make_optimizers(model: Any, kind: str, rates: Rates) -> Optimizers:
    """`muon`: Muon for the blocks' matrices, AdamW for the rest. Others: one for all weights."""
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
        parts = [_one_for_all(kind, [decayed, *groups])]
    return Optimizers(parts, [[float(g["lr"]) for g in o.param_groups] for o in parts])


def _one_for_all(kind: str, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """The first group says its weight decay; the others have none."""
    if kind == "adamw":
        return torch.optim.AdamW(groups, fused=True, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0)
    if kind == "adamw8bit":
        return adamw_8bit(groups, betas=(0.9, 0.95), eps=1e-8)
    if kind == "sgd":
        return torch.optim.SGD(groups, momentum=0.9, nesterov=True, weight_decay=0.0)
    if kind == "adafactor":
        # Steps of the rate's size and not relative to the weights, of which some begin at zero.
        return torch.optim.Adafactor(groups, eps=(None, 1.0), weight_decay=0.0)
    raise ValueError(f"no optimizer is called {kind!r}")


Parameters = list[torch.nn.Parameter]


def split_parameters(model: Any) -> tuple[Parameters, Parameters, Parameters, Parameters]:
    """(block matrices, input embeddings, output head, gains, biases and T5's distances).

    Embeddings that a norm follows are as small as a head, and if they are the head too they
    learn at its rate; T5's are large and its logits scaled down, so they learn as embeddings.
    """
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    named = dict(model.named_parameters())
    heads = [] if head is None or head.weight is embedding.weight else [head.weight]
    # Learned positions, where a model has them, are looked up like the embeddings.
    positions = [p for name, p in named.items() if name.endswith(POSITIONS)]
    embeddings = [embedding.weight, *positions]
    if any(p is embedding.weight for name, p in named.items() if name.endswith(TIED)):
        embeddings, heads = [], [*embeddings, *heads]
    special = {id(weight) for weight in (*embeddings, *heads)}
    others = {name: p for name, p in named.items() if id(p) not in special}
    matrices = {n: p for n, p in others.items() if p.ndim >= 2 and not n.endswith(DISTANCES)}
    return (
        list(matrices.values()),
        embeddings,
        heads,
        [p for name, p in others.items() if name not in matrices],
    )
