"""The tokenizer stage: corpus in, tokenizer and token shards out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from dialecto.recipe import TokenizerSection
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import remove_tree, write_bytes
from dialecto.tokenizer.folds import write_fold_numbers
from dialecto.tokenizer.make import make_tokenizer
from dialecto.tokenizer.shards import SplitIndex, write_index, write_shards
from dialecto.tokenizer.train import OBJECTIVE_TOKENS, as_fast_tokenizer
from dialecto.tokenizer.vocabulary import vocabulary_size

SENTENCEPIECE = "sentencepiece.model"  # as other programs read it
SPLITS = ("train", "validation", "test")
# A vocabulary is settled long before this much text; more would only cost memory and time.
TRAINING_BYTES = 200_000_000


def run(
    context: StageContext,
    inputs: Mapping[str, Path],
    *,
    section: TokenizerSection,
    seed: int,
    base: Path | None = None,
    words: Path | None = None,
    training_objective: str = "causal",
) -> dict[str, float | int | str]:
    """Train a tokenizer on the training split (or import `base`) and encode every split with it.

    Training takes no random choices, so `seed` changes nothing yet; it is here because every
    stage is given it. training_objective: what the model will learn (`masked` and `spans` need
    special tokens of their own, and `masked` to know where words begin).
    """
    del seed
    corpus = inputs["corpus"]
    (context.work / SENTENCEPIECE).unlink(missing_ok=True)
    for leftover in ("tokenizer", "shards"):
        remove_tree(context.work / leftover)
    size = sum(len(text.encode()) for texts in read_texts(corpus, "train") for text in texts)
    if size == 0:
        raise DialectoError(
            "the corpus has no training text, so there is nothing to learn a vocabulary from. "
            "Look at what was removed and why: `dialecto status --json`, or removed.json in "
            f"{corpus}"
        )
    vocabulary = section.vocabulary or (
        vocabulary_size(size) + len(OBJECTIVE_TOKENS[training_objective])
    )
    context.progress.begin("tokenizer: vocabulary", min(size, TRAINING_BYTES), "B")
    made = make_tokenizer(
        section,
        lambda: _training_texts(corpus, context),
        vocabulary=vocabulary,
        base=base,
        words=words,
        objective=training_objective,
    )
    tokenizer = made.tokenizer
    if made.model:
        write_bytes(context.work / SENTENCEPIECE, made.model)
    context.progress.end()
    fast = as_fast_tokenizer(tokenizer, section.extra_special_tokens, training_objective)
    fast.save_pretrained(context.work / "tokenizer")

    context.progress.begin("tokenizer: shards", None, "B")
    splits: dict[str, SplitIndex] = {}
    for split in SPLITS:
        texts = read_texts(corpus, split, repeated=True)
        splits[split] = write_shards(
            context.work / "shards",
            split,
            texts,
            tokenizer,
            context.progress,
            words=training_objective == "masked",
        )
    context.progress.end()
    write_fold_numbers(corpus, context.work / "shards")
    write_index(context.work / "shards", tokenizer.get_vocab_size(), splits)
    train = splits["train"]
    more: dict[str, float | int | str] = {}
    if made.extended:
        more = {"added": len(made.extended.added), "fertility.before": made.extended.before,
                "fertility.extended": made.extended.after}  # fmt: skip
        if made.extended.skipped:
            context.progress.note(
                "tokenizer: cut in two whatever the vocabulary, so not added: "
                + ", ".join(made.extended.skipped)
            )
    return {
        "vocabulary": tokenizer.get_vocab_size(),
        **{f"tokens.{name}": split.tokens for name, split in splits.items()},
        "bytes_per_token": train.bytes / max(train.tokens - train.documents, 1),
        "fertility": (train.tokens - train.documents) / max(train.words, 1),
        **more,
    }


def read_texts(
    corpus: Path, split: str, rows: int = 256, repeated: bool = False
) -> Iterator[list[str]]:
    """Batches of document texts of a split, in the corpus' order.

    repeated: each as often as a balanced corpus wants it read (column `repeat`).
    """
    for shard in sorted((corpus / "documents").glob(f"{split}-*.parquet")):
        with pq.ParquetFile(shard) as file:
            counted = repeated and "repeat" in file.schema_arrow.names
            columns = ["text", "repeat"] if counted else ["text"]
            for batch in file.iter_batches(batch_size=rows, columns=columns):
                texts = batch.column("text").to_pylist()
                times = batch.column("repeat").to_pylist() if counted else [1] * len(texts)
                yield [text for text, n in zip(texts, times, strict=True) for _ in range(n or 1)]


def read_conversations(corpus: Path, split: str) -> Iterator[list[dict[str, str]]]:
    """The messages of each conversation of a split."""
    path = corpus / "conversations" / f"{split}.parquet"
    if not path.is_file():
        return
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1024, columns=["messages"]):
            yield from batch.column(0).to_pylist()


def _training_texts(corpus: Path, context: StageContext) -> Iterator[str]:
    seen = 0
    for messages in read_conversations(corpus, "train"):
        yield from (message["content"] for message in messages)
    for texts in read_texts(corpus, "train"):
        yield from texts
        size = sum(len(text.encode()) for text in texts)
        context.progress.advance(size)
        seen += size
        if seen >= TRAINING_BYTES:
            return
