"""Whether a run will end when its budget does, and what is done if not."""

from __future__ import annotations

from dataclasses import dataclass

from dialecto.training.schedule import Schedule

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
class Limits:
    """What a run may be resized to. `cooldown`: share of steps, in `wsd`."""

    seconds: float
    cooldown: float
    most_steps: int


def in_time(
    schedule: Schedule, limits: Limits, step: int, before: float, now: float, lost: int = 0
) -> tuple[Schedule, str]:
    """The schedule, made to end with the budget when the machine turns out slower or faster.

    before, now: seconds of training at the step before and at this one. lost: steps that were
    made and taken back. Says why, if it changed.
    """
    looked = [share for share in EARLY_LOOKS if before < share * limits.seconds <= now]
    if not looked:
        return schedule, ""
    rate = now / (step + lost)
    planned = rate * (schedule.steps + lost)
    affordable = int(limits.seconds / rate) - lost
    word, kind = "", ""
    if planned > limits.seconds * PATIENCE and looked[-1] in LOOKS:
        steps, word, kind = max(affordable, step + 1), "shortened", "slower"
    elif planned < limits.seconds * FASTER and step < schedule.cool_from:
        # What validation and the end take is already in the rate.
        steps = min(affordable, limits.most_steps)
        if steps > schedule.steps:
            word, kind = "made longer", "faster"
    if not word:
        return schedule, ""
    cause = f"the machine is {kind} than measured ({rate:.3f} s a step)"
    if lost and kind == "slower":
        cause = f"{lost} steps were taken back ({rate:.3f} s a step)"
    reason = (
        f"{cause}: at step {step} the run was {word} from {schedule.steps} to {steps} steps, "
        f"to end within {limits.seconds:.0f} s"
    )
    return schedule.resized(step, steps, limits.cooldown), reason
