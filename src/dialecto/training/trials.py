"""In which number format and with how many threads this machine trains fastest: tried, not guessed.

The instructions that a processor names say what it can do, not what pays: some have bf16 products
and are no faster with them, and small models can be faster on one thread than on all.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from dialecto.models.speed import Trial

LEAST_GAIN = 1.1  # of bf16 over fp32, which is the more exact


def try_ways(rate: Callable[[str], float], *, bf16: bool) -> tuple[Trial, ...]:
    """FLOP/s in fp32 and bf16 with all threads, then with one thread in the better of the two.

    rate: FLOP/s of training steps in a precision, with the threads that torch has then. bf16:
    whether it can be tried at all.
    """
    threads = torch.get_num_threads()
    trials = [Trial(name, threads, rate(name)) for name in ("fp32", "bf16")[: 1 + bf16]]
    if threads > 1:
        precision = better_precision(tuple(trials))
        torch.set_num_threads(1)
        try:
            trials.append(Trial(precision, 1, rate(precision)))
        finally:
            torch.set_num_threads(threads)
    return tuple(trials)


def better_precision(trials: tuple[Trial, ...]) -> str:
    """bf16 where it is faster by LEAST_GAIN, of the trials with most threads."""
    most = max(trial.threads for trial in trials)
    found = {trial.precision: trial.flops for trial in trials if trial.threads == most}
    return "bf16" if found.get("bf16", 0.0) >= LEAST_GAIN * found["fp32"] else "fp32"
