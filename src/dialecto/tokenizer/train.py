"""Learns a byte-level BPE from texts and wraps it as a standard fast tokenizer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    pre_tokenizers,
    processors,
    trainers,
)

END_OF_TEXT = "<|endoftext|>"
IM_START = "<|im_start|>"
IM_END = "<|im_end|>"
PAD = "<|pad|>"
SPECIAL_TOKENS = (END_OF_TEXT, IM_START, IM_END, PAD)
CLS, SEP, MASK = "[CLS]", "[SEP]", "[MASK]"
SENTINELS = tuple(f"<extra_id_{i}>" for i in range(100))
# What else a model needs that learns from masked words, or from spans that were cut out.
OBJECTIVE_TOKENS: dict[str, tuple[str, ...]] = {
    "causal": (),
    "masked": (CLS, SEP, MASK),
    "spans": SENTINELS,
}

# ChatML. A conversation ends with the end of the assistant's turn, as in Qwen's own template.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

# As in Qwen and GPT-4: words with the space before them, numbers in groups of at most three
# digits, punctuation, line ends.
_PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}{1,3}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def byte_words() -> pre_tokenizers.PreTokenizer:
    """Splits a text into words and writes each byte of them as one printable letter."""
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def word_starts(text: str) -> set[int]:
    """Where the words of a text begin, as `byte_words` splits it; in letters."""
    split = pre_tokenizers.Split(Regex(_PATTERN), behavior="isolated")
    return {start for _, (start, _) in split.pre_tokenize_str(text)}


def byte_letters() -> list[str]:
    """The printable letter that stands for each byte in byte-level vocabularies (GPT-2's table)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        letters.setdefault(byte, chr(256 + len(letters) - len(printable)))
    return [letters[byte] for byte in range(256)]


def train_bpe(
    texts: Iterable[str],
    *,
    vocabulary: int,
    extra_special_tokens: Sequence[str] = (),
    objective: str = "causal",
) -> Tokenizer:
    """A byte-level BPE of exactly `vocabulary` tokens, or fewer if the texts hold fewer pairs.

    Every byte is a token, so any text can be written without unknowns. objective: `causal`,
    `masked` or `spans`; the others have special tokens besides those of a decoder.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = byte_words()
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[*SPECIAL_TOKENS, *fillers(objective), *extra_special_tokens],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def fillers(objective: str) -> list[str | AddedToken]:
    """Special tokens of an objective. Those that stand for words take in the space before them,
    because that space belongs to the words that they stand for."""
    return [
        name if name in (CLS, SEP) else AddedToken(name, lstrip=True, special=True)
        for name in OBJECTIVE_TOKENS[objective]
    ]


def as_fast_tokenizer(
    tokenizer: Tokenizer, extra_special_tokens: Sequence[str] = (), objective: str = "causal"
) -> Any:
    """The `PreTrainedTokenizerFast` that `AutoTokenizer` loads: a decoder's with its chat template,
    the others' with what stands around a text."""
    from transformers import PreTrainedTokenizerFast

    if objective != "causal":
        return _filling_tokenizer(tokenizer, extra_special_tokens, objective)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        pad_token=PAD,
        extra_special_tokens=[IM_START, IM_END, *extra_special_tokens],
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def _filling_tokenizer(
    tokenizer: Tokenizer, extra_special_tokens: Sequence[str], objective: str
) -> Any:
    from transformers import PreTrainedTokenizerFast

    names: dict[str, Any]
    if objective == "masked":
        around = [(name, tokenizer.token_to_id(name)) for name in (CLS, SEP)]
        template = f"{CLS} $A {SEP}", f"{CLS} $A {SEP} $B:1 {SEP}:1"
        mask = AddedToken(MASK, lstrip=True, special=True)
        names = {"bos_token": CLS, "cls_token": CLS, "eos_token": SEP, "sep_token": SEP}
        names |= {"mask_token": mask}
        extra: list[str | AddedToken] = [END_OF_TEXT]
    else:
        around = [(END_OF_TEXT, tokenizer.token_to_id(END_OF_TEXT))]
        template = f"$A {END_OF_TEXT}", f"$A {END_OF_TEXT} $B {END_OF_TEXT}"
        names = {"bos_token": END_OF_TEXT, "eos_token": END_OF_TEXT}
        extra = fillers(objective)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=template[0], pair=template[1], special_tokens=around
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        extra_special_tokens=[*extra, IM_START, IM_END, *extra_special_tokens],
        clean_up_tokenization_spaces=False,
        **names,
    )
