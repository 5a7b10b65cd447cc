"""The one dial: from a budget to a model's shape and a number of steps.

Every candidate that the recipe leaves open is given the steps that the budget allows it on this
machine, and the scaling law says how well it would then read held-out text; the best is taken.
Everything here is arithmetic on a measured machine, so the same machine profile, corpus and recipe
always give the same plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from dialecto.models.allowance import Allowance
from dialecto.models.law import TextFacts, predict_bpb
from dialecto.models.overhead import HELD_BYTES, Overhead, overhead, seconds_before
from dialecto.models.reasons import Reason, line
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
LEFT_OVER = 0.8  # of a budget: what takes less than that leaves some of it unused, and it is said
LONGEST = 2  # times the planned steps, on a machine that proves faster


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


@dataclass(frozen=True)
class TrainingPlan:
    """What pretraining will do. `why` holds a line for each choice, for people; `reasons` the
    same as facts, for `reasons.tell`.

    `seconds` is None when steps were asked for as such, by the recipe or a budget in FLOPs.
    `candidates` are the best run of each shape that was thought of, best first; `predicted_bpb` is
    what the law expects on held-out text, None where it cannot know. A run on a machine that proves
    faster than measured may be made longer, to `most_steps`: none whose length the text bounds.
    `held_bytes`: of held-out text that each look in the run sees.
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
    held_bytes: int = HELD_BYTES
    reasons: tuple[Mapping[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> TrainingPlan:
        """The plan that `as_dict` gave; other entries of the file are left out."""
        known = {name: facts[name] for name in cls.__dataclass_fields__ if name in facts}
        known |= {"shape": ModelShape(**facts["shape"]), "why": tuple(facts["why"])}
        known |= {name: tuple(facts.get(name, ())) for name in ("candidates", "reasons")}
        return cls(**known)


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
    reasons = list(_why(section, found, allowance, text, speed))
    steps_given = bool(section.steps)
    causal = section.training_objective == "causal"  # what the law was fitted on
    return TrainingPlan(
        shape=best.shape,
        steps=best.steps,
        batch_rows=best.batch_rows,
        micro_rows=min(best.batch_rows, 32),
        precision=speed.precision,
        seconds=None if steps_given else _seconds_left(allowance, text),
        tokens=best.tokens,
        epochs=best.epochs,
        training_flops=best.tokens * best.shape.training_flops_per_token,
        why=tuple(line(reason) for reason in reasons),
        reasons=tuple(reason.as_dict() for reason in reasons),
        predicted_bpb=round(best.predicted_bpb, 4) if text.measured and causal else None,
        candidates=tuple(candidate.row() for candidate in found[:8]),
        budget=allowance.as_dict(),
        most_steps=best.steps if best.bounded else LONGEST * best.steps,
        held_bytes=best.held_bytes,
    )


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
        context = _context(section, allowance, text).tokens
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
        left = _seconds_left(allowance, text)
        if allowance.seconds is not None and left is not None:
            spent = overhead(shape, text, rate, left)
            spent = replace(spent, seconds=spent.seconds + allowance.seconds - left)
        affordable = affordable_tokens(allowance, rate, shape, spent.seconds)

    def run(tokens: float) -> Candidate:
        batch = _batch(section, speed, tokens).tokens
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


def _seconds_left(allowance: Allowance, text: TextFacts) -> float | None:
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


def _context(section: PretrainSection, allowance: Allowance, text: TextFacts) -> Choice:
    if section.context:
        return Choice(section.context, "recipe")
    return choose_context(allowance.seconds, text)


def _batch(section: PretrainSection, speed: MachineSpeed, tokens: float) -> Choice:
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


def _too_much(best: Candidate, allowance: Allowance, speed: MachineSpeed) -> Reason:
    """Why not even the smallest model is one that this budget and machine can train."""
    room = MEMORY_SHARE * speed.memory
    if best.memory > room:
        needed = {"needed": best.memory / 1e9, "room": room / 1e9}
        return Reason("too_much", "gigabytes", "too_much.memory", needed)
    if allowance.seconds is None:
        facts = {"flops": best.tokens * best.shape.training_flops_per_token, "steps": LEAST_STEPS}
        return Reason("too_much", "flops", "too_much.flops", facts)
    seconds = best.tokens / best.tokens_per_second + best.other
    return Reason("too_much", "seconds", "too_much.time", {"seconds": seconds, "steps": best.steps})


def _why(
    section: PretrainSection,
    found: list[Candidate],
    allowance: Allowance,
    text: TextFacts,
    speed: MachineSpeed,
) -> Iterator[Reason]:
    """The reason for each choice."""
    best = found[0]
    shape, size = best.shape, {"layers": best.shape.layers, "width": best.shape.width}
    batch = best.batch_rows * shape.context
    context, rows = _context(section, allowance, text), _batch(section, speed, best.tokens)
    yield Reason("context", "tokens", context.why, {"tokens": shape.context, **context.facts})
    yield Reason("batch", "tokens_a_step", rows.why, {"tokens": batch, **rows.facts})
    given = any(section.shape.model_dump().values())
    facts = {**size, "parameters": shape.parameters}
    yield Reason("shape", "layers", "parameters.recipe" if given else "parameters", facts)
    facts = {"steps": best.steps, "batch": batch}
    if section.steps:
        yield Reason("steps", "steps", "recipe", facts)
    elif not math.isfinite(best.tokens_per_second):
        yield Reason("steps", "steps", "steps.flops", facts)
    else:
        timed = {**facts, "rate": best.tokens_per_second}
        taken = {"seconds": best.tokens / best.tokens_per_second, "of": allowance.seconds or 0.0}
        if best.bounded and allowance.seconds and taken["seconds"] < LEFT_OVER * allowance.seconds:
            yield Reason("steps", "steps", "steps.text", {**timed, **taken})
        else:
            yield Reason("steps", "steps", "steps.rate", timed)
    if not best.fits:
        yield _too_much(best, allowance, speed)
    if best.other and not best.bounded:
        seen = {"kilobytes": best.held_bytes / 1e3, "of": text.held_bytes / 1e3}
        yield Reason("besides", "seconds", "besides", {"seconds": best.other, **seen})
    if len(found) > 1 and found[1].fits:
        other = found[1]
        larger = other.shape.parameters > shape.parameters
        yield Reason(
            "runner-up",
            "layers",
            f"runner-up.{'larger' if larger else 'smaller'}",
            {
                "layers": other.shape.layers,
                "width": other.shape.width,
                "gap": other.predicted_bpb - best.predicted_bpb,
                "other": other.epochs,
                "epochs": best.epochs,
            },
        )
    if text.measured:
        predicted = {"bpb": best.predicted_bpb, "ngram": text.curve[-1][1]}
        yield Reason("predicted", "bpb", "predicted", predicted)
