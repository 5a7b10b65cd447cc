"""The one dial: from a budget to a model's shape and a number of steps.

Every candidate that the recipe leaves open is given the steps that the budget allows it on this
machine, and the scaling law says how well it would then read held-out text; the best is taken.
Everything here is arithmetic on a measured machine, so the same machine profile, corpus and recipe
always give the same plan.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dialecto.models.allowance import Allowance
from dialecto.models.law import TextFacts, predict_bpb
from dialecto.models.shape import ONE_KEY_EACH, ModelShape, default_shape
from dialecto.models.speed import MachineSpeed
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
# Of the budget: the rest is for start-up, validation and the last checkpoint.
STEP_SHARE = 0.9
# Times that the same text is read: what the law is asked about, besides all that the time allows.
EPOCHS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
# A model may fill this much of the memory: the system and the data need the rest.
MEMORY_SHARE = 0.7
LEAST_STEPS = 10
LONGEST = 2  # times the planned steps, on a machine that proves faster


@dataclass(frozen=True)
class Candidate:
    """One way to spend the budget. `memory` in bytes; `fits` tells whether the machine has it;
    `bounded`: more epochs would have been affordable, and worse."""

    shape: ModelShape
    batch_rows: int
    steps: int
    epochs: float
    tokens_per_second: float
    memory: float
    fits: bool
    predicted_bpb: float
    bounded: bool = False

    @property
    def tokens(self) -> int:
        return self.steps * self.batch_rows * self.shape.context

    def row(self) -> dict[str, Any]:
        """What tables show of it."""
        return {
            "layers": self.shape.layers,
            "width": self.shape.width,
            "parameters": self.shape.parameters,
            "vocabulary": self.shape.vocabulary,
            "context": self.shape.context,
            "batch_tokens": self.batch_rows * self.shape.context,
            "steps": self.steps,
            "epochs": round(self.epochs, 3),
            # Unknown where the recipe decides everything: the machine has not been measured.
            "tokens_per_second": round(self.tokens_per_second)
            if math.isfinite(self.tokens_per_second)
            else None,
            "memory": round(self.memory),
            "fits": self.fits,
            "predicted_bpb": round(self.predicted_bpb, 4),
        }


@dataclass(frozen=True)
class TrainingPlan:
    """What pretraining will do. `why` holds a line for each choice, for people.

    `seconds` is None when steps were asked for as such, by the recipe or a budget in FLOPs.
    `candidates` are the best run of each shape that was thought of, best first; `predicted_bpb` is
    what the law expects on held-out text, None where it cannot know. A run on a machine that proves
    faster than measured may be made longer, to `most_steps`: none whose length the text bounds.
    """

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
    predicted_bpb: float | None = None
    candidates: tuple[Mapping[str, Any], ...] = ()
    budget: Mapping[str, Any] = field(default_factory=dict)
    most_steps: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> TrainingPlan:
        """The plan that `as_dict` gave; other entries of the file are left out."""
        known = {name: facts[name] for name in cls.__dataclass_fields__ if name in facts}
        known |= {"shape": ModelShape(**facts["shape"]), "why": tuple(facts["why"])}
        return cls(**{**known, "candidates": tuple(facts.get("candidates", ()))})


def plan_training(
    section: PretrainSection,
    *,
    allowance: Allowance,
    vocabulary: int,
    text: TextFacts,
    speed: MachineSpeed,
) -> TrainingPlan:
    """The plan for what a budget allows. Whatever the recipe's section says is kept."""
    found = candidates(section, allowance=allowance, vocabulary=vocabulary, text=text, speed=speed)
    best = found[0]
    steps_given = bool(section.steps)
    causal = section.training_objective == "causal"  # what the law was fitted on
    return TrainingPlan(
        shape=best.shape,
        steps=best.steps,
        batch_rows=best.batch_rows,
        micro_rows=min(best.batch_rows, 32),
        precision=speed.precision,
        seconds=None if steps_given else allowance.seconds,
        tokens=best.tokens,
        epochs=best.epochs,
        training_flops=best.tokens * best.shape.training_flops_per_token,
        why=tuple(_why(section, found, text)),
        predicted_bpb=round(best.predicted_bpb, 4) if text.measured and causal else None,
        candidates=tuple(candidate.row() for candidate in found[:8]),
        budget=allowance.as_dict(),
        most_steps=best.steps if best.bounded else LONGEST * best.steps,
    )


def candidates(
    section: PretrainSection,
    *,
    allowance: Allowance,
    vocabulary: int,
    text: TextFacts,
    speed: MachineSpeed,
) -> list[Candidate]:
    """The best run of each shape that the recipe allows, best first; those that fit before all."""
    wanted = section.shape
    fixed = bool(wanted.layers and wanted.width)
    ladder = ((wanted.layers, wanted.width),) if fixed else LADDER
    shapes: dict[tuple[int, int], Candidate] = {}
    for rung in ladder:
        layers, width = wanted.layers or rung[0], wanted.width or rung[1]
        assert layers
        assert width
        context = section.context or _context(allowance.seconds, text.longest_document)
        shape = _shape(section, layers, width, vocabulary, context)
        if (layers, width) not in shapes:
            shapes[layers, width] = _best_run(section, shape, allowance, text, speed)
    return sorted(shapes.values(), key=lambda c: (not c.fits, c.predicted_bpb, c.shape.parameters))


