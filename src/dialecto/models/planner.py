"""The one dial: from a time budget to a model's shape and a number of steps.

Everything here is arithmetic on a measured machine, so the same machine profile, corpus and
recipe always give the same plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from dialecto.models.shape import ModelShape, default_shape
from dialecto.recipe import PretrainSection

# (layers, width) that a budget chooses among: depth grows with width, heads stay 64 wide.
LADDER = (
    (2, 64),
    (2, 128),
    (3, 192),
    (4, 256),
    (5, 320),
    (6, 384),
    (8, 512),
    (10, 640),
    (12, 768),
    (16, 1024),
    (20, 1280),
    (24, 1536),
    (28, 2048),
    (32, 2560),
    (32, 4096),
)
# Weights in matrices that make the best use of C training FLOPs: about SIZE * sqrt(C).
# Fitted on runs of 60 to 400 s on 2 cores (docs/benchmarks.md).
SIZE = 0.3
# Repeating a corpus pays almost as fresh text for about four epochs [arXiv 2305.16264]. Measured
# on a handbook of 1.3 MB: 1.69 bits per byte after four epochs, 1.82 after six.
MOST_EPOCHS = 4.0
# Text that can only be repeated supports a smaller model: as if it were read so many times.
SHAPE_EPOCHS = 16.0
# Of the budget: the rest is for start-up, validation and the last checkpoint.
STEP_SHARE = 0.9


@dataclass(frozen=True)
class MachineSpeed:
    """Training FLOP/s that this machine reaches on models of a width, in `precision`."""

    device: str
    precision: str
    flops: Mapping[int, float]

    def at(self, width: int) -> float:
        """FLOP/s at a width, by linear interpolation between those measured."""
        known = sorted(self.flops)
        if width <= known[0]:
            return self.flops[known[0]]
        for low, high in pairwise(known):
            if width <= high:
                share = (width - low) / (high - low)
                return self.flops[low] + share * (self.flops[high] - self.flops[low])
        return self.flops[known[-1]]


@dataclass(frozen=True)
class TrainingPlan:
    """What pretraining will do. `why` holds a line for each choice, for people."""

    shape: ModelShape
    steps: int
    batch_rows: int
    micro_rows: int
    precision: str
    seconds: float | None
    tokens: int
    epochs: float
    training_flops: float
    why: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> TrainingPlan:
        """The plan that `as_dict` gave; other entries of the file are left out."""
        known = {name: facts[name] for name in cls.__dataclass_fields__}
        return cls(**{**known, "shape": ModelShape(**facts["shape"]), "why": tuple(facts["why"])})


def plan_training(
    section: PretrainSection,
    *,
    seconds: float,
    vocabulary: int,
    unique_tokens: int,
    longest_document: int,
    speed: MachineSpeed,
) -> TrainingPlan:
    """The plan for a budget in seconds. Whatever the recipe's section says is kept."""
    why: list[str] = []
    context = section.context or _context(seconds, longest_document, why)
    flops = seconds * STEP_SHARE
    shape = _shape(section, flops, vocabulary, context, unique_tokens, speed, why)
    rows = max((section.batch_tokens or _batch_tokens(speed.device, unique_tokens)) // context, 1)
    rate = speed.at(shape.width) / shape.training_flops_per_token
    if section.steps:
        steps = section.steps
        why.append(f"steps: {steps}, from the recipe")
    else:
        affordable = rate * seconds * STEP_SHARE
        bounded = min(affordable, MOST_EPOCHS * unique_tokens)
        steps = max(int(bounded / (rows * context)), 10)
        why.append(
            f"steps: {steps} of {rows * context} tokens, at {rate:,.0f} tokens/s"
            + (f", bounded to {MOST_EPOCHS:.0f} epochs" if bounded < affordable else "")
        )
    tokens = steps * rows * context
    return TrainingPlan(
        shape=shape,
        steps=steps,
        batch_rows=rows,
        micro_rows=min(rows, 32),
        precision=speed.precision,
        seconds=None if section.steps else seconds,
        tokens=tokens,
        epochs=tokens / max(unique_tokens, 1),
        training_flops=tokens * shape.training_flops_per_token,
        why=tuple(why),
    )


def _context(seconds: float, longest_document: int, why: list[str]) -> int:
    """Longer contexts learn more per token and cost more; short runs do best with 256."""
    context = 256 if seconds < 1800 else 512 if seconds < 14400 else 1024
    while context > 64 and context >= 2 * longest_document:
        context //= 2
    why.append(f"context: {context} tokens, for {seconds:.0f} s and the documents' lengths")
    return context


def _batch_tokens(device: str, unique_tokens: int) -> int:
    """An accelerator takes large batches, as long as a small corpus still gives 50 of them."""
    if device == "cpu":
        return 2048
    return min(65536, max(int(MOST_EPOCHS * unique_tokens / 50), 2048))


def _shape(
    section: PretrainSection,
    step_seconds: float,
    vocabulary: int,
    context: int,
    unique_tokens: int,
    speed: MachineSpeed,
    why: list[str],
) -> ModelShape:
    wanted = section.shape
    best: ModelShape | None = None
    for layers, width in LADDER:
        candidate = default_shape(layers, width, vocabulary, context, section.architecture)
        compute = speed.at(width) * step_seconds
        useful = min(compute, SHAPE_EPOCHS * unique_tokens * candidate.training_flops_per_token)
        matrices = candidate.active_parameters + vocabulary * width
        if best is None or matrices <= SIZE * useful**0.5:
            best = candidate
    assert best is not None
    layers, width = wanted.layers or best.layers, wanted.width or best.width
    base = default_shape(layers, width, vocabulary, context, section.architecture)
    heads = wanted.heads or base.heads
    shape = ModelShape(
        layers=layers,
        width=width,
        heads=heads,
        kv_heads=heads
        if section.architecture == "gpt2"
        else wanted.kv_heads or (heads if wanted.heads else base.kv_heads),
        feed_forward=wanted.feed_forward or base.feed_forward,
        vocabulary=vocabulary,
        context=context,
        architecture=section.architecture,
        experts=(wanted.experts or base.experts) if base.experts else 0,
        experts_used=(wanted.experts_used or base.experts_used) if base.experts else 0,
    )
    why.append(
        f"shape: {shape.layers} layers of {shape.width}, {shape.parameters:,} parameters"
        + (", partly from the recipe" if any(wanted.model_dump().values()) else "")
    )
    return shape
