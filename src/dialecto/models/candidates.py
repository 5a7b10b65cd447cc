"""What a budget chooses among: shapes of models, each with the best run that can be afforded."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from dialecto.models.allowance import Allowance
from dialecto.models.law import TextFacts, predict_bpb
from dialecto.models.overhead import HELD_BYTES, Overhead, overhead, seconds_before
from dialecto.models.rows import CPU_BATCH, Choice, choose_batch, choose_context
from dialecto.models.shape import ModelShape, default_shape
from dialecto.models.speed import MachineSpeed
from dialecto.recipe import PretrainSection
from dialecto.recipe.architectures import ONE_KEY_EACH, misfit
from dialecto.runtime import DialectoError

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
# Times that the same text is read: what the law is asked about, besides all that the time allows.
EPOCHS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)
# A model may fill this much of the memory: the system and the data need the rest.
MEMORY_SHARE = 0.7
LEAST_STEPS = 10


@dataclass(frozen=True)
class Candidate:
    """One way to spend the budget. `memory` in bytes; `fits` tells whether the machine has it and
    the budget allows LEAST_STEPS; `bounded`: more epochs would have been affordable, and worse.
    `held_bytes`: of held-out text at each look; `other`: seconds that are not steps."""

    shape: ModelShape
    batch_rows: int
    steps: int
    epochs: float
    tokens_per_second: float
    memory: float
    fits: bool
    predicted_bpb: float
    bounded: bool = False
    held_bytes: int = HELD_BYTES
    other: float = 0.0

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


def candidates(
    section: PretrainSection,
    *,
    allowance: Allowance,
    vocabulary: int,
    text: TextFacts,
    speed: MachineSpeed,
) -> list[Candidate]:
    """The best run of each shape that the recipe allows, best first; those that fit before all.

    Raises DialectoError when what the recipe says of the shape fits no model.
    """
    wanted = section.shape
    fixed = bool(wanted.layers and wanted.width)
    ladder = ((wanted.layers, wanted.width),) if fixed else LADDER
    shapes: dict[tuple[int, int], Candidate] = {}
    why = ""
    for rung in ladder:
        layers, width = wanted.layers or rung[0], wanted.width or rung[1]
        assert layers
        assert width
        context = context_for(section, allowance, text).tokens
        shape = _shape(section, layers, width, vocabulary, context)
        if found := _misfit(shape):
            why = found
            continue
        if (layers, width) not in shapes:
            shapes[layers, width] = _best_run(section, shape, allowance, text, speed)
    if not shapes:
        raise DialectoError(f"`pretrain.shape` of the recipe is no model: {why}")
    # Of those that do not fit the smallest comes first: the least wrong when nothing fits.
    return sorted(
        shapes.values(),
        key=lambda c: (not c.fits, c.predicted_bpb if c.fits else 0.0, c.shape.parameters),
    )


def _best_run(
    section: PretrainSection,
    shape: ModelShape,
    allowance: Allowance,
    text: TextFacts,
    speed: MachineSpeed,
) -> Candidate:
    """The best number of epochs for a shape, of those that the budget allows."""
    rate = speed.at(shape.width) / shape.training_flops_per_token
    spent = Overhead(0.0, HELD_BYTES)
    affordable = math.inf
    if not section.steps:
        left = seconds_left(allowance, text)
        if allowance.seconds is not None and left is not None:
            spent = overhead(shape, text, rate, left)
            spent = replace(spent, seconds=spent.seconds + allowance.seconds - left)
        affordable = affordable_tokens(allowance, rate, shape, spent.seconds)

    def run(tokens: float) -> Candidate:
        batch = batch_for(section, speed, tokens).tokens
        rows = max(batch // shape.context, 1)
        batch = rows * shape.context
        steps = section.steps or max(int(tokens / batch), LEAST_STEPS)
        memory = training_bytes(shape, min(rows, 32), speed.precision)
        in_time = LEAST_STEPS * batch <= affordable
        return Candidate(
            shape=shape,
            batch_rows=rows,
            steps=steps,
            epochs=steps * batch / max(text.tokens, 1),
            tokens_per_second=rate,
            memory=memory,
            fits=in_time and memory <= MEMORY_SHARE * speed.memory,
            predicted_bpb=predict_bpb(shape, text, tokens=steps * batch),
            held_bytes=spent.held_bytes,
            other=spent.seconds,
        )

    if section.steps:
        return run(section.steps * float(section.batch_tokens or CPU_BATCH))
    bounds = [affordable, *(e * text.tokens for e in EPOCHS if e * text.tokens < affordable)]
    every = [run(tokens) for tokens in sorted(bounds)]
    best = min(every, key=lambda c: c.predicted_bpb)
    return replace(best, bounded=best.tokens < every[-1].tokens)


def seconds_left(allowance: Allowance, text: TextFacts) -> float | None:
    """What the tokenizer stage leaves of the budget's time; None where it is not time."""
    if allowance.seconds is None:
        return None
    return allowance.seconds - seconds_before(text.bytes, allowance.seconds)


def affordable_tokens(
    allowance: Allowance, rate: float, shape: ModelShape, other: float = 0.0
) -> float:
    """What the budget allows a shape to read, at `rate` tokens a second, when `other` seconds go
    to what is no step."""
    if allowance.seconds is not None:
        return rate * (allowance.seconds - other)
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


def context_for(section: PretrainSection, allowance: Allowance, text: TextFacts) -> Choice:
    """Tokens in a row: the recipe's, or what the budget and the documents suggest."""
    if section.context:
        return Choice(section.context, "recipe")
    return choose_context(allowance.seconds, text)


def batch_for(section: PretrainSection, speed: MachineSpeed, tokens: float) -> Choice:
    """Tokens in a step of a run that reads `tokens`: the recipe's, or what the device suits."""
    if section.batch_tokens:
        return Choice(section.batch_tokens, "recipe")
    return choose_batch(speed.device, tokens)


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


def _misfit(shape: ModelShape) -> str:
    """Why there is no model of this shape; nothing if there is."""
    if shape.heads % shape.kv_heads:
        return f"{shape.heads} heads cannot share {shape.kv_heads} `kv_heads` evenly"
    return misfit(shape.architecture, shape.width, shape.heads)
