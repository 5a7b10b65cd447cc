"""The folder that a run leaves: a model that plain transformers loads, and what was drawn of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from dialecto.runtime.files import remove_tree
from dialecto.training.experts import plot_experts
from dialecto.training.journal import plot_loss, read_metrics


def load_tokenizer(artefact: Path) -> Any:
    """The tokenizer stage's `PreTrainedTokenizerFast`."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(artefact / "tokenizer", local_files_only=True)


def save_model(model: Any, tokenizer: Any, folder: Path, context: int) -> None:
    """A folder that `from_pretrained` loads: weights, configuration, tokenizer, template."""
    remove_tree(folder)
    model.set_attn_implementation("sdpa")
    if hasattr(model.config, "use_cache"):
        model.config.use_cache = True
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.model_max_length = context
    tokenizer.save_pretrained(folder)


def finish_run(work: Path) -> None:
    """Draw the loss and the experts' use; drop the checkpoints, for the model is finished."""
    plot_loss(read_metrics(work / "metrics.jsonl"), work / "loss.png")
    plot_experts(work)
    shutil.rmtree(work / "checkpoints", ignore_errors=True)
