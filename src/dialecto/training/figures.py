"""The figures of a run: a step's line in the journal, those beside the progress bar, its speeds."""

from __future__ import annotations

import math
from functools import partial
from statistics import median

from dialecto.training.checkpoint import RunState
from dialecto.training.compiled import uncompiled
from dialecto.training.experts import evenness, expert_shares, record_shares
from dialecto.training.pieces import Batch
from dialecto.training.run import LoopPlan, Run


def step_figures(
    run: Run, state: RunState, batch: Batch, *, rate: float, norm: float, took: float, due: bool
) -> dict[str, float]:
    """The journal's line of the step that led to `state`.

    rate: share of the peak rate; norm: the gradients'; took: seconds; due: whether held-out text
    was measured. Then a mixture's experts are counted too, which all ranks do together.
    """
    plan, scaler = run.plan, run.optimizers.scaler
    found: dict[str, float] = {
        "seconds": round(state.seconds, 3),
        "tokens": state.tokens,
        **_losses(state, plan),
        "learning_rate": rate,
        "gradient_norm": norm,
        "tokens_per_second": round(batch.tokens / max(took, 1e-9), 1),
    }
    if state.validation is not None and due:
        found[f"validation_{plan.held_out}"] = state.validation
    if scaler is not None:
        found["loss_scale"] = scaler.get_scale()
    if due and run.model.config.model_type == "qwen3_moe":
        with uncompiled(run.model):
            used = partial(
                expert_shares, batch=batch, precision=plan.precision, rows=plan.micro_rows
            )
            shares = run.ranks.read(run.model, used)
        if run.ranks.first:
            record_shares(run.work, state.step, shares)
        found |= evenness(shares)
    return found


def shown_figures(state: RunState, plan: LoopPlan) -> dict[str, float]:
    """What stands beside the progress bar."""
    found = {**_losses(state, plan), "tok/s": state.tokens / state.seconds}
    if state.validation is not None:
        found[f"held-out {plan.held_out}"] = state.validation
    return found


def _losses(state: RunState, plan: LoopPlan) -> dict[str, float]:
    """The last loss in nats per token; in bits per byte too, where each token of the text is
    predicted once."""
    loss = math.nan if state.loss is None else state.loss
    if plan.tokens_per_byte is None:
        return {"loss": loss}
    return {"loss": loss, "bpb": loss / math.log(2) * plan.tokens_per_byte}


def best_rate(lines: list[dict[str, float]], window: int) -> float:
    """Tokens a second of the fastest `window` steps in a row, from the journal."""
    seen = [(line["seconds"], line["tokens"]) for line in lines]
    spans = zip(seen, seen[window:], strict=False)
    return max(((b[1] - a[1]) / (b[0] - a[0]) for a, b in spans if b[0] > a[0]), default=0.0)


def typical_rate(lines: list[dict[str, float]]) -> float:
    """Tokens a second of the median step."""
    return median([line["tokens_per_second"] for line in lines] or [0.0])
