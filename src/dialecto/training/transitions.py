"""From one state of a run to the next: a step made, a measure taken, a return to an anchor.

A run's state is all that its next step depends on besides the weights, and what its checkpoints
hold; here is everything that changes it.
"""

from __future__ import annotations

import math
from dataclasses import asdict, replace

from dialecto.models.ramp import make_ramp
from dialecto.runtime import DialectoError
from dialecto.training.checkpoint import RunState, amend_anchor, drop_later, load_anchor
from dialecto.training.divergence import RATE, RETURNS, Watch
from dialecto.training.optimizer import Optimizers
from dialecto.training.pace import Limits, Look, in_time, time_to_look
from dialecto.training.pieces import Position, RowStream
from dialecto.training.run import LoopPlan, Move, Run
from dialecto.training.schedule import Schedule


def take_up(state: RunState, stream: RowStream, optimizers: Optimizers) -> Schedule:
    """Put the data's position and the rates where a state says; returns its schedule."""
    stream.position = Position(state.epoch, state.row)
    optimizers.scale = state.rate_scale
    if optimizers.scaler is not None and state.scaler:
        optimizers.scaler.load_state_dict(state.scaler)
    return Schedule(**state.schedule)


def stepped(
    state: RunState, position: Position, tokens: int, loss: float, watch: Watch
) -> RunState:
    """The state after a step that was in order; its time is not counted yet.

    position: where the data goes on; tokens: that the step let the model see.
    """
    return replace(
        state,
        step=state.step + 1,
        epoch=position.epoch,
        row=position.row,
        tokens=state.tokens + tokens,
        loss=loss,
        recent=list(watch.recent),
        over=watch.over,
    )


def measured(state: RunState, validation: float) -> RunState:
    """The state after a measure of held-out text; lower is better."""
    if math.isfinite(validation) and (state.best is None or validation < state.best):
        return replace(state, validation=validation, best=validation, worse=0)
    return replace(state, validation=validation, worse=state.worse + 1)


def paced(state: RunState, plan: LoopPlan, before: float) -> tuple[RunState, str]:
    """The state with a schedule that ends when the budget does, and why it was changed, if it was.

    before: the run's seconds at the step before.
    """
    schedule, now = Schedule(**state.schedule), state.seconds
    recorded = _to_repeat(state, plan)
    for move in recorded:
        if move.step == state.step:
            again = f"as in the run that is repeated, {move.steps} steps from step {move.step} on"
            return _moved(state, schedule.resized(move.step, move.steps, plan.cooldown), again)
    if not plan.seconds or state.step >= schedule.steps:
        return state, ""
    if not time_to_look(plan.seconds, before, now):
        return state, ""
    ramp = make_ramp(plan.steps, plan.batch_ramp)
    limits = Limits(plan.seconds, plan.cooldown, plan.most_steps, ramp)
    last = Look(**state.look)
    # A run that is repeated is judged by the length that it will get.
    steps = recorded[-1].steps if recorded else schedule.steps
    judged = replace(schedule, steps=steps)
    found, why = in_time(judged, limits, state.step, before, now, state.lost, last)
    looked = replace(state, look=asdict(Look(state.step + state.lost, now)))
    if not why:
        return looked, ""
    return _moved(looked, schedule.resized(state.step, found.steps, plan.cooldown), why)


def _to_repeat(state: RunState, plan: LoopPlan) -> list[Move]:
    """The recorded moves from this step on; none when the clock has led the run elsewhere."""
    known = {move.step for move in plan.moves}
    if any(move["step"] not in known for move in state.moves):
        return []
    return [move for move in plan.moves if move.step >= state.step]


def _moved(state: RunState, schedule: Schedule, why: str) -> tuple[RunState, str]:
    move = asdict(Move(state.step, schedule.steps, why))
    return replace(state, schedule=asdict(schedule), moves=[*state.moves, move]), why


def worse_for_too_long(state: RunState, plan: LoopPlan) -> str:
    """Why the run ends early; empty while it goes on."""
    if plan.early_stopping is None or state.worse < plan.early_stopping or state.best is None:
        return ""
    return (
        f"stopped at step {state.step} of {state.schedule['steps']}: {state.worse} measures of "
        f"held-out text in a row were not better than {state.best:.4f}"
    )


def go_back(run: Run, state: RunState, why: str, elapsed: float) -> RunState:
    """The state of the last anchor with a lower rate, also on disk. Raises DialectoError after
    three times: what goes wrong at an eighth of the rate does not go wrong because of it."""
    told = f"training diverged at step {state.step + 1}: {why}"
    advice = "Lower `learning_rate` in the recipe, or set `clip: 1.0`"
    if state.returns >= RETURNS:
        raise DialectoError(
            f"{told}, though it had gone back {RETURNS} times and its rate is down to "
            f"{state.rate_scale:g} of the peak. {advice}; the last good checkpoint is kept in "
            f"{run.checkpoints}"
        )
    # The first of the losses out of order is that of the weights before it: they are spoilt, too.
    proven = state.step - state.over
    parts, note = run.optimizers.parts, run.progress.note
    anchor = load_anchor(run.checkpoints, run.model, parts, note, before=proven)
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
        look=state.look,
    )
    run.ranks.barrier()  # all have read it
    if run.ranks.first:
        amend_anchor(run.checkpoints, back)
        drop_later(run.checkpoints, back.step)
    run.progress.note(
        f"{told}; back to step {back.step} with {back.rate_scale:g} of the peak rate "
        f"({back.returns} of {RETURNS} times)"
    )
    run.progress.advance(back.step - state.step)
    return back
