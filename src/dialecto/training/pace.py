"""Whether a run will end when its budget does, and what is done if not."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dialecto.models.ramp import NO_RAMP, Ramp
from dialecto.training.schedule import Schedule

# At these shares of the time a run looks whether it will end by then; when it would take so many
# times its budget, its cooldown is moved forward. Rarely, and with patience while much is left, so
# that a passing disturbance does not change a run that would have repeated exactly.
PATIENCE = {0.5: 1.15, 0.75: 1.05, 0.9: 1.05}
# A run that would end before such a share of its time is made longer, if text and plan allow it;
# at a fifth of it already, before the cooldown has begun. Near the end it is too late to gain much.
FASTER = {0.2: 0.85, 0.5: 0.85, 0.75: 0.9}
LOOKS = tuple(sorted({*PATIENCE, *FASTER}))


@dataclass(frozen=True)
class Limits:
    """What a run may be resized to. `cooldown`: share of steps, in `wsd`. `ramp`: of its batch,
    whose small steps take less time."""

    seconds: float
    cooldown: float
    most_steps: int
    ramp: Ramp = NO_RAMP


@dataclass(frozen=True)
class Look:
    """The last time that a run looked: the steps it had made, those taken back too; its seconds."""

    made: int = 0
    seconds: float = 0.0


BEGINNING = Look()


def time_to_look(seconds: float, before: float, now: float) -> float:
    """The share of its `seconds` that a run has passed with its last step; 0 if it is none at
    which it looks. before, now: seconds of training at the step before and at this one."""
    return max((share for share in LOOKS if before < share * seconds <= now), default=0.0)


def in_time(
    schedule: Schedule,
    limits: Limits,
    step: int,
    before: float,
    now: float,
    lost: int = 0,
    last: Look = BEGINNING,
) -> tuple[Schedule, str]:
    """The schedule, made to end with the budget when the machine turns out slower or faster.

    before, now: seconds of training at the step before and at this one. lost: steps that were
    made and taken back. last: the look before this one: what held the run up until then, and does
    so no more, is no reason to shorten it; and only at the last look is what began since then one
    by itself. Says why, if the schedule changed.
    """
    share = time_to_look(limits.seconds, before, now)
    if not share:
        return schedule, ""
    # Speeds are in whole batches a second.
    count = limits.ramp.batches
    made, read = count(step + lost), count(step)
    mean = made / now
    lately = (made - count(last.made)) / max(now - last.seconds, 1e-9)
    left, room = count(schedule.steps) - read, limits.seconds - now
    better = lately if share == LOOKS[-1] else max(mean, lately)
    worse = min(mean, lately)
    pace, steps, word, kind = better, schedule.steps, "", ""
    if now + left / better > limits.seconds * PATIENCE.get(share, math.inf):
        steps = max(limits.ramp.steps(read + room * pace), step + 1)
        word, kind = "shortened", "slower"
    elif now + left / worse < limits.seconds * FASTER.get(share, 0.0):
        # What validation and the end take is already in the pace.
        pace = worse
        steps = min(limits.ramp.steps(read + room * pace), limits.most_steps)
        word, kind = "made longer", "faster"
    if not word or (kind == "faster" and steps <= schedule.steps):
        return schedule, ""
    cause = f"the machine is {kind} than measured ({1 / pace:.3f} s a step)"
    if lost and kind == "slower":
        cause = f"{lost} steps were taken back ({1 / pace:.3f} s a step)"
    reason = (
        f"{cause}: at step {step} the run was {word} from {schedule.steps} to {steps} steps, "
        f"to end within {limits.seconds:.0f} s"
    )
    return schedule.resized(step, steps, limits.cooldown), reason
