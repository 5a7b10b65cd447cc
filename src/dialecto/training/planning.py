"""The pretrain stage's plan: made from the budget, repeated from a file, found after a kill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from dialecto.models.allowance import Allowance
from dialecto.models.law import TextFacts, ngram_curve
from dialecto.models.overhead import HELD_BYTES
from dialecto.models.planner import TrainingPlan, plan_training
from dialecto.models.ramp import steps_with_ramp
from dialecto.models.speed import MachineSpeed
from dialecto.recipe import PretrainSection
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import read_json, write_json
from dialecto.tokenizer.shards import TokenSplit
from dialecto.training.measure import machine_speed, unmeasured_speed
from dialecto.training.run import Move


def make_plan(
    context: StageContext,
    section: PretrainSection,
    allowance: Callable[[], Allowance],
    *,
    vocabulary: int,
    text: Callable[[], TextFacts],
) -> TrainingPlan:
    """The recorded plan of a run that was killed, or a new one, shown before the run starts."""
    path = context.work / "plan.json"
    if path.is_file():
        return TrainingPlan.from_dict(read_json(path))
    decided = bool(section.steps and section.shape.layers and section.shape.width)
    allowed = Allowance("", "steps", 0.0, None) if decided else allowance()
    if allowed.seconds is not None:
        context.progress.note("plan: how fast this machine trains (measured once, some 8 s)")
    speed = (unmeasured_speed if allowed.seconds is None else machine_speed)(section.precision)
    plan = plan_training(
        section,
        allowance=allowed,
        vocabulary=vocabulary,
        text=text(),
        speed=together(speed, section),
    )
    if section.batch_ramp and not section.steps:
        plan = replace(plan, steps=steps_with_ramp(plan.steps, section.batch_ramp))
    write_json(path, plan.as_dict())
    for line in (*candidate_lines(plan), *plan.why):
        context.progress.note(f"plan: {line}")
    return plan


def together(speed: MachineSpeed, section: PretrainSection) -> MachineSpeed:
    """The speed of this machine with as many processes as the recipe has train together."""
    method = section.distribute.method
    if method == "none":
        return speed
    from dialecto.training.distributed.launch import process_count

    return speed.of_processes(process_count(section), sharded=method == "fsdp")


def repeat_plan(
    context: StageContext, recorded: Path, vocabulary: int, tokens: int
) -> TrainingPlan:
    """A plan that an earlier run recorded. Raises DialectoError when it is for another text."""
    path = context.work / "plan.json"
    if path.is_file():
        return TrainingPlan.from_dict(read_json(path))
    try:
        facts = read_json(recorded)
        plan = TrainingPlan.from_dict(facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DialectoError(
            f"{recorded} is not a recorded plan; give the plan.json of a pretrain artefact."
        ) from error
    if plan.shape.vocabulary != vocabulary:
        raise DialectoError(
            f"{recorded} was made for a vocabulary of {plan.shape.vocabulary:,} tokens and the "
            f"tokenizer has {vocabulary:,}. Set `tokenizer: {{vocabulary: "
            f"{plan.shape.vocabulary}}}` in the recipe."
        )
    if round(plan.epochs * tokens) != plan.tokens:
        context.progress.note(
            "warning: the plan was made for another text: its steps are repeated, not its epochs"
        )
    # Not made longer than it was on a faster machine: it is done sooner, and exact.
    moves = facts.get("moves") or [{"steps": plan.steps}]
    plan = replace(plan, most_steps=int(moves[-1]["steps"]))
    # With what else was decided when it was made, and in its course: attention, compilation, moves.
    kept = {name: value for name, value in facts.items() if name not in ("moved", "stopped")}
    write_json(path, {**kept, "most_steps": plan.most_steps})
    context.progress.note(f"plan: {plan.steps} steps as recorded in {recorded}")
    return plan


def recorded_moves(work: Path) -> tuple[Move, ...]:
    """How the run whose plan is repeated was given another length."""
    return tuple(Move(**move) for move in read_json(work / "plan.json").get("moves", ()))


def candidate_lines(plan: TrainingPlan) -> list[str]:
    """The candidates as a table, best first."""
    if len(plan.candidates) < 2:
        return []
    form = "{:>9}{:>12}{:>9}{:>8}{:>9}{:>10}{:>9}"
    head = ("shape", "parameters", "steps", "epochs", "tok/s", "memory MB", "bpb")
    lines = [form.format(*head)]
    for row in plan.candidates:
        lines.append(
            form.format(
                f"{row['layers']}x{row['width']}",
                f"{row['parameters']:,}",
                row["steps"],
                f"{row['epochs']:.2f}",
                f"{row['tokens_per_second'] or 0:,}",
                f"{row['memory'] / 1e6:,.0f}" + ("" if row["fits"] else "!"),
                f"{row['predicted_bpb']:.3f}",
            )
        )
    return lines


def text_facts(
    data: TokenSplit, documents: list[Any], held: list[Any], held_bytes: int, vocabulary: int
) -> TextFacts:
    """The training text's size, and how hard it is: some seconds of counting."""
    lengths = [len(document) for document in documents]
    facts = TextFacts(
        data.tokens,
        data.bytes,
        max(lengths),
        typical_document=typical_length(lengths),
        held_bytes=held_bytes,
    )
    if not held:
        return facts
    curve, repetition = ngram_curve(documents, held, data.bytes, held_bytes, vocabulary)
    return replace(facts, curve=curve, repetition=repetition)


def typical_length(lengths: list[int]) -> int:
    """Half of all tokens stand in documents of at least so many."""
    left = sum(lengths) / 2
    for length in sorted(lengths, reverse=True):
        left -= length
        if left <= 0:
            return length
    return 0


def validation_text(
    shards: Path, tokenizer: Any, wanted: int = HELD_BYTES
) -> tuple[list[Any], int]:
    """Whole documents spread over the validation split, of about so many bytes of text, and
    their bytes."""
    split = TokenSplit.open(shards, "validation")
    every = max(split.bytes // max(wanted, 1), 1)
    chosen = [document for index, document in enumerate(split) if index % every == 0]
    texts = tokenizer.batch_decode([document[1:] for document in chosen])
    return chosen, sum(len(text.encode()) for text in texts)
