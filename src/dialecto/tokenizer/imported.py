"""Tokenizers that others made: Hugging Face's, GPT-2's two files, tiktoken's ranks, SentencePiece.

Files on disk only: nothing is asked of a network, nothing is unpickled, no code of theirs runs.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

from dialecto.runtime import DialectoError
from dialecto.tokenizer.sentencepieces import from_sentencepiece
from dialecto.tokenizer.train import byte_letters

_CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_UPPER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_LOWER = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
# How tiktoken's encodings split a text into words (tiktoken_ext/openai_public.py), without
# possessive quantifiers, which this engine of regular expressions reads otherwise.
PATTERNS = {
    "gpt2": r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "cl100k": _CONTRACTIONS
    + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+",
    "o200k": rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_CONTRACTIONS}?"
    rf"|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_CONTRACTIONS}?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
}
# The pairs of vocabulary and merges that GPT-2's authors and Hugging Face wrote.
_PAIRS = (("encoder.json", "vocab.bpe"), ("vocab.json", "merges.txt"))


def read_tokenizer(path: Path, pattern: str | None = None) -> Tokenizer:
    """The tokenizer in a folder or file, splitting texts as its makers' own code does.

    pattern: how a `.tiktoken` file's encoding splits words: a name of PATTERNS or a regular
    expression. Raises DialectoError when there is none or it is damaged.
    """
    file, read = _reader(path)
    try:
        tokenizer = read(file, pattern)
    except DialectoError as error:
        raise DialectoError(f"the tokenizer in {file} cannot be read: {error}") from error
    except Exception as error:  # the library raises bare Exceptions for whatever is wrong
        raise DialectoError(f"the tokenizer in {file} cannot be read: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.post_processor = None  # what stands around a text is the stages' business
    if isinstance(tokenizer.model, models.BPE):
        tokenizer.model.dropout = None  # the same text, the same tokens
    numbers = tokenizer.get_vocab().values()
    if sorted(numbers) != list(range(len(numbers))):
        raise DialectoError(
            f"the tokenizer in {file} numbers its tokens with gaps (up to {max(numbers)} for "
            f"{len(numbers)} tokens); a model would have rows for tokens that are not there"
        )
    return tokenizer


def _reader(path: Path) -> tuple[Path, Callable[[Path, str | None], Tokenizer]]:
    """The file that holds the tokenizer, and what reads it."""
    readers: dict[str, Callable[[Path, str | None], Tokenizer]] = {
        ".json": _from_json,
        ".tiktoken": _from_tiktoken,
        ".model": lambda file, _pattern: from_sentencepiece(file.read_bytes()),
    }
    if path.is_file() and path.suffix in readers and path.name != "encoder.json":
        return path, readers[path.suffix]
    if path.is_dir():
        if (path / "tokenizer.json").is_file():
            return path / "tokenizer.json", _from_json
        if _pair(path):
            return path, _from_gpt2
        found = sorted(p for p in path.iterdir() if p.suffix in (".tiktoken", ".model"))
        if len(found) == 1:
            return found[0], readers[found[0].suffix]
        if found:
            names = ", ".join(p.name for p in found)
            raise DialectoError(f"{path} holds {len(found)} tokenizers: {names}. Name one file.")
    raise DialectoError(
        f"no tokenizer in {path}: it can be a folder or file `tokenizer.json` of Hugging Face, a "
        "folder with GPT-2's encoder.json and vocab.bpe, a .tiktoken file of ranks, or a .model "
        "of SentencePiece"
    )


def _from_json(file: Path, _pattern: str | None) -> Tokenizer:
    return Tokenizer.from_file(str(file))


def _pair(folder: Path) -> tuple[Path, Path] | None:
    """GPT-2's two files."""
    for names in _PAIRS:
        vocabulary, merges = (folder / name for name in names)
        if vocabulary.is_file() and merges.is_file():
            return vocabulary, merges
    return None


def _from_gpt2(folder: Path, _pattern: str | None) -> Tokenizer:
    """GPT-2's byte-level BPE, as `GPT2Tokenizer` of transformers splits."""
    pair = _pair(folder)
    assert pair
    vocabulary, merges = pair
    numbers: dict[str, int] = json.loads(vocabulary.read_text(encoding="utf-8"))
    if not isinstance(numbers, dict) or not all(isinstance(n, int) for n in numbers.values()):
        raise DialectoError(f"{vocabulary.name} does not give each token a number")
    lines = merges.read_text(encoding="utf-8").split("\n")
    pairs = [line for line in lines[lines[0].startswith("#version") :] if line]
    if wrong := [line for line in pairs if line.count(" ") != 1]:
        raise DialectoError(f"{merges.name} has a line that is not two tokens: {wrong[0]!r}")
    rules = [(left, right) for left, right in (line.split(" ") for line in pairs)]
    tokenizer = Tokenizer(models.BPE(numbers, rules))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if "<|endoftext|>" in numbers:
        tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


def _from_tiktoken(file: Path, pattern: str | None) -> Tokenizer:
    """tiktoken's BPE: a token for each line, `base64 rank`; the ranks are the merges' order."""
    if pattern is None:
        raise DialectoError(
            "a .tiktoken file does not say how it splits words; write `tokenizer.pattern`: "
            f"{', '.join(PATTERNS)} or a regular expression"
        )
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            token, rank = line.split()
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except (ValueError, binascii.Error) as error:
            raise DialectoError(f"line {number} is not `base64 rank`: {line[:60]!r}") from error
    letters = byte_letters()
    if missing := [byte for byte in range(256) if bytes([byte]) not in ranks]:
        raise DialectoError(f"it has no token for {len(missing)} of the 256 bytes")
    write = {token: "".join(letters[byte] for byte in token) for token in ranks}
    rules = []
    for token in sorted(ranks, key=lambda token: ranks[token]):
        if len(token) > 1:
            parts = _parts(token, ranks)
            if len(parts) == 2:
                rules.append((write[parts[0]], write[parts[1]]))
    # tiktoken takes a word that is a token without merging; some cannot be merged at all.
    model = models.BPE({write[t]: rank for t, rank in ranks.items()}, rules, ignore_merges=True)
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERNS.get(pattern, pattern)), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _parts(token: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """What merging gives with the merges before the token's own: two parts, joined by it."""
    parts = [token[i : i + 1] for i in range(len(token))]
    limit: Any = ranks[token]
    while len(parts) > 2:
        joined = [ranks.get(a + b, limit) for a, b in pairwise(parts)]
        best = min(joined)
        if best >= limit:
            break
        at = joined.index(best)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts
