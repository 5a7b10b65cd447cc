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
from pathlib import Path
from typing import Any

import torch

from dialecto.models.ramp import rows_of_step
from dialecto.runtime import DialectoError, Interrupted, Progress
from dialecto.runtime.interrupt import StopRequest, stop_on_signal
from dialecto.training.allocator import keep_freed_memory
from dialecto.training.checkpoint import RunState, load_best, load_checkpoint
from dialecto.training.distributed.ranks import SOLO, Ranks
from dialecto.training.divergence import Watch
from dialecto.training.figures import best_rate, shown_figures, step_figures, typical_rate
from dialecto.training.journal import SILENT, Journal, SilentJournal, read_metrics
from dialecto.training.optimizer import Optimizers
from dialecto.training.pieces import RowStream
from dialecto.training.precision import make_scaler
from dialecto.training.run import LoopPlan, LoopResult, Move, Run
from dialecto.training.saving import Saver
from dialecto.training.schedule import Schedule, make_schedule
from dialecto.training.step import train_step
from dialecto.training.trackers import Tracking
from dialecto.training.transitions import (
    go_back,
    measured,
    paced,
    stepped,
    take_up,
    worse_for_too_long,
)

# Steps between the checkpoints to which a run that has diverged goes back: a share of the run, so
# that they are the same ones whenever it is repeated.
ANCHORED, LEAST_ANCHORED = 10, 10
NO_TRACKERS = Tracking()


