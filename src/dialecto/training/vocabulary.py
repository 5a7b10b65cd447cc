"""The tokenizer stage with the vocabulary that the budget chooses.

A larger vocabulary says the same text in fewer tokens, and each of them costs more: the scaling law
weighs the two for this text, budget and machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dialecto.tokenizer.stage as tokenizer
from dialecto.models.allowance import Allowance, allow
from dialecto.models.candidates import candidates
from dialecto.models.law import TextFacts, ngram_curve
from dialecto.models.speed import MachineSpeed
from dialecto.recipe import Budget, MachineSection, PretrainSection, TokenizerSection
from dialecto.runtime import StageContext
from dialecto.tokenizer.shards import encode_texts
from dialecto.tokenizer.train import OBJECTIVE_TOKENS, train_bpe
from dialecto.training.measure import machine_speed, machine_watts, unmeasured_speed
from dialecto.training.planning import typical_length

VOCABULARIES = (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
SAMPLE_BYTES = 2_000_000  # of text, on which vocabularies are tried
# Merges that the sample sees fewer times than this are noise: what it cannot fill is not tried.
BYTES_PER_TOKEN = 150


@dataclass(frozen=True)
class Sample:
    """Some training and held-out texts, and the whole training text's bytes."""

    train: list[str]
    held: list[str]
    bytes: int
    longest: int


def run(
    context: StageContext,
    inputs: Mapping[str, Path],
    *,
    section: TokenizerSection,
    seed: int,
    budget: Budget | None = None,
    machine: MachineSection | None = None,
    base: Path | None = None,
    words: Path | None = None,
    training_objective: str = "causal",
) -> dict[str, float | int | str]:
    """Choose the vocabulary when a budget is given, then train the tokenizer and encode."""
    if section.vocabulary is None and budget is not None:
        sample = read_sample(inputs["corpus"])
        if sample.train and sample.held:
            allowance = allow(budget, machine or MachineSection(), machine_watts)
            context.progress.note("tokenizer: trying vocabularies (and measuring the machine once)")
            # FLOPs are the same on every machine: it need not be measured.
            speed = unmeasured_speed() if allowance.seconds is None else machine_speed()
            table = try_vocabularies(sample, allowance, speed)
            best = min(table, key=lambda size: (table[size], size))
            shown = ", ".join(f"{size:,}: {bpb:.3f}" for size, bpb in table.items())
            context.progress.note(f"tokenizer: predicted bits per byte by vocabulary: {shown}")
            section = section.model_copy(update={"vocabulary": best})
            if training_objective != "causal":  # its own special tokens come on top
                best += len(OBJECTIVE_TOKENS[training_objective])
                section = section.model_copy(update={"vocabulary": best})
    return tokenizer.run(
        context,
        inputs,
        section=section,
        seed=seed,
        base=base,
        words=words,
        training_objective=training_objective,
    )


def try_vocabularies(sample: Sample, allowance: Allowance, speed: MachineSpeed) -> dict[int, float]:
    """Predicted bits per byte at the end of the budget, by vocabulary."""
    room = max(sample.bytes // BYTES_PER_TOKEN, VOCABULARIES[0])
    facts: TextFacts | None = None
    found: dict[int, float] = {}
    typical = typical_length([len(text.encode()) for text in sample.train])  # in bytes
    for size in VOCABULARIES:
        if size > room:
            break
        learnt = train_bpe(sample.train, vocabulary=size)
        if learnt.get_vocab_size() < size:
            break
        held: list[Any] = encode_texts(learnt, sample.held)
        held_bytes = sum(len(text.encode()) for text in sample.held)
        per_token = held_bytes / max(sum(len(document) - 1 for document in held), 1)
        tokens = max(round(sample.bytes / per_token), 1)
        if facts is None or not facts.measured:
            # The vocabulary hardly changes how a 5-gram model reads a text: counted once.
            train: list[Any] = encode_texts(learnt, sample.train)
            train_bytes = sum(len(text.encode()) for text in sample.train)
            curve, repetition = ngram_curve(train, held, train_bytes, held_bytes, size)
            whole = round(held_bytes * sample.bytes / max(train_bytes, 1))
            facts = TextFacts(
                tokens, sample.bytes, 0, curve, held_bytes=whole, repetition=repetition
            )
        facts = replace(
            facts,
            tokens=tokens,
            longest_document=round(sample.longest / per_token),
            typical_document=round(typical / per_token),
        )
        best = candidates(
            PretrainSection(), allowance=allowance, vocabulary=size, text=facts, speed=speed
        )[0]
        found[size] = best.predicted_bpb
    return found or {VOCABULARIES[0]: float("nan")}


def read_sample(corpus: Path) -> Sample:
    """Training and validation documents spread over the corpus."""
    sizes = [len(t.encode()) for batch in tokenizer.read_texts(corpus, "train") for t in batch]
    total = sum(sizes)
    every = max(total // SAMPLE_BYTES, 1)
    parts = []
    for split in ("train", "validation"):
        texts = (text for batch in tokenizer.read_texts(corpus, split) for text in batch)
        parts.append([text for index, text in enumerate(texts) if index % every == 0])
    return Sample(parts[0], parts[1], total, max(sizes, default=0))
