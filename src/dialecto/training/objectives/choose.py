"""The objective of an architecture, and the documents as it reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dialecto.recipe.architectures import OBJECTIVES
from dialecto.tokenizer.shards import TokenSplit, WordStarts
from dialecto.tokenizer.train import CLS, END_OF_TEXT, MASK, PAD, SENTINELS, SEP
from dialecto.training.objectives.masked import RATES, Masked
from dialecto.training.objectives.spans import Spans
from dialecto.training.pieces import CAUSAL, Examples, Objective

# What the held-out loss of each objective is called, in metrics and reports.
MEASURES = {"causal": "bpb", "masked": "masked_loss", "spans": "span_loss"}


def make_objective(architecture: str, tokenizer: Any, seed: int) -> Objective:
    """What an architecture learns, with the tokenizer's special tokens."""
    objective = OBJECTIVES[architecture]
    ids = tokenizer.convert_tokens_to_ids
    if objective == "masked":
        special = set(tokenizer.added_tokens_decoder)
        return Masked(
            mask=ids(MASK),
            begin=ids(CLS),
            end=ids(SEP),
            plain=np.array([i for i in range(len(tokenizer)) if i not in special]),
            rate=RATES[architecture],
            seed=seed,
        )
    if objective == "spans":
        return Spans(tuple(map(ids, SENTINELS)), ids(END_OF_TEXT), ids(PAD), seed)
    return CAUSAL


def read_examples(shards: Path, split: str, end_of_text: int) -> Examples:
    """A split's documents, with where their words begin if the shards know it."""
    tokens = TokenSplit.open(shards, split)
    words = WordStarts(shards, split) if any(shards.glob(f"{split}-*.words")) else ()
    return Examples(tokens, end_of_text, words)
