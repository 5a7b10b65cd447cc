"""The one dial: from a budget to a model's shape and a number of steps.

Every candidate that the recipe leaves open is given the steps that the budget allows it on this
machine, and the scaling law says how well it would then read held-out text; the best is taken.
Everything here is arithmetic on a measured machine, so the same machine profile, corpus and recipe
always give the same plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dialecto.models.allowance import Allowance
from dialecto.models.candidates import (
    LEAST_STEPS,
    MEMORY_SHARE,
    Candidate,
    batch_for,
    candidates,
    context_for,
    seconds_left,
)
from dialecto.models.law import TextFacts
from dialecto.models.overhead import HELD_BYTES
from dialecto.models.reasons import Reason, line
from dialecto.models.shape import ModelShape
from dialecto.models.speed import MachineSpeed
from dialecto.recipe import PretrainSection

LEFT_OVER = 0.8  # of a budget: what takes less than that leaves some of it unused, and it is said
LONGEST = 2  # times the planned steps, on a machine that proves faster


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
        seconds=None if steps_given else seconds_left(allowance, text),
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
    context, rows = context_for(section, allowance, text), batch_for(section, speed, best.tokens)
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
    if text.measured and section.training_objective == "causal":
        predicted = {"bpb": best.predicted_bpb, "ngram": text.curve[-1][1]}
        yield Reason("predicted", "bpb", "predicted", predicted)
