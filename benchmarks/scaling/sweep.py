"""Small models on open corpora: held-out bits per byte over size, text, repetition and compute.

    python benchmarks/scaling/sweep.py --corpora FOLDER [--rows sweep.csv] [--seconds 4500]

FOLDER is what corpora.py made. Runs go through the product's own tokenizer, rows, training step
and default optimizer. The runs of one group share a trunk at the peak rate; from it each branches
off into its own linear cooldown, which begins at the product's share of its steps, so that every
branch is a whole run of the product's schedule. Rows are appended to the CSV as they come; a group
that is there is not done again. One thread: `OMP_NUM_THREADS=1 taskset -c 1`.
"""

from __future__ import annotations

import argparse
import copy
import csv
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from groups import GROUPS, Group

from dialecto.models.architecture import build_config, build_model
from dialecto.models.shape import ModelShape, default_shape
from dialecto.tokenizer.shards import encode_texts
from dialecto.tokenizer.stage import read_texts
from dialecto.tokenizer.train import END_OF_TEXT, PAD, train_bpe
from dialecto.training.attention import use_for_training
from dialecto.training.heldout import token_bits
from dialecto.training.optimizer import Optimizers, make_optimizers, muon_rates
from dialecto.training.pieces import Examples, Position, RowStream
from dialecto.training.precision import choose_device, choose_precision
from dialecto.training.run import LoopPlan
from dialecto.training.schedule import Schedule, make_schedule
from dialecto.training.step import train_step

