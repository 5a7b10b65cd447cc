"""What a run is steered by: the held-out loss of its objective on whole documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dialecto.models.overhead import HELD_BYTES
from dialecto.tokenizer.shards import TokenSplit
from dialecto.tokenizer.train import PAD
from dialecto.training.heldout import token_bits
from dialecto.training.objectives.choose import read_examples
from dialecto.training.objectives.heldout import fill, held_out_batches
from dialecto.training.objectives.masked import Masked
from dialecto.training.objectives.spans import Spans
from dialecto.training.pieces import Objective
from dialecto.training.planning import validation_text


def make_validation(
    shards: Path,
    tokenizer: Any,
    objective: Objective,
    *,
    context: int,
    precision: str,
    wanted: int = HELD_BYTES,
) -> Callable[[Any], float] | None:
    """A function from a model to its held-out loss, by `choose.MEASURES`; lower is better.

    wanted: bytes of held-out text that it reads, about; whole documents spread over the split.
    None when the validation split has no documents.
    """
    split = TokenSplit.open(shards, "validation")
    if not split.documents:
        return None
    every = max(split.bytes // max(wanted, 1), 1)
    if isinstance(objective, Masked | Spans):
        pad = tokenizer.convert_tokens_to_ids(PAD)
        examples = read_examples(shards, "validation", tokenizer.eos_token_id)
        batches = list(
            held_out_batches(
                objective,
                examples,
                chosen=range(0, len(examples), every),
                context=context,
                pad=pad,
            )
        )
        return lambda model: fill(model, iter(batches), precision=precision).loss
    chosen, size = validation_text(shards, tokenizer, wanted)

    def bits_per_byte(model: Any) -> float:
        return token_bits(model, chosen, context=context, precision=precision) / size

    return bits_per_byte
