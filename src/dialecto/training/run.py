"""What a run is given and what it leaves: the plan, what it works with, how it ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from dialecto.runtime import Progress
from dialecto.training.checkpoint import KEPT
from dialecto.training.distributed.ranks import Ranks
from dialecto.training.loss import PLAIN, LossTerms
from dialecto.training.optimizer import Optimizers
from dialecto.training.pieces import RowStream


@dataclass(frozen=True)
class Move:
    """Another length of a run: decided at a step, in steps, and why."""

    step: int
    steps: int
    why: str


@dataclass(frozen=True)
class LoopPlan:
    """What the loop needs to know. `seconds` is None when `steps` were asked for as such.

    `most_steps`: how far a run may be made longer on a machine that is faster than planned.
    `moves`: those of a run that is repeated, made again at the same steps.
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
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True)
class LoopResult:
    """How a run ended. `moves`: when and why the cooldown had to be moved; `stopped` tells why it
    ended before its last step, if it did; `returns`: how often it went back after it had diverged.
    `best_rate` is the highest speed kept up for a tenth of the run, `typical_rate` the median
    step's, both in tokens a second."""

    steps: int
    tokens: int
    seconds: float
    loss: float
    validation: float | None
    moves: tuple[Move, ...]
    best_rate: float
    typical_rate: float
    stopped: str = ""
    returns: int = 0

    @property
    def moved(self) -> str:
        """Why the cooldown was moved; empty when it was not."""
        return "; ".join(move.why for move in self.moves)


@dataclass(frozen=True)
class Run:
    """What stays the same from a run's first step to its last: `loop.train`'s arguments."""

    model: Any
    stream: RowStream
    optimizers: Optimizers
    plan: LoopPlan
    work: Path
    progress: Progress
    label: str
    validate: Callable[[], float] | None
    record: Callable[[str, Mapping[str, Any]], object]
    sample: Callable[[int], str] | None
    ranks: Ranks

    @property
    def checkpoints(self) -> Path:
        return self.work / "checkpoints"

    @property
    def device(self) -> torch.device:
        found: torch.device = self.model.get_input_embeddings().weight.device
        return found

    @property
    def guess(self) -> float:
        """Nats per token of blind guessing."""
        return math.log(self.model.config.vocab_size)

    def note(self, text: str) -> None:
        self.progress.note(f"{self.label}: {text}")
