"""WordPiece, Unigram and SentencePiece beside byte-level BPE: any text comes back from each.

WordPiece and Unigram stand on bytes here as BPE does (`train.byte_words`), so that they know no
unknown token. SentencePiece keeps its own letters, with bytes for those that it never met.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from dialecto.runtime import DialectoError
from dialecto.tokenizer.train import byte_words

CONTINUES = "##"  # before a WordPiece that does not begin a word
_LONGEST = 4000  # letters of a word that is counted: a page of base64 teaches nothing
# Bytes of a word that WordPiece looks at together: looking for the longest token that fits takes
# time with the cube of a word's length, and a genome is one word.
_TOGETHER = 100
# A word with the space before it, and the spaces before that (of indented code).
_SPACED = re.compile(r" +(?= )| ?\S+")
# SentencePiece's own words for what went wrong, from `vocab_size`'s checks.
_TOO_SMALL = re.compile(r"smaller than required_chars|Vocabulary size", re.IGNORECASE)


def train_wordpiece(texts: Iterable[str], *, vocabulary: int) -> Tokenizer:
    """WordPiece over bytes: at most `vocabulary` tokens, the longest that fits first.

    Each byte can begin a word and go on with it, so nothing is unknown. `#` stands alone, or a
    word of two of them would look like a continuation. Words longer than _TOGETHER bytes are cut.
    """
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    # Named beforehand: the trainer numbers those it meets in the order of a hash table, and the
    # numbers decide ties.
    needed = [CONTINUES + letter for letter in alphabet if letter != "#"]
    words = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split("#", behavior="isolated"),
            byte_words(),
            pre_tokenizers.Split(Regex(f".{{1,{_TOGETHER}}}"), behavior="isolated"),
        ]
    )
    learner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learner.pre_tokenizer = words
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary,
        special_tokens=needed,
        initial_alphabet=alphabet,
        continuing_subword_prefix=CONTINUES,
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    learnt = learner.get_vocab(with_added_tokens=False)
    tokenizer = Tokenizer(
        models.WordPiece(
            learnt,
            unk_token=CONTINUES + alphabet[0],  # never asked for
            max_input_chars_per_word=2**31,
            continuing_subword_prefix=CONTINUES,
        )
    )
    tokenizer.pre_tokenizer = words
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace(Regex(f"^{CONTINUES}(?=.)"), ""), decoders.ByteLevel()]
    )
    return tokenizer


def train_unigram(texts: Iterable[str], *, vocabulary: int) -> Tokenizer:
    """Unigram over bytes (Kudo 2018, arXiv 1804.10959): of all ways to split a word, the likeliest.

    SentencePiece learns it, from counted words: the trainer of `tokenizers` gives other pieces on
    each run (docs/decisions/049). Raises DialectoError where the vocabulary cannot be had.
    """
    counts: Counter[str] = Counter()
    split = byte_words()
    for text in texts:
        counts.update(word for word, _ in split.pre_tokenize_str(text) if len(word) <= _LONGEST)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    unseen = [letter for letter in alphabet if not any(letter in word for word in counts)]
    model = _learn(
        counts,
        vocabulary - len(unseen) + 1,  # SentencePiece always has an unknown piece
        split_by_unicode_script=False,
        split_by_number=False,
    )
    from dialecto.tokenizer.sentencepieces import NORMAL, read_model

    pieces = [(p.piece, float(p.score)) for p in read_model(model).pieces if p.type == NORMAL]
    least = min(score for _, score in pieces)
    pieces += [(letter, least - 1.0) for letter in unseen]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=None))
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train_sentencepiece(texts: Iterable[str], *, vocabulary: int) -> bytes:
    """The `.model` file of a SentencePiece Unigram: spaces as `▁`, unknown letters as bytes.

    Every text comes back but for `▁` itself (U+2581), which comes back as a space. Raises
    DialectoError where the vocabulary cannot be had.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word for word in _SPACED.findall(text) if len(word) <= _LONGEST)
    return _learn(
        counts,
        vocabulary,
        byte_fallback=True,
        character_coverage=0.9999,
        split_digits=True,
        allow_whitespace_only_pieces=True,
    )


def _learn(counts: Counter[str], vocabulary: int, **options: Any) -> bytes:
    """SentencePiece's Unigram on words with their counts, the same on every run."""
    spm = sentencepiece()
    model = io.BytesIO()
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    settings = {
        "model_type": "unigram",
        "character_coverage": 1.0,
        "normalization_rule_name": "identity",
        "add_dummy_prefix": False,
        "remove_extra_whitespaces": False,
        "max_sentence_length": 8 * _LONGEST,
        "hard_vocab_limit": False,
        "bos_id": -1,
        "eos_id": -1,
        "pad_id": -1,
        "num_threads": 1,  # sums of floats in one order
        "minloglevel": 2,
        **options,
    }
    try:
        spm.SentencePieceTrainer.train(
            sentence_iterator=(f"{word}\t{count}" for word, count in rows),
            input_format="tsv",
            model_writer=model,
            vocab_size=vocabulary,
            **settings,
        )
    except (RuntimeError, OSError) as error:
        hint = (
            f"{vocabulary} tokens are too few for its letters; write a larger "
            "`tokenizer.vocabulary`"
            if _TOO_SMALL.search(str(error))
            else str(error)
        )
        raise DialectoError(f"SentencePiece could not learn a vocabulary: {hint}") from error
    return model.getvalue()


def sentencepiece() -> Any:
    """The library, or what to install."""
    try:
        import sentencepiece as library
    except ImportError as error:
        raise DialectoError(
            "`tokenizer.kind: unigram` and `sentencepiece` need the package sentencepiece: "
            "pip install 'dialecto[sentencepiece]'"
        ) from error
    return library


TRAINERS: dict[str, Callable[..., Tokenizer]] = {
    "wordpiece": train_wordpiece,
    "unigram": train_unigram,
}


def add_special_tokens(tokenizer: Tokenizer, names: Sequence[str | AddedToken]) -> None:
    """Append the special tokens that a tokenizer lacks. They get numbers, not pieces: no text can
    be split into one."""
    tokenizer.add_special_tokens(list(names))