def _best_run(
    section: PretrainSection,
    shape: ModelShape,
    allowance: Allowance,
    text: TextFacts,
    speed: MachineSpeed,
) -> Candidate:
    """The best number of epochs for a shape, of those that the budget allows."""
    rows = max(
        (section.batch_tokens or _batch_tokens(speed.device, text.tokens)) // shape.context, 1
    )
    batch = rows * shape.context
    rate = speed.at(shape.width) / shape.training_flops_per_token
    if section.steps:
        choices = {section.steps}
    else:
        affordable = affordable_tokens(allowance, rate, shape)
        bounds = [affordable, *(e * text.tokens for e in EPOCHS if e * text.tokens < affordable)]
        choices = {max(int(tokens / batch), LEAST_STEPS) for tokens in bounds}
    memory = training_bytes(shape, min(rows, 32), speed.precision)

    def run(steps: int) -> Candidate:
        tokens = steps * batch
        return Candidate(
            shape=shape,
            batch_rows=rows,
            steps=steps,
            epochs=tokens / max(text.tokens, 1),
            tokens_per_second=rate,
            memory=memory,
            fits=memory <= MEMORY_SHARE * speed.memory,
            predicted_bpb=predict_bpb(shape, text, tokens=tokens, batch_tokens=batch),
        )

    best = min((run(steps) for steps in sorted(choices)), key=lambda c: c.predicted_bpb)
    return replace(best, bounded=best.steps < max(choices))


def affordable_tokens(allowance: Allowance, rate: float, shape: ModelShape) -> float:
    """What the budget allows a shape to read, at `rate` tokens a second."""
    if allowance.seconds is not None:
        return rate * allowance.seconds * STEP_SHARE
    assert allowance.flops is not None
    return allowance.flops / shape.training_flops_per_token


def training_bytes(shape: ModelShape, rows: int, precision: str) -> float:
    """Memory of a training step: weights, gradients and moments in float32, and activations.

    Of each position and layer about 34 widths in 16 bits are kept [arXiv 2205.05198], and on
    CPUs the attention's scores, context squared for each head.
    """
    size = 2 if precision == "bf16" else 4
    kept = 17 * size * shape.width + 2 * size * shape.heads * shape.context
    return 16.0 * shape.parameters + float(rows * shape.context * shape.layers * kept)


def _context(seconds: float | None, longest_document: int) -> int:
    """Longer contexts learn more per token and cost more; short runs do best with 256."""
    seconds = 600.0 if seconds is None else seconds
    context = 256 if seconds < 1800 else 512 if seconds < 14400 else 1024
    while context > 64 and context >= 2 * longest_document:
        context //= 2
    return context


def _batch_tokens(device: str, unique_tokens: int) -> int:
    """An accelerator takes large batches, as long as a small corpus still gives 50 of them."""
    if device == "cpu":
        return 2048
    return min(65536, max(int(4 * unique_tokens / 50), 2048))


def _shape(
    section: PretrainSection, layers: int, width: int, vocabulary: int, context: int
) -> ModelShape:
    """The usual proportions, with whatever the recipe says instead."""
    wanted = section.shape
    base = default_shape(layers, width, vocabulary, context, section.architecture)
    heads = wanted.heads or base.heads
    return ModelShape(
        layers=layers,
        width=width,
        heads=heads,
        kv_heads=heads
        if section.architecture in ONE_KEY_EACH
        else wanted.kv_heads or (heads if wanted.heads else base.kv_heads),
        feed_forward=wanted.feed_forward or base.feed_forward,
        vocabulary=vocabulary,
        context=context,
        architecture=section.architecture,
        experts=(wanted.experts or base.experts) if base.experts else 0,
        experts_used=(wanted.experts_used or base.experts_used) if base.experts else 0,
    )


def _why(section: PretrainSection, found: list[Candidate], text: TextFacts) -> list[str]:
    """A line for each choice."""
    best = found[0]
    shape = best.shape
    given = any(section.shape.model_dump().values())
    lines = [
        f"context: {shape.context} tokens, "
        + ("from the recipe" if section.context else "for the budget and the documents' lengths"),
        f"shape: {shape.layers} layers of {shape.width}, {shape.parameters:,} parameters"
        + (", partly from the recipe" if given else ""),
        f"steps: {best.steps} of {best.batch_rows * shape.context} tokens, "
        + _length(section, best),
    ]
    if len(found) > 1 and found[1].fits:
        other = found[1]
        lines.append(
            f"runner-up: {other.shape.layers} layers of {other.shape.width}, "
            f"{other.predicted_bpb - best.predicted_bpb:+.3f} bits per byte: {_reason(best, other)}"
        )
    if text.measured:
        lines.append(
            f"predicted: {best.predicted_bpb:.3f} bits per byte, of held-out text that a 5-gram "
            f"model reads at {text.curve[-1][1]:.3f}"
        )
    return lines


def _length(section: PretrainSection, best: Candidate) -> str:
    """What decided the number of steps."""
    if section.steps:
        return "from the recipe"
    if not math.isfinite(best.tokens_per_second):
        return "for the budget's FLOPs"
    return f"at {best.tokens_per_second:,.0f} tokens/s"


def _reason(best: Candidate, other: Candidate) -> str:
    """Why the winner wins, in words."""
    if other.shape.parameters > best.shape.parameters:
        return f"larger, it would read {other.epochs:.2f} epochs instead of {best.epochs:.2f}"
    return f"smaller, it would learn less from {other.epochs:.2f} epochs"
