"""The training loop: steps planned beforehand, exact resume, nothing lost.

Pretraining and tuning run through the same loop, so metrics, checkpoints and interruptions
look alike. A run is a function of (weights, rows, plan): killed and started again from its
last checkpoint it ends with the same weights, bit for bit on one machine.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch

from dialecto.models.ramp import rows_of_step
from dialecto.runtime import DialectoError, Interrupted, Progress
from dialecto.runtime.interrupt import stop_on_signal
from dialecto.training.attention import segment_positions, training_mask
from dialecto.training.checkpoint import (
    RunState,
    load_best,
    load_checkpoint,
    save_best,
    save_checkpoint,
)
from dialecto.training.compiled import uncompiled
from dialecto.training.experts import evenness, expert_shares, record_shares
from dialecto.training.journal import Journal, read_metrics
from dialecto.training.loss import PLAIN, LossTerms, training_loss
from dialecto.training.objectives.states import TARGET_STATES, target_states
from dialecto.training.optimizer import Optimizers
from dialecto.training.pieces import Batch, Position, RowStream
from dialecto.training.precision import DTYPES, autocast, make_scaler
from dialecto.training.schedule import Schedule, make_schedule

# At these shares of the time a run looks whether it will end by then; when it would take this
# much longer, its cooldown is moved forward. Rarely and late, so that a passing disturbance
# does not change a run that would have repeated exactly.
LOOKS = (0.5, 0.75, 0.9)
PATIENCE = 1.15
# A run that would end before this share of its time is made longer, if text and plan allow it and
# its cooldown has not begun; for that it looks early, too.
EARLY_LOOKS = (0.2, *LOOKS)
FASTER = 0.75


@dataclass(frozen=True)
class LoopPlan:
    """What the loop needs to know. `seconds` is None when `steps` were asked for as such.

    `most_steps`: how far a run may be made longer on a machine that is faster than planned.
    """

    steps: int
    micro_rows: int
    warmup: float
    cooldown: float
    precision: str
    seconds: float | None
    checkpoint_seconds: float
    validate_every: int
    tokens_per_byte: float | None  # None where bits per byte mean nothing
    held_out: str = "bpb"  # what `validate` measures; lower is better
    schedule: str = "wsd"
    final_rate: float | None = None
    clip: float | None = None
    terms: LossTerms = PLAIN
    batch_ramp: float = 0.0
    most_steps: int = 0


@dataclass(frozen=True)
class LoopResult:
    """How a run ended. `moved` tells why, when the cooldown had to be moved; `best_rate` is
    the highest speed kept up for a tenth of the run, `typical_rate` the median step's, both in
    tokens a second."""

    steps: int
    tokens: int
    seconds: float
    loss: float
    validation: float | None
    moved: str
    best_rate: float
    typical_rate: float


def train(
    model: Any,
    stream: RowStream,
    optimizers: Optimizers,
    plan: LoopPlan,
    *,
    work: Path,
    progress: Progress,
    label: str,
    validate: Callable[[], float] | None = None,
    tensorboard: bool = False,
) -> LoopResult:
    """Run the plan to its end, from the newest checkpoint in `work` if there is one.

    Raises Interrupted, after saving a checkpoint, on SIGINT or SIGTERM.
    """
    checkpoints = work / "checkpoints"
    planned = make_schedule(plan.steps, plan.warmup, plan.cooldown, plan.schedule, plan.final_rate)
    fresh = RunState(0, 0, 0, 0, 0.0, None, asdict(planned))
    state = load_checkpoint(checkpoints, model, optimizers.parts) or fresh
    stream.position = Position(state.epoch, state.row)
    journal = Journal(work, step=state.step, tensorboard=tensorboard)
    schedule = Schedule(**{**asdict(planned), **state.schedule})
    device = model.get_input_embeddings().weight.device
    optimizers.scaler = make_scaler(plan.precision, device)
    if optimizers.scaler is not None and state.scaler:
        optimizers.scaler.load_state_dict(state.scaler)
    whole_batch = stream.rows
    step, tokens, elapsed = state.step, state.tokens, state.seconds
    validation: float | None = None
    best = state.best_bpb
    loss, moved = math.nan, ""
    mark = saved_at = time.monotonic()

    def save() -> Path:
        at = stream.position
        scaler = optimizers.scaler.state_dict() if optimizers.scaler is not None else {}
        now = RunState(step, at.epoch, at.row, tokens, elapsed, best, asdict(schedule), scaler)
        return save_checkpoint(checkpoints, now, model, optimizers.parts)

    progress.begin(label, schedule.steps, "steps")
    if step:
        progress.advance(step)
        progress.note(f"{label}: going on from step {step}")
    model.train()
    with closing(journal), stop_on_signal() as stop:
        while step < schedule.steps:
            stream.rows = rows_of_step(step, plan.steps, whole_batch, plan.batch_ramp)
            batch = next(stream)
            rate = optimizers.set(schedule, step)
            torch.manual_seed(step)  # dropout's, so that a resumed run draws the same
            loss, norm = train_step(model, batch, optimizers, plan, device)
            if not math.isfinite(loss):
                raise DialectoError(
                    f"training diverged: the loss is {loss} at step {step + 1}. Lower "
                    "`learning_rate` in the recipe; the last checkpoint is kept in "
                    f"{checkpoints}"
                )
            step += 1
            tokens += batch.tokens
            due = step % plan.validate_every == 0 or step == schedule.steps
            if validate is not None and due:
                validation = validate()
                if best is None or validation < best:
                    best = validation
                    save_best(checkpoints, model)
            now = time.monotonic()
            elapsed, mark, took = elapsed + now - mark, now, now - mark
            facts: dict[str, float] = {
                "seconds": round(elapsed, 3),
                "tokens": tokens,
                "loss": loss,
                **_bits(loss, plan.tokens_per_byte),
                "learning_rate": rate,
                "gradient_norm": norm,
                "tokens_per_second": round(batch.tokens / max(took, 1e-9), 1),
            }
            if validation is not None and due:
                facts[f"validation_{plan.held_out}"] = validation
            if optimizers.scaler is not None:
                facts["loss_scale"] = optimizers.scaler.get_scale()
            if due and model.config.model_type == "qwen3_moe":
                with uncompiled(model):
                    shares = expert_shares(model, batch, plan.precision)
                record_shares(work, step, shares)
                facts |= evenness(shares)
            journal.write(step, facts)
            shown = {"loss": loss, **_bits(loss, plan.tokens_per_byte), "tok/s": tokens / elapsed}
            if validation is not None:
                shown[f"held-out {plan.held_out}"] = validation
            progress.advance(1, **shown)
            if plan.seconds and step < schedule.steps:
                schedule, why = _in_time(schedule, plan, step, elapsed - took, elapsed)
                if why:
                    moved = f"{moved}; {why}" if moved else why
                    progress.note(f"{label}: {why}")
            if stop:
                raise Interrupted(save())
            if now - saved_at >= plan.checkpoint_seconds and step < schedule.steps:
                save()
                saved_at = time.monotonic()
    progress.end()
    if best is not None and validation is not None and best < validation:
        # Trained too long on too little: what was best on held-out text is what is kept.
        progress.note(f"{label}: held-out text was read best earlier ({best:.4f}); that is kept")
        load_best(checkpoints, model)
        validation = best
    lines = read_metrics(work / "metrics.jsonl")
    best_rate = _best_rate(lines, max(schedule.steps // 10, 1))
    typical = median([line["tokens_per_second"] for line in lines] or [0.0])
    return LoopResult(step, tokens, elapsed, loss, validation, moved, best_rate, typical)


def _bits(loss: float, tokens_per_byte: float | None) -> dict[str, float]:
    """Bits per byte of a loss in nats per token, where each token of the text is predicted once."""
    return {} if tokens_per_byte is None else {"bpb": loss / math.log(2) * tokens_per_byte}


def _best_rate(lines: list[dict[str, float]], window: int) -> float:
    """Tokens a second of the fastest `window` steps in a row, from the journal."""
    seen = [(line["seconds"], line["tokens"]) for line in lines]
    spans = zip(seen, seen[window:], strict=False)
    return max(((b[1] - a[1]) / (b[0] - a[0]) for a, b in spans if b[0] > a[0]), default=0.0)


def train_step(
    model: Any, batch: Batch, optimizers: Optimizers, plan: LoopPlan, device: torch.device
) -> tuple[float, float]:
    """One optimizer step; returns (mean loss in nats per predicted token, gradient norm).

    Micro-batches are weighted by their predictions, so that N x 1 rows give the gradient of
    1 x N (a mean of means would not).
    """
    predictions = max(batch.predictions, 1)
    total = 0.0
    for start in range(0, len(batch.inputs), plan.micro_rows):
        rows = slice(start, start + plan.micro_rows)
        tensors = {n: torch.from_numpy(a).to(device) for n, a in batch.arrays(rows).items()}
        objective, nats, router = batch_loss(
            model, **tensors, precision=plan.precision, terms=plan.terms
        )
        objective = objective / predictions
        if router is not None:
            objective = objective + router * (len(tensors["inputs"]) / len(batch.inputs))
        optimizers.backward(objective)
        total += float(nats)
    return total / predictions, optimizers.step(plan.clip)


def batch_loss(
    model: Any,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    segments: torch.Tensor,
    precision: str,
    terms: LossTerms = PLAIN,
    **decoder: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """(what is minimised, summed cross-entropy in nats, weighted load-balance loss of a router).

    Tensors are (rows, context), on the model's device; `decoder`: those of an encoder-decoder.
    """
    family = model.config.model_type
    if family in TARGET_STATES:
        found = target_states(model, inputs, targets, segments, precision, **decoder)
        with autocast(inputs.device, precision):
            return *training_loss(*found, terms), None
    extra: dict[str, Any] = {}
    if family == "gpt2":  # its positions are absolute: each document begins at 0
        extra["position_ids"] = segment_positions(segments)
    if family == "qwen3_moe":
        extra["output_router_logits"] = True
    with autocast(inputs.device, precision):
        found = model.base_model(
            input_ids=inputs,
            attention_mask=training_mask(model, segments, DTYPES[precision]),
            use_cache=False,
            **extra,
        )
        head = model.get_output_embeddings().weight
        objective, nats = training_loss(found.last_hidden_state, head, targets, terms)
    if family != "qwen3_moe":
        return objective, nats, None
    return objective, nats, balance_loss(found.router_logits, segments, model.config)


def balance_loss(
    router_logits: tuple[torch.Tensor, ...], segments: torch.Tensor, config: Any
) -> torch.Tensor:
    """The Switch Transformer's load-balance loss [arXiv 2101.03961, equations 4 to 6], weighted.

    Padding (segment 0) is not counted.
    """
    from transformers.models.qwen3_moe.modeling_qwen3_moe import load_balancing_loss_func

    function: Any = load_balancing_loss_func
    loss: torch.Tensor = function(
        router_logits, config.num_experts, config.num_experts_per_tok, (segments != 0).long()
    )
    return float(config.router_aux_loss_coef) * loss


def _in_time(
    schedule: Schedule, plan: LoopPlan, step: int, before: float, now: float
) -> tuple[Schedule, str]:
    """The schedule, made to end with the budget when the machine turns out slower or faster.

    before, now: seconds of training at the step before and at this one. Says why, if it changed.
    """
    assert plan.seconds is not None
    looked = [share for share in EARLY_LOOKS if before < share * plan.seconds <= now]
    if not looked:
        return schedule, ""
    rate = now / step
    planned = rate * schedule.steps
    word, kind = "", ""
    if planned > plan.seconds * PATIENCE and looked[-1] in LOOKS:
        steps, word, kind = max(int(plan.seconds / rate), step + 1), "shortened", "slower"
    elif planned < plan.seconds * FASTER and step < schedule.cool_from:
        # What validation and the end take is already in the rate.
        steps = min(int(plan.seconds / rate), plan.most_steps)
        if steps > schedule.steps:
            word, kind = "made longer", "faster"
    if not word:
        return schedule, ""
    reason = (
        f"the machine is {kind} than measured ({rate:.3f} s a step): at step {step} the run was "
        f"{word} from {schedule.steps} to {steps} steps, to end within {plan.seconds:.0f} s"
    )
    return schedule.resized(step, steps, plan.cooldown), reason
