"""How well an encoder finds masked words, and an encoder-decoder what was cut out.

Metrics, all floats. `masked_…` of an encoder, `span_…` of an encoder-decoder:

- `…_loss`: nats for each token asked for, on the whole test documents, lower is better. Of a
  masked text 15% of the tokens are asked for, all of them hidden, always the same ones.
- `…_perplexity`: e to that power; of a masked text also called pseudo-perplexity.
- `…_accuracy`: share of those tokens that the model thinks likeliest.
- `masked_loss.unigram`, `masked_accuracy.unigram`: of always giving each token its share of
  the training text, so the most frequent one: what not looking at the text achieves.

There are no bits per byte: each token is asked for with the rest of the text in view.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dialecto.models.architecture import model_class
from dialecto.recipe import EvaluateSection
from dialecto.recipe.architectures import OBJECTIVES
from dialecto.runtime import StageContext
from dialecto.runtime.files import read_json, write_json, write_lines
from dialecto.tokenizer.shards import TokenSplit
from dialecto.tokenizer.train import PAD
from dialecto.training.objectives.choose import make_objective, read_examples
from dialecto.training.objectives.heldout import fill, held_out_batches
from dialecto.training.objectives.masked import Masked
from dialecto.training.objectives.spans import Spans
from dialecto.training.objectives.states import target_states
from dialecto.training.pieces import IGNORED, Batch, Examples

# More held-out text than this no longer moves the number; evenly spaced documents are read.
MOST_TEST_TOKENS = 4_000_000
_AROUND = 12  # tokens shown on each side of what was hidden


@dataclass(frozen=True)
class _Reader:
    """A trained model with its objective and the test documents."""

    model: Any
    tokenizer: Any
    architecture: str
    objective: Masked | Spans
    examples: Examples
    context: int

    def batches(self, chosen: Sequence[int], rows: int = 16) -> list[Batch]:
        return list(
            held_out_batches(
                self.objective,
                self.examples,
                chosen=chosen,
                context=self.context,
                pad=self.tokenizer.convert_tokens_to_ids(PAD),
                rows=rows,
            )
        )


def read_objective(model: Path) -> str:
    """What the model in a folder learnt: `causal`, `masked` or `spans`."""
    family = read_json(model / "config.json").get("model_type", "")
    return OBJECTIVES.get(family, "causal")


def evaluate_filling(
    context: StageContext, inputs: Mapping[str, Path], *, section: EvaluateSection, seed: int
) -> dict[str, float | int | str]:
    """Measure the model of `pretrain`. Writes scores.json, samples.jsonl and no answers."""
    progress = context.progress
    shards = inputs["tokenizer"] / "shards"
    reader = _load(inputs["pretrain"] / "model", shards)
    kind = "masked" if OBJECTIVES[reader.architecture] == "masked" else "span"
    scores: dict[str, float] = {}
    samples: list[dict[str, Any]] = []
    split = TokenSplit.open(shards, "test")
    if split.documents:
        every = max(-(-split.tokens // MOST_TEST_TOKENS), 1)
        batches = reader.batches(range(0, split.documents, every))
        progress.begin("evaluate: test documents", len(batches), "batches")
        found = fill(reader.model, iter(batches), advance=progress.advance)
        progress.end()
        scores = {
            f"{kind}_loss": found.loss,
            f"{kind}_perplexity": found.perplexity,
            f"{kind}_accuracy": found.accuracy,
        }
        if section.baselines and kind == "masked":
            scores |= _unigram(shards, batches)
        if kind == "masked":
            samples = _filled_words(reader, section.samples, seed)
    else:
        progress.note(f"evaluate: the corpus has no test documents, so there is no {kind}_loss")
    write_json(context.work / "scores.json", scores)
    write_lines(context.work / "answers.jsonl", [])
    write_lines(context.work / "samples.jsonl", samples)
    return dict(scores)


def _load(folder: Path, shards: Path) -> _Reader:
    from transformers import AutoTokenizer

    architecture = read_json(folder / "config.json")["model_type"]
    options = {"local_files_only": True, "trust_remote_code": False}
    model = model_class(architecture).from_pretrained(
        folder, use_safetensors=True, dtype=torch.float32, **options
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, **options)
    objective = make_objective(architecture, tokenizer, seed=0)
    assert isinstance(objective, Masked | Spans)
    examples = read_examples(shards, "test", 0)
    context = int(tokenizer.model_max_length)
    return _Reader(model.eval(), tokenizer, architecture, objective, examples, context)


def _unigram(shards: Path, batches: Sequence[Batch]) -> dict[str, float]:
    """The same tokens asked of somebody who knows only how frequent each token is."""
    size = int(read_json(shards / "index.json")["vocabulary"])
    counts = np.ones(size)  # one of each more than seen, so that none is impossible
    for document in TokenSplit.open(shards, "train"):
        counts += np.bincount(document[1:], minlength=size)
    asked = np.concatenate([batch.targets[batch.targets != IGNORED] for batch in batches])
    share = counts[asked] / counts.sum()
    return {
        "masked_loss.unigram": float(-np.log(share).mean()) if len(asked) else math.nan,
        "masked_accuracy.unigram": float((asked == counts.argmax()).mean()),
    }


@torch.no_grad()
def _filled_words(reader: _Reader, count: int, seed: int) -> list[dict[str, Any]]:
    """For some test documents one hidden word, what stood there and what the model puts there."""
    documents = len(reader.examples)
    random = np.random.default_rng(seed)
    chosen = np.sort(random.choice(documents, min(count, documents), replace=False))
    rows = []
    for index in chosen:
        batch = reader.batches([int(index)], rows=1)[0]
        tensors = {n: torch.from_numpy(a) for n, a in batch.arrays(slice(None)).items()}
        states, head, targets = target_states(reader.model, **tensors, precision="fp32")
        likeliest = (states @ head.T).argmax(1).numpy()
        places = np.flatnonzero(batch.targets[0] != IGNORED)
        word = _a_word(places)
        rows.append(_sample(reader, batch, places[word], targets.numpy()[word], likeliest[word]))
    return rows


def _a_word(places: np.ndarray[Any, Any]) -> slice:
    """The hidden tokens next to each other that stand nearest the middle of all hidden ones."""
    breaks = np.flatnonzero(np.diff(places) != 1) + 1
    runs = np.split(np.arange(len(places)), breaks)
    run = runs[len(runs) // 2]
    return slice(int(run[0]), int(run[-1]) + 1)


def _sample(
    reader: _Reader, batch: Batch, places: Any, wanted: Any, likeliest: Any
) -> dict[str, Any]:
    """The text around, with what stood at `places` and what the model would put there."""
    tokens = np.where(batch.targets[0] != IGNORED, batch.targets[0], batch.inputs[0])
    start, end = int(places[0]), int(places[-1]) + 1
    segment = np.flatnonzero(batch.segments[0] == batch.segments[0][start])
    low, high = max(start - _AROUND, int(segment[0]) + 1), min(end + _AROUND, int(segment[-1]))
    text = reader.tokenizer.decode
    return {
        "kind": "masked",
        "before": text(tokens[low:start]),
        "expected": text(wanted),
        "text": text(likeliest),
        "after": text(tokens[end:high]),
    }