@dataclass(frozen=True)
class _End:
    """The last state, and why the run stopped early, if so."""

    state: RunState
    stopped: str


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
    run = Run(
        model, stream, optimizers, plan, work, progress, label, validate, record, sample, ranks
    )
    state, fresh = _begin(run)
    optimizers.scaler = make_scaler(plan.precision, run.device)
    schedule = take_up(state, stream, optimizers)
    journal = Journal(work, step=state.step, tracking=tracking) if ranks.first else SILENT
    kept = plan.checkpoints_kept
    saver = Saver(run.checkpoints, model, optimizers.parts, kept, writes=ranks.first)
    began = ranks.clock()
    progress.begin(label, schedule.steps, "steps", state.step)
    if state.step:
        run.note(f"going on from step {state.step}")
    keep_freed_memory()
    model.train()
    with closing(journal), saver, stop_on_signal() as stop:
        if fresh:
            saver.save(state, plain=False, anchor=True)
        end = _go(run, state, journal, saver, stop, began)
    progress.end()
    state = end.state
    validation = _kept_best(run, state)
    lines = read_metrics(work / "metrics.jsonl")
    return LoopResult(
        state.step,
        state.tokens,
        state.seconds,
        math.nan if state.loss is None else state.loss,
        validation,
        tuple(Move(**move) for move in state.moves),
        best_rate(lines, max(state.schedule["steps"] // 10, 1)),
        typical_rate(lines),
        end.stopped,
        state.returns,
    )


def _begin(run: Run) -> tuple[RunState, bool]:
    """The newest checkpoint's state, or that of a run which begins; and whether it begins."""
    plan, ranks, data = run.plan, run.ranks, run.stream.facts()
    planned = make_schedule(plan.steps, plan.warmup, plan.cooldown, plan.schedule, plan.final_rate)
    parts, note = run.optimizers.parts, run.progress.note
    state = load_checkpoint(run.checkpoints, run.model, parts, note, data)
    step = state.step if state else 0
    if ranks.same(step) != step:
        raise DialectoError(
            f"process {ranks.number} found another checkpoint than the first: all machines must "
            f"see {run.work}, in a folder that they share"
        )
    ranks.barrier()  # nothing is written before all have read
    return state or RunState(0, 0, 0, 0, 0.0, None, asdict(planned), data=data), state is None


def _go(
    run: Run,
    state: RunState,
    journal: Journal | SilentJournal,
    saver: Saver,
    stop: StopRequest,
    began: float,
) -> _End:
    """Step by step to the end of the schedule. began: the clock when the session did."""
    plan, stream, optimizers, ranks = run.plan, run.stream, run.optimizers, run.ranks
    schedule, device, whole_batch = Schedule(**state.schedule), run.device, stream.rows
    mark = saved_at = began
    while state.step < schedule.steps:
        if stopped := worse_for_too_long(state, plan):
            run.note(stopped)
            return _End(state, stopped)
        stream.rows = rows_of_step(state.step, plan.steps, whole_batch, plan.batch_ramp)
        batch = next(stream)
        rate = optimizers.set(schedule, state.step)
        torch.manual_seed(ranks.seed(state.step))  # dropout's: a resumed run draws the same
        loss, norm = train_step(run.model, batch, optimizers, plan, device, ranks)
        watch = Watch(tuple(state.recent), state.over, run.guess).see(loss)
        if why := watch.why(loss):
            saver.wait()
            state = go_back(run, state, why, state.seconds + ranks.clock() - mark)
            schedule = take_up(state, stream, optimizers)
            journal.rewind(state.step)
            _record_return(run, state, why)
            mark = ranks.clock()
            continue
        before = state.seconds
        state = stepped(state, stream.position, batch.tokens, loss, watch)
        due = state.step % plan.validate_every == 0 or state.step == schedule.steps
        state = _looked(run, state, due)
        now = ranks.clock()
        took, mark = now - mark, now
        state = replace(state, seconds=before + took, scaler=optimizers.scaler_state())
        figures = step_figures(run, state, batch, rate=rate, norm=norm, took=took, due=due)
        journal.write(state.step, figures)
        run.progress.advance(1, **shown_figures(state, plan))
        state, why = paced(state, plan, before)
        if why:
            schedule = Schedule(**state.schedule)
            run.note(why)
            run.progress.resize(schedule.steps)
        saver.look()
        if ranks.stopped(bool(stop)):
            saved = saver.save(state)
            saver.wait()
            raise Interrupted(saved)
        waited = now - saved_at >= plan.checkpoint_seconds
        wanted = _wanted(run, state, due=due, waited=waited)
        if any(wanted.values()):
            saver.save(state, **wanted)
            saved_at = ranks.clock() if wanted["plain"] else saved_at
    return _End(state, "")


def _looked(run: Run, state: RunState, due: bool) -> RunState:
    """The state after held-out text was measured and samples were written, if it is time."""
    if run.validate is not None and due:
        state = measured(state, run.ranks.same(run.validate()))
    every = run.plan.validate_every * run.plan.sample_every
    if run.sample is not None and state.step % every == 0:
        run.note(f"step {state.step}: {run.sample(state.step)}")
    return state


def _wanted(run: Run, state: RunState, *, due: bool, waited: bool) -> dict[str, bool]:
    """What to save after a step. waited: whether the last checkpoint is old enough."""
    calm, last = not state.over, state.step == state.schedule["steps"]
    anchored = max(run.plan.steps // ANCHORED, LEAST_ANCHORED)
    return {
        "best": run.validate is not None and due and not state.worse,
        "anchor": calm and not last and state.step % anchored == 0,
        "plain": calm and not last and waited,
    }


def _record_return(run: Run, state: RunState, why: str) -> None:
    run.record(
        f"{run.label}.diverged",
        {"why": why, "back_to_step": state.step, "rate_scale": state.rate_scale},
    )


def _kept_best(run: Run, state: RunState) -> float | None:
    """The held-out loss of the weights that stay: the last ones, or the best if those are worse."""
    if state.best is None or not state.worse:
        return state.validation
    # Trained too long on too little: what was best on held-out text is what is kept.
    run.note(f"held-out text was read best earlier ({state.best:.4f}); that is kept")
    run.ranks.barrier()  # the first may have been writing it
    if load_best(run.checkpoints, run.model):
        return state.best
    run.note("warning: those weights are damaged on the disk; the last ones are kept")
    return state.validation
