"""The training loop: steps planned beforehand, exact resume, nothing lost.

Pretraining and tuning run through the same loop, so metrics, checkpoints and interruptions
look alike. A run is a function of (weights, rows, plan): killed and started again from its
last checkpoint it ends with the same weights, bit for bit on one machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

from dialecto.models.ramp import rows_of_step
from dialecto.runtime import DialectoError, Interrupted, Progress
from dialecto.runtime.interrupt import stop_on_signal
from dialecto.training.allocator import keep_freed_memory
from dialecto.training.attention import segment_positions, training_mask
from dialecto.training.checkpoint import (
    KEPT,
    RunState,
    amend_anchor,
    load_anchor,
    load_best,
    load_checkpoint,
)
from dialecto.training.compiled import uncompiled
from dialecto.training.distributed.ranks import SOLO, Ranks
from dialecto.training.divergence import RATE, RETURNS, Watch
from dialecto.training.experts import evenness, expert_shares, record_shares
from dialecto.training.journal import SILENT, Journal, read_metrics
from dialecto.training.loss import PLAIN, LossTerms, training_loss
from dialecto.training.objectives.states import TARGET_STATES, target_states
from dialecto.training.optimizer import Optimizers
from dialecto.training.pace import Limits, in_time
from dialecto.training.pieces import Batch, Position, RowStream
from dialecto.training.precision import DTYPES, autocast, make_scaler
from dialecto.training.saving import Saver
from dialecto.training.schedule import Schedule, make_schedule
from dialecto.training.trackers import Tracking

# Steps between the checkpoints to which a run that has diverged goes back: a share of the run, so
# that they are the same ones whenever it is repeated.
ANCHORED, LEAST_ANCHORED = 10, 10
NO_TRACKERS = Tracking()


@dataclass(frozen=True)
class LoopPlan:
    """What the loop needs to know. `seconds` is None when `steps` were asked for as such.

    `most_steps`: how far a run may be made longer on a machine that is faster than planned.
    `early_stopping`: measures of held-out text without a better one after which the run ends.
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
    early_stopping: int | None = None
    sample_every: int = 1  # measures of held-out text
    checkpoints_kept: int = KEPT


