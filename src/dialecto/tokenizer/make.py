"""The tokenizer that a recipe asks for: learnt from texts, or imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from dialecto.recipe import TokenizerSection
from dialecto.tokenizer.train import SPECIAL_TOKENS, fillers, train_bpe


@dataclass(frozen=True)
class Made:
    """A tokenizer; `model` is the SentencePiece file that it was read from, if we learnt one."""

    tokenizer: Tokenizer
    model: bytes = b""


def make_tokenizer(
    section: TokenizerSection,
    texts: Callable[[], Iterable[str]],
    *,
    vocabulary: int,
    base: Path | None = None,
    objective: str = "causal",
) -> Made:
    """Learn (or import, with a `base`) the tokenizer, with our special tokens in it.

    texts: gives the texts to learn from, anew at each call; vocabulary: tokens in all, with the
    special ones; objective: what the model will learn, which may need more of those. Raises
    DialectoError when it cannot be learnt or read.
    """
    special = [*SPECIAL_TOKENS, *fillers(objective), *section.extra_special_tokens]
    if base is None and section.kind == "bpe":
        tokenizer = train_bpe(
            texts(),
            vocabulary=vocabulary,
            extra_special_tokens=section.extra_special_tokens,
            objective=objective,
        )
        return Made(tokenizer)
    from dialecto.tokenizer.kinds import TRAINERS, add_special_tokens, train_sentencepiece

    model = b""
    if base is not None:
        from dialecto.tokenizer.imported import read_tokenizer

        tokenizer = read_tokenizer(base, section.pattern)
    elif section.kind == "sentencepiece":
        from dialecto.tokenizer.sentencepieces import from_sentencepiece

        model = train_sentencepiece(texts(), vocabulary=vocabulary - len(special))
        tokenizer = from_sentencepiece(model)
    else:
        tokenizer = TRAINERS[section.kind](texts(), vocabulary=vocabulary - len(special))
    add_special_tokens(tokenizer, special)
    return Made(tokenizer, model)
