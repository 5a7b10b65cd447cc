"""Measures tokenizers on the same texts, so that one can be chosen by numbers."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tokenizers import Encoding, Tokenizer, models

from dialecto.tokenizer.kinds import CONTINUES

_WORD = re.compile(r"(?<= )[^\W\d_]{2,}")
_DISTINCT = 20_000  # words looked at, the most frequent first
_STEM = 3  # letters before an ending, at least
# Endings that carry a meaning of their own: adverbs, nouns of action, verb forms, plurals.
_ENDINGS = {
    "es": "mente ciones siones ción sión idades idad ando iendo ados adas idos idas ado ada ido "
    "ida aron ieron aban aba ían ía amos emos imos ar er ir es s",
    "en": "tions tion ness ments ment ingly ing edly ed ly er est es s",
}
_BATCH = 64


@dataclass(frozen=True)
class Measures:
    """One tokenizer on the texts of one language.

    fertility: tokens per word (part between spaces); coverage: share of the letters that are not
    unknown; whole: share of running words that are one token; at_ending: of words that are split
    and end in a known ending, the share cut exactly before it (None: there are none);
    used: share of the vocabulary that occurs; megabytes_per_second: of processor time.
    """

    vocabulary: int
    tokens: int
    fertility: float
    bytes_per_token: float
    coverage: float
    whole: float
    at_ending: float | None
    used: float
    megabytes_per_second: float


def compare(
    tokenizers: Mapping[str, Tokenizer], texts: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Measures by tokenizer and language. texts: by language (ISO 639-1)."""
    return {
        name: {lang: asdict(measure(tokenizer, some, lang)) for lang, some in texts.items()}
        for name, tokenizer in tokenizers.items()
    }


def measure(tokenizer: Tokenizer, texts: Sequence[str], lang: str) -> Measures:
    """What a tokenizer makes of the texts. Texts that spell special tokens are text."""
    tokenizer.encode_special_tokens = True
    try:
        began = time.process_time()
        for start in range(0, len(texts), _BATCH):
            tokenizer.encode_batch_fast(texts[start : start + _BATCH], add_special_tokens=False)
        seconds = time.process_time() - began
        tokens = unknown = 0
        seen: set[int] = set()
        unknown_token = _unknown(tokenizer)
        for start in range(0, len(texts), _BATCH):
            some = texts[start : start + _BATCH]
            for encoded in tokenizer.encode_batch(some, add_special_tokens=False):
                tokens += len(encoded)
                seen.update(encoded.ids)
                if unknown_token is not None:
                    unknown += _letters(encoded, unknown_token)
        whole, at_ending = _words(tokenizer, texts, lang)
    finally:
        tokenizer.encode_special_tokens = False
    size = sum(len(text.encode()) for text in texts)
    vocabulary = tokenizer.get_vocab_size()
    return Measures(
        vocabulary=vocabulary,
        tokens=tokens,
        fertility=tokens / max(sum(len(text.split()) for text in texts), 1),
        bytes_per_token=size / max(tokens, 1),
        coverage=1 - unknown / max(sum(map(len, texts)), 1),
        whole=whole,
        at_ending=at_ending,
        used=len(seen) / vocabulary,
        megabytes_per_second=size / 1e6 / max(seconds, 1e-9),
    )


def _unknown(tokenizer: Tokenizer) -> int | None:
    """The number of the token for what is unknown, if the model has one."""
    name = getattr(tokenizer.model, "unk_token", None)
    if isinstance(tokenizer.model, models.WordPiece) and str(name).startswith(CONTINUES):
        return None  # of ours over bytes: a piece like any other, which must be named and never is
    if name is not None:
        found: int | None = tokenizer.token_to_id(name)
        return found
    number: int | None = getattr(tokenizer.model, "unk_id", None)
    return number


def _letters(encoded: Encoding, token: int) -> int:
    """How many letters a token stands for in a text."""
    places = zip(encoded.ids, encoded.offsets, strict=True)
    return sum(end - start for number, (start, end) in places if number == token)


def _words(tokenizer: Tokenizer, texts: Sequence[str], lang: str) -> tuple[float, float | None]:
    """(share of running words kept whole, share of split ones cut before their ending)."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(text))
    words = [word for word, _ in counts.most_common(_DISTINCT)]
    endings = sorted(_ENDINGS.get(lang, "").split(), key=lambda ending: -len(ending))
    total = whole = ended = cut = 0
    encoded = tokenizer.encode_batch([f" {w}" for w in words], add_special_tokens=False)
    unknown = _unknown(tokenizer)
    for word, pieces in zip(words, encoded, strict=True):
        total += counts[word]
        # Places in the word, without the space before it (which some make a token of). Two may be
        # the same: the bytes of one letter can be in two tokens.
        begins = [max(start - 1, 0) for start, end in pieces.offsets if end > 1]
        if len(begins) == 1 and unknown not in pieces.ids:
            whole += counts[word]
            continue
        ending = next(
            (e for e in endings if word.lower().endswith(e) and len(word) - len(e) >= _STEM), ""
        )
        if ending:
            ended += counts[word]
            cut += counts[word] * ((len(word) - len(ending)) in begins)
    return whole / max(total, 1), cut / ended if ended else None