WARMUP, COOLDOWN = 0.02, 0.65  # the product's defaults
HELD_BYTES = 200_000
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One run. `matrices`: weights that a token is multiplied with, the output head included."""

    corpus: str
    fraction: float
    vocabulary: int
    layers: int
    width: int
    context: int
    batch_tokens: int
    seed: int
    parameters: int
    matrices: int
    train_bytes: int
    unique_tokens: int
    held_bytes: int
    held_tokens: int
    steps: int
    tokens_seen: int
    epochs: float
    flops: float
    bpb: float
    cpu_seconds: float


@dataclass(frozen=True)
class Text:
    """A part of a corpus in tokens."""

    vocabulary: int
    end: int
    pad: int
    train: list[Any]
    train_bytes: int
    held: list[Any]
    held_bytes: int

    @property
    def unique(self) -> int:
        return sum(len(document) for document in self.train)


def load_text(corpus: Path, one_in: int, vocabulary: int) -> Text:
    """One in so many of the training documents, with a tokenizer learnt from them alone."""
    texts = [text for batch in read_texts(corpus, "train") for text in batch]
    order = np.random.default_rng(0).permutation(len(texts))
    wanted, kept, size = sum(len(t.encode()) for t in texts) / one_in, [], 0
    for index in order:
        if size >= wanted:
            break
        kept.append(texts[index])
        size += len(texts[index].encode())
    tokenizer = train_bpe(kept, vocabulary=vocabulary)
    held = [text for batch in read_texts(corpus, "validation") for text in batch]
    every = max(sum(len(text.encode()) for text in held) // HELD_BYTES, 1)
    held = held[::every]
    return Text(
        vocabulary=tokenizer.get_vocab_size(),
        end=tokenizer.token_to_id(END_OF_TEXT),
        pad=tokenizer.token_to_id(PAD),
        train=encode_texts(tokenizer, kept),
        train_bytes=size,
        held=encode_texts(tokenizer, held),
        held_bytes=sum(len(text.encode()) for text in held),
    )


def run_group(group: Group, text: Text) -> Iterator[Row]:
    """The runs of a group, shortest first."""
    device = choose_device()
    precision = choose_precision("auto", device)
    shape = default_shape(group.layers, group.width, text.vocabulary, group.context)
    config = build_config(shape, end_of_text=text.end, pad=text.pad)
    model = build_model(config, group.seed).to(device)
    use_for_training(model, device, group.context)
    model.train()
    optimizers = make_optimizers(model, "muon", muon_rates(group.width))
    rows = group.batch // group.context
    stream = RowStream(
        Examples(text.train, text.end), context=group.context, rows=rows, pad=text.pad,
        seed=group.seed,
    )  # fmt: skip
    plan = LoopPlan(1, min(rows, 32), WARMUP, COOLDOWN, precision, None, 1e9, 10**9, 1.0)
    longest = group.longest(text.unique, shape.training_flops_per_token) // group.batch
    ends = sorted({max(round(longest / group.factor**i), 12) for i in range(group.points)})
    trunk = make_schedule(ends[len(ends) // 2], WARMUP, 0.0)
    spent, step, seen = time.process_time(), 0, 0
    for end in ends:
        leaves = end - round(end * COOLDOWN)
        while step < leaves:
            seen += _step(model, stream, optimizers, trunk, step, plan)
            step += 1
        kept = copy.deepcopy((model.state_dict(), [part.state_dict() for part in optimizers.parts]))
        position = stream.position
        schedule = Schedule("wsd", end, trunk.warm, leaves, trunk.floor)
        branch_seen = seen
        for branch_step in range(step, end):
            branch_seen += _step(model, stream, optimizers, schedule, branch_step, plan)
        bits = token_bits(model, text.held, context=group.context, precision=precision)
        now = time.process_time()
        yield _row(group, text, shape, end, branch_seen, bits, now - spent)
        spent = now
        model.load_state_dict(kept[0])
        for part, state in zip(optimizers.parts, kept[1], strict=True):
            part.load_state_dict(state)
        stream.position = Position(position.epoch, position.row)


def _step(
    model: Any,
    stream: RowStream,
    optimizers: Optimizers,
    schedule: Schedule,
    step: int,
    plan: LoopPlan,
) -> int:
    batch = next(stream)
    optimizers.set(schedule, step)
    train_step(model, batch, optimizers, plan, choose_device())
    return int(batch.predictions)


def _row(
    group: Group, text: Text, shape: ModelShape, steps: int, seen: int, bits: float, cpu: float
) -> Row:
    return Row(
        corpus=group.corpus,
        fraction=1 / group.one_in,
        vocabulary=text.vocabulary,
        layers=group.layers,
        width=group.width,
        context=group.context,
        batch_tokens=group.batch,
        seed=group.seed,
        parameters=shape.parameters,
        matrices=shape.active_parameters + text.vocabulary * shape.width,
        train_bytes=text.train_bytes,
        unique_tokens=text.unique,
        held_bytes=text.held_bytes,
        held_tokens=sum(len(document) - 1 for document in text.held),
        steps=steps,
        tokens_seen=seen,
        epochs=round(seen / text.unique, 4),
        flops=steps * group.batch * shape.training_flops_per_token,
        bpb=round(bits / text.held_bytes, 5),
        cpu_seconds=round(cpu, 1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--rows", type=Path, default=HERE / "sweep.csv")
    parser.add_argument("--seconds", type=float, default=4500.0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    end = time.monotonic() + options.seconds
    done: set[tuple[str, ...]] = set()
    if options.rows.is_file():
        with options.rows.open(newline="") as file:
            done = {_key(row) for row in csv.DictReader(file)}
    else:
        options.rows.write_text(",".join(field.name for field in fields(Row)) + "\n")
    for group in GROUPS:
        if time.monotonic() > end:
            break
        if group.key() in done:
            continue
        corpus = options.corpora / group.corpus / "project" / "artifacts" / "corpus" / "current"
        corpus = corpus.parent / corpus.read_text().strip() if corpus.is_file() else corpus
        text = load_text(corpus, group.one_in, group.vocabulary)
        for row in run_group(group, text):
            with options.rows.open("a", newline="") as file:
                csv.writer(file).writerow(asdict(row).values())
            print(row, flush=True)


def _key(row: dict[str, str]) -> tuple[str, ...]:
    one_in = str(round(1 / float(row["fraction"])))
    names = ("vocabulary", "layers", "width", "context", "batch_tokens", "seed")
    return (row["corpus"], one_in, *(row[name] for name in names))


if __name__ == "__main__":
    main()