@dataclass(frozen=True)
class LoopResult:
    """How a run ended. `moved` tells why, when the cooldown had to be moved, `stopped` when it
    ended before its last step; `returns`: how often it went back after it had diverged.
    `best_rate` is the highest speed kept up for a tenth of the run, `typical_rate` the median
    step's, both in tokens a second."""

    steps: int
    tokens: int
    seconds: float
    loss: float
    validation: float | None
    moved: str
    best_rate: float
    typical_rate: float
    stopped: str = ""
    returns: int = 0


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
    record: Callable[[str, Mapping[str, Any]], object] = lambda _action, _facts: None,
    sample: Callable[[int], str] | None = None,
    tracking: Tracking = NO_TRACKERS,
    ranks: Ranks = SOLO,
) -> LoopResult:
    """Run the plan to its end, from the newest checkpoint in `work` if there is one.

    A run that diverges goes back to its last anchor with half the rate, three times at most.
    record: told of that as (action, facts). sample: writes samples of a step, returns one to
    show. Raises Interrupted, after saving a checkpoint, on SIGINT or SIGTERM, and DialectoError
    when it diverges again, when a checkpoint cannot be written and when the one it would go on
    from was made with other data. ranks: the processes that train together; each calls this with
    the same arguments, and the first alone writes.
    """
    checkpoints = work / "checkpoints"
    planned = make_schedule(plan.steps, plan.warmup, plan.cooldown, plan.schedule, plan.final_rate)
    data = stream.facts()
    state = load_checkpoint(checkpoints, model, optimizers.parts, progress.note, data)
    fresh = state is None
    if ranks.same(state.step if state else 0) != (state.step if state else 0):
        raise DialectoError(
            f"process {ranks.number} found another checkpoint than the first: all machines must "
            f"see {work}, in a folder that they share"
        )
    ranks.barrier()  # nothing is written before all have read
    state = state or RunState(0, 0, 0, 0, 0.0, None, asdict(planned), data=data)
    schedule = _take_up(state, stream, optimizers)
    device = model.get_input_embeddings().weight.device
    optimizers.scaler = make_scaler(plan.precision, device)
    if optimizers.scaler is not None and state.scaler:
        optimizers.scaler.load_state_dict(state.scaler)
    journal = Journal(work, step=state.step, tracking=tracking) if ranks.first else SILENT
    kept = plan.checkpoints_kept
    saver = Saver(checkpoints, model, optimizers.parts, kept, writes=ranks.first)
    whole_batch = stream.rows
    anchored = max(plan.steps // ANCHORED, LEAST_ANCHORED)
    moved = stopped = ""
    mark = saved_at = ranks.clock()
    progress.begin(label, schedule.steps, "steps")
    if state.step:
        progress.advance(state.step)
        progress.note(f"{label}: going on from step {state.step}")
    keep_freed_memory()
    model.train()
    with closing(journal), saver, stop_on_signal() as stop:
        if fresh:
            saver.save(state, plain=False, anchor=True)
        while state.step < schedule.steps:
            if stopped := _worse_for_too_long(state, plan):
                progress.note(f"{label}: {stopped}")
                break
            stream.rows = rows_of_step(state.step, plan.steps, whole_batch, plan.batch_ramp)
            batch = next(stream)
            rate = optimizers.set(schedule, state.step)
            torch.manual_seed(ranks.seed(state.step))  # dropout's: a resumed run draws the same
            loss, norm = train_step(model, batch, optimizers, plan, device, ranks)
            watch = Watch(tuple(state.recent), state.over).see(loss)
            if why := watch.why(loss):
                saver.wait()
                elapsed = state.seconds + ranks.clock() - mark
                back = partial(_go_back, state, why, elapsed, checkpoints, model, optimizers)
                state = back(progress, ranks)
                schedule = _take_up(state, stream, optimizers)
                journal.rewind(state.step)
                record(
                    f"{label}.diverged",
                    {"why": why, "back_to_step": state.step, "rate_scale": state.rate_scale},
                )
                mark = ranks.clock()
                continue
            step = state.step + 1
            due = step % plan.validate_every == 0 or step == schedule.steps
            state = replace(
                state,
                step=step,
                epoch=stream.position.epoch,
                row=stream.position.row,
                tokens=state.tokens + batch.tokens,
                loss=loss,
                recent=list(watch.recent),
                over=watch.over,
            )
            if validate is not None and due:
                state = _measured(state, ranks.same(validate()))
            if sample is not None and step % (plan.validate_every * plan.sample_every) == 0:
                progress.note(f"{label}: step {step}: {sample(step)}")
            now = ranks.clock()
            before, mark, took = state.seconds, now, now - mark
            state = replace(state, seconds=before + took, scaler=optimizers.scaler_state())
            facts: dict[str, float] = {
                "seconds": round(state.seconds, 3),
                "tokens": state.tokens,
                "loss": loss,
                **_bits(loss, plan.tokens_per_byte),
                "learning_rate": rate,
                "gradient_norm": norm,
                "tokens_per_second": round(batch.tokens / max(took, 1e-9), 1),
            }
            if state.validation is not None and due:
                facts[f"validation_{plan.held_out}"] = state.validation
            if optimizers.scaler is not None:
                facts["loss_scale"] = optimizers.scaler.get_scale()
            if due and model.config.model_type == "qwen3_moe":
                with uncompiled(model):
                    used = partial(expert_shares, batch=batch, precision=plan.precision)
                    shares = ranks.read(model, used)
                if ranks.first:
                    record_shares(work, step, shares)
                facts |= evenness(shares)
            journal.write(step, facts)
            shown = {
                "loss": loss,
                **_bits(loss, plan.tokens_per_byte),
                "tok/s": state.tokens / state.seconds,
            }
            if state.validation is not None:
                shown[f"held-out {plan.held_out}"] = state.validation
            progress.advance(1, **shown)
            if plan.seconds and step < schedule.steps:
                limits = Limits(plan.seconds, plan.cooldown, plan.most_steps)
                schedule, why = in_time(schedule, limits, step, before, state.seconds, state.lost)
                if why:
                    moved = f"{moved}; {why}" if moved else why
                    progress.note(f"{label}: {why}")
                    state = replace(state, schedule=asdict(schedule))
            saver.look()
            if ranks.any(bool(stop)):
                saved = saver.save(state)
                saver.wait()
                raise Interrupted(saved)
            calm, last = not watch.over, step == schedule.steps
            wanted = {
                "best": validate is not None and due and not state.worse,
                "anchor": calm and not last and step % anchored == 0,
                "plain": calm and not last and now - saved_at >= plan.checkpoint_seconds,
            }
            if any(wanted.values()):
                saver.save(state, **wanted)
                saved_at = ranks.clock() if wanted["plain"] else saved_at
    progress.end()
    validation = state.validation
    if state.best is not None and state.worse:
        # Trained too long on too little: what was best on held-out text is what is kept.
        progress.note(
            f"{label}: held-out text was read best earlier ({state.best:.4f}); that is kept"
        )
        ranks.barrier()  # the first may have been writing it
        load_best(checkpoints, model)
        validation = state.best
    lines = read_metrics(work / "metrics.jsonl")
    return LoopResult(
        state.step,
        state.tokens,
        state.seconds,
        math.nan if state.loss is None else state.loss,
        validation,
        moved,
        _best_rate(lines, max(schedule.steps // 10, 1)),
        median([line["tokens_per_second"] for line in lines] or [0.0]),
        stopped,
        state.returns,
    )


def _take_up(state: RunState, stream: RowStream, optimizers: Optimizers) -> Schedule:
    """Put the data's position and the rates where a state says; returns its schedule."""
    stream.position = Position(state.epoch, state.row)
    optimizers.scale = state.rate_scale
    if optimizers.scaler is not None and state.scaler:
        optimizers.scaler.load_state_dict(state.scaler)
    return Schedule(**state.schedule)


def _measured(state: RunState, validation: float) -> RunState:
    """The state after a measure of held-out text; lower is better."""
    if math.isfinite(validation) and (state.best is None or validation < state.best):
        return replace(state, validation=validation, best=validation, worse=0)
    return replace(state, validation=validation, worse=state.worse + 1)


def _worse_for_too_long(state: RunState, plan: LoopPlan) -> str:
    """Why the run ends early; empty while it goes on."""
    if plan.early_stopping is None or state.worse < plan.early_stopping or state.best is None:
        return ""
    return (
        f"stopped at step {state.step} of {state.schedule['steps']}: {state.worse} measures of "
        f"held-out text in a row were not better than {state.best:.4f}"
    )


def _go_back(
    state: RunState,
    why: str,
    elapsed: float,
    checkpoints: Path,
    model: Any,
    optimizers: Optimizers,
    progress: Progress,
    ranks: Ranks,
) -> RunState:
    """The state of the last anchor with a lower rate, also on disk. Raises DialectoError after
    three times: what goes wrong at an eighth of the rate does not go wrong because of it."""
    told = f"training diverged at step {state.step + 1}: {why}"
    advice = "Lower `learning_rate` in the recipe, or set `clip: 1.0`"
    if state.returns >= RETURNS:
        raise DialectoError(
            f"{told}, though it had gone back {RETURNS} times and its rate is down to "
            f"{state.rate_scale:g} of the peak. {advice}; the last good checkpoint is kept in "
            f"{checkpoints}"
        )
    anchor = load_anchor(checkpoints, model, optimizers.parts, progress.note)
    if anchor is None:
        raise DialectoError(f"{told}, and there is no sound checkpoint to go back to. {advice}.")
    back = replace(
        anchor,
        seconds=elapsed,
        best=state.best,  # its weights are still there
        worse=state.worse if state.best != anchor.best else anchor.worse,
        rate_scale=state.rate_scale * RATE,
        returns=state.returns + 1,
        lost=state.lost + state.step + 1 - anchor.step,
    )
    ranks.barrier()  # all have read it
    if ranks.first:
        amend_anchor(checkpoints, back)
    progress.note(
        f"{told}; back to step {back.step} with {back.rate_scale:g} of the peak rate "
        f"({back.returns} of {RETURNS} times)"
    )
    progress.advance(back.step - state.step)
    return back


def _bits(loss: float, tokens_per_byte: float | None) -> dict[str, float]:
    """Bits per byte of a loss in nats per token, where each token of the text is predicted once."""
    return {} if tokens_per_byte is None else {"bpb": loss / math.log(2) * tokens_per_byte}


def _best_rate(lines: list[dict[str, float]], window: int) -> float:
    """Tokens a second of the fastest `window` steps in a row, from the journal."""
    seen = [(line["seconds"], line["tokens"]) for line in lines]
    spans = zip(seen, seen[window:], strict=False)
    return max(((b[1] - a[1]) / (b[0] - a[0]) for a, b in spans if b[0] > a[0]), default=0.0)


def train_step(
    model: Any,
    batch: Batch,
    optimizers: Optimizers,
    plan: LoopPlan,
    device: torch.device,
    ranks: Ranks = SOLO,
) -> tuple[float, float]:
    """One optimizer step; returns (mean loss in nats per predicted token, gradient norm).

    Micro-batches are weighted by their predictions, so that N x 1 rows give the gradient of
    1 x N (a mean of means would not); so do the ranks', each with its rows of the batch.
    """
    predictions = max(batch.predictions, 1)
    share = ranks.share(batch)
    total = 0.0
    for start in range(0, len(share.inputs), plan.micro_rows):
        rows = slice(start, start + plan.micro_rows)
        tensors = {n: torch.from_numpy(a).to(device) for n, a in share.arrays(rows).items()}
        with ranks.collecting(last=start + plan.micro_rows >= len(share.inputs)):
            objective, nats, router = ranks.loss(
                model, batch_loss, **tensors, precision=plan.precision, terms=plan.terms
            )
            objective = objective / (predictions / ranks.count)
            if router is not None:
                objective = objective + router * (len(tensors["inputs"]) / len(share.inputs))
            optimizers.backward(objective)
        total += float(nats)
    return ranks.sum(total) / predictions, optimizers.step(plan.clip)


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
