"""The tokenizer that a recipe asks for: learnt from texts, or imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from dialecto.recipe import TokenizerSection
from dialecto.runtime import DialectoError
from dialecto.tokenizer.extend import Extended, extend
from dialecto.tokenizer.kinds import TRAINERS, add_special_tokens, train_sentencepiece
from dialecto.tokenizer.train import SPECIAL_TOKENS, fillers, train_bpe


@dataclass(frozen=True)
class Made:
    """A tokenizer; `model` is the SentencePiece file that it was read from, if we learnt one;
    `extended` says what was added to it."""

    tokenizer: Tokenizer
    model: bytes = b""
    extended: Extended | None = None


def make_tokenizer(
    section: TokenizerSection,
    texts: Callable[[], Iterable[str]],
    *,
    vocabulary: int,
    base: Path | None = None,
    words: Path | None = None,
    objective: str = "causal",
) -> Made:
    """Learn (or import, with a `base`) the tokenizer, with our special tokens in it.

    texts: gives the texts to learn from, anew at each call; vocabulary: tokens in all, with the
    special ones; words: a file of words to add, one for each line; objective: what the model will
    learn, which may need more special tokens. Raises DialectoError when it cannot be learnt or
    read.
    """
    special = [*SPECIAL_TOKENS, *fillers(objective), *section.extra_special_tokens]
    model = b""
    if base is not None:
        from dialecto.tokenizer.imported import read_tokenizer

        tokenizer = read_tokenizer(base, section.pattern)
    elif section.kind == "bpe":
        tokenizer = train_bpe(
            texts(),
            vocabulary=vocabulary,
            extra_special_tokens=section.extra_special_tokens,
            objective=objective,
        )
    elif section.kind == "sentencepiece":
        from dialecto.tokenizer.sentencepieces import from_sentencepiece

        model = train_sentencepiece(texts(), vocabulary=vocabulary - len(special))
        tokenizer = from_sentencepiece(model)
    else:
        tokenizer = TRAINERS[section.kind](texts(), vocabulary=vocabulary - len(special))
    extended = None
    if section.extend:
        extended = extend(tokenizer, texts(), _wanted(section, words))
        tokenizer, model = extended.tokenizer, b""  # the file knows nothing of the new tokens
    if base is not None or section.kind != "bpe":
        add_special_tokens(tokenizer, special)
    return Made(tokenizer, model, extended)


def _wanted(section: TokenizerSection, words: Path | None) -> int | list[str]:
    """How many tokens to add, or which words."""
    if isinstance(section.extend, int) or words is None:
        return int(section.extend or 0)
    lines = words.read_text(encoding="utf-8").splitlines()
    found = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not found:
        raise DialectoError(f"{words} has no words; `tokenizer.extend` wants one for each line")
    return found
