"""Cross-validation: short runs that each leave one fold out, before the model itself is trained.

What one held-out part says of a small corpus depends on which documents are in it. The mean over
the folds does less, and their spread tells how much a difference between two recipes must be to
mean anything. The runs are shorter than the model's, so their loss is higher than its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from dialecto.models.overhead import HELD_BYTES
from dialecto.models.planner import TrainingPlan
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import read_json, remove_tree, write_json
from dialecto.tokenizer.folds import FoldedDocuments
from dialecto.tokenizer.shards import Tokens
from dialecto.training.heldout import token_bits
from dialecto.training.prepare import add_to_plan

FILE = "folds.json"


@dataclass(frozen=True)
class FoldRun:
    """One of the runs: what it trains on, what it is measured by (lower is better), for how long.

    seconds: None when steps were asked for as such.
    """

    number: int
    of: int
    documents: list[Tokens]
    measure: Callable[[Any], float]
    steps: int
    seconds: float | None
    work: Path

    @property
    def label(self) -> str:
        return f"pretrain: fold {self.number + 1} of {self.of}"


def open_folds(shards: Path) -> FoldedDocuments:
    """Raises DialectoError when the corpus was not dealt out to folds."""
    if not (shards / "train.folds.npy").is_file():
        raise DialectoError(
            "`pretrain.cross_validation` needs folds: set `corpus.split.folds: 5` in the recipe. "
            "If it is set, the tokens were made before: `dialecto run --from tokenizer`."
        )
    return FoldedDocuments(shards)


def leave_a_share(plan: TrainingPlan, share: float) -> TrainingPlan:
    """The plan of the model itself, when a share of its steps and time goes to the folds."""
    left = 1 - share
    return replace(
        plan,
        steps=max(round(plan.steps * left), 1),
        seconds=plan.seconds and plan.seconds * left,
        most_steps=round(plan.most_steps * left),
    )


def cross_validate(
    context: StageContext,
    data: FoldedDocuments,
    plan: TrainingPlan,
    share: float,
    *,
    tokenizer: Any,
    run: Callable[[FoldRun], float],
) -> dict[str, float | int | str]:
    """Mean and spread of held-out bits per byte over the folds; those that are done are kept.

    plan: of the whole budget. run: trains a model and returns its measure.
    """
    folds = data.folds
    steps = max(round(plan.steps * share / folds), 1)
    path = context.work / FILE
    done: list[dict[str, Any]] = read_json(path)["folds"] if path.is_file() else []
    if not done:
        context.progress.note(
            f"plan: {share:.0%} of the steps go to cross-validation, {steps} to each of {folds} "
            f"folds; {leave_a_share(plan, share).steps} are left for the model"
        )
        add_to_plan(context, cross_validation={"folds": folds, "steps": steps, "share": share})
    for number in range(folds):
        work = context.work / f"fold-{number}"
        if number < len(done):
            remove_tree(work)  # a kill may have come before
            continue
        work.mkdir(exist_ok=True)
        held = data.of(number)
        bits = run(
            FoldRun(
                number,
                folds,
                data.without(number),
                _measure(held, tokenizer, plan),
                steps,
                plan.seconds and plan.seconds * share / folds,
                work,
            )
        )
        done.append({"fold": number, "documents": len(held), "bpb": bits})
        write_json(path, {"folds": done, **_summary(done)})
        remove_tree(work)
    found = _summary(done)
    context.progress.note(
        f"pretrain: held-out text of {folds} folds: {found['mean']:.3f} bits per byte, "
        f"spread {found['spread']:.3f}"
    )
    return {"folds": folds, "bpb.folds": found["mean"], "bpb.folds.spread": found["spread"]}


def _summary(done: list[dict[str, Any]]) -> dict[str, float]:
    values = [fold["bpb"] for fold in done]
    return {"mean": mean(values), "spread": stdev(values) if len(values) > 1 else 0.0}


def _measure(held: list[Tokens], tokenizer: Any, plan: TrainingPlan) -> Callable[[Any], float]:
    """Bits per byte on some of the fold's documents, whole and spread over it."""
    texts = tokenizer.batch_decode([document[1:] for document in held])
    every = max(sum(len(text.encode()) for text in texts) // HELD_BYTES, 1)
    chosen = held[::every]
    size = max(sum(len(text.encode()) for text in texts[::every]), 1)

    def bits_per_byte(model: Any) -> float:
        bits = token_bits(model, chosen, context=plan.shape.context, precision=plan.precision)
        return bits / size

    return bits_per_byte
