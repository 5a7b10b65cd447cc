"""A tiny model and its rows, made in milliseconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from dialecto.models.architecture import build_config, build_model
from dialecto.models.shape import default_shape
from dialecto.recipe.architectures import OBJECTIVES
from dialecto.training.attention import use_for_training
from dialecto.training.objectives.masked import RATES, Masked
from dialecto.training.objectives.spans import Spans
from dialecto.training.pieces import CAUSAL, Examples, Objective, RowStream
from dialecto.training.run import LoopPlan

VOCABULARY, CONTEXT, END, PAD = 97, 24, 0, 3


def tiny_model(
    seed: int = 1,
    *,
    random_outputs: bool = False,
    architecture: str = "qwen3",
    dropout: float = 0.0,
    width: int = 32,
    initialisation: str = "induction",
) -> Any:
    shape = default_shape(2, width, VOCABULARY, CONTEXT, architecture)
    config = build_config(shape, end_of_text=END, pad=PAD, dropout=dropout)
    model = build_model(config, seed, initialisation)
    if random_outputs:  # zeroed projections and a tiny head hide mistakes in the blocks
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.ndim >= 2:
                    parameter.normal_(0, 0.2, generator=generator)
    use_for_training(model, torch.device("cpu"), CONTEXT)
    return model


def tiny_documents(count: int = 30, seed: int = 0) -> list[np.ndarray[Any, Any]]:
    random = np.random.default_rng(seed)
    lengths = random.integers(2, 70, count)
    return [
        np.concatenate([[END], random.integers(4, VOCABULARY, n)]).astype(np.uint16)
        for n in lengths
    ]


def tiny_words(documents: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """Where words begin, at random: they have one to five tokens."""
    random = np.random.default_rng(2)
    return [random.random(len(document)) < 0.5 for document in documents]


def tiny_objective(architecture: str, seed: int = 7) -> Objective:
    if OBJECTIVES[architecture] == "masked":
        return Masked(1, 2, END, np.arange(4, VOCABULARY), RATES[architecture], seed)
    if OBJECTIVES[architecture] == "spans":
        return Spans(tuple(range(90, 97)), END, PAD, seed)
    return CAUSAL


def tiny_stream(rows: int = 4, seed: int = 7, architecture: str = "qwen3") -> RowStream:
    documents = tiny_documents()
    return RowStream(
        Examples(documents, END, tiny_words(documents)),
        context=CONTEXT,
        rows=rows,
        pad=PAD,
        seed=seed,
        objective=tiny_objective(architecture, seed),
    )


def tiny_plan(steps: int = 8, **changes: Any) -> LoopPlan:
    facts: dict[str, Any] = {
        "steps": steps,
        "micro_rows": 4,
        "warmup": 0.1,
        "cooldown": 0.5,
        "precision": "fp32",
        "seconds": None,
        "checkpoint_seconds": 1e9,
        "validate_every": 3,
        "tokens_per_byte": 0.3,
    }
    return LoopPlan(**{**facts, **changes})
