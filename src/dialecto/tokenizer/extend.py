"""Adds the words of a domain to a tokenizer that exists, as vocabulary of its own kind.

To a BPE as merges behind those it has: what it split before is split the same, and then joined
further. Without a list the pairs are those that training would have joined next on the domain's
text (continued BPE training, Purason et al. 2025), which saves the most tokens for each one added.
To Unigram as pieces likelier than their parts, to WordPiece as whole words.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tokenizers import Tokenizer

from dialecto.runtime import DialectoError

SAMPLE_BYTES = 30_000_000  # of text, in which words are counted
_LONGEST = 256  # letters (or bytes) of a part that is counted
_RARE = 2  # met less often, it saves nothing
# SentencePiece is given a text whole; no piece of a word crosses a space.
_BYTE = re.compile(r"<0x[0-9A-F]{2}>").fullmatch  # a letter that has no token but its bytes
_SPACED = re.compile("▁?[^▁]+|▁+(?=▁)|▁")


@dataclass(frozen=True)
class Extended:
    """The tokenizer with its new tokens, and tokens per word before and after.

    `skipped`: words of a list that it cuts in two before its vocabulary is asked.
    """

    tokenizer: Tokenizer
    added: tuple[str, ...]
    before: float
    after: float
    skipped: tuple[str, ...] = ()


def extend(tokenizer: Tokenizer, texts: Iterable[str], wanted: int | Sequence[str]) -> Extended:
    """A tokenizer with up to `wanted` tokens more, or with each of the `wanted` words as a token,
    at the beginning of a text and after a space (and the parts that BPE joins it from).

    Raises DialectoError when the tokenizer cannot be extended.
    """
    state = json.loads(tokenizer.to_str())
    _check(state)
    counts, words = _count(tokenizer, texts)
    split = {part: [t.value for t in tokenizer.model.tokenize(part)] for part in counts}
    skipped: list[str] = []
    if isinstance(wanted, int):
        parts = _most_useful(counts, split, wanted)
    else:
        cuts = {text: _cut(tokenizer, text) for word in wanted for text in (word, f" {word}")}
        parts = list(dict.fromkeys(cut[0] for cut in cuts.values() if len(cut) == 1))
        skipped = [word for word in wanted if len(cuts[word]) != 1]
    if state["model"].get("byte_fallback"):
        split = {part: tokens for part, tokens in split.items() if not any(map(_BYTE, tokens))}
    before = set(tokenizer.get_vocab())
    if state["model"]["type"] == "BPE":
        if isinstance(wanted, int):
            rules = _next_merges(counts, split, wanted)
        else:
            rules = _chains(tokenizer, parts)
        _add_merges(state, rules)
    else:
        _add_whole(state, tokenizer, parts, counts)
    extended = Tokenizer.from_str(json.dumps(state))
    added = sorted(set(extended.get_vocab()) - before, key=extended.get_vocab().__getitem__)
    old = sum(n * len(tokenizer.model.tokenize(part)) for part, n in counts.items())
    new = sum(n * len(extended.model.tokenize(part)) for part, n in counts.items())
    return Extended(
        extended, tuple(added), old / max(words, 1), new / max(words, 1), tuple(skipped)
    )


def _check(state: dict[str, Any]) -> None:
    model = state["model"]
    if model["type"] not in ("BPE", "Unigram", "WordPiece"):
        raise DialectoError(f"a tokenizer of the kind {model['type']} cannot be extended")
    if model["type"] == "BPE" and (
        model.get("end_of_word_suffix") or model.get("continuing_subword_prefix")
    ):
        raise DialectoError("a BPE that marks the ends or the insides of words cannot be extended")
    beyond = [t["content"] for t in state["added_tokens"] if t["id"] >= len(model["vocab"])]
    if beyond and model["type"] != "BPE":
        raise DialectoError(
            f"this {model['type']} cannot be extended: it has tokens behind its vocabulary "
            f"({', '.join(beyond[:3])}), where the new ones would have to go"
        )


def _count(tokenizer: Tokenizer, texts: Iterable[str]) -> tuple[Counter[str], int]:
    """How often each part occurs that the model is given, and how many words there are."""
    counts: Counter[str] = Counter()
    words = size = 0
    for text in texts:
        counts.update(part for part in _cut(tokenizer, text) if len(part) <= _LONGEST)
        words += len(text.split())
        size += len(text.encode())
        if size >= SAMPLE_BYTES:
            break
    return counts, words


def _cut(tokenizer: Tokenizer, text: str) -> list[str]:
    """What the model is given of a text."""
    if tokenizer.normalizer is not None:
        text = tokenizer.normalizer.normalize_str(text)
    parts = [text]
    if tokenizer.pre_tokenizer is not None:
        parts = [part for part, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]
    return [word for part in parts for word in (_SPACED.findall(part) if "▁" in part else [part])]


def _most_useful(counts: Counter[str], split: dict[str, list[str]], wanted: int) -> list[str]:
    """The parts that save the most tokens when each is one."""
    saved = {p: counts[p] * (len(split[p]) - 1) for p in split if counts[p] >= _RARE}
    best = sorted((p for p in saved if saved[p] > 0), key=lambda part: (-saved[part], part))
    return best[:wanted]


def _next_merges(
    counts: Counter[str], split: dict[str, list[str]], wanted: int
) -> list[tuple[str, str]]:
    """The pairs that BPE's training would join next, the most frequent first."""
    words = sorted(part for part in split if len(split[part]) > 1)
    tokens = [split[part][:] for part in words]
    times = [counts[part] for part in words]
    pairs: Counter[tuple[str, str]] = Counter()
    where: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for number, parts in enumerate(tokens):
        for pair in pairwise(parts):
            pairs[pair] += times[number]
            where[pair].add(number)
    rules: list[tuple[str, str]] = []
    while len(rules) < wanted and pairs:
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        if pairs[best] < _RARE:
            break
        rules.append(best)
        for number in sorted(where[best]):
            for pair in pairwise(tokens[number]):
                pairs[pair] -= times[number]
            tokens[number] = _joined(tokens[number], best)
            for pair in pairwise(tokens[number]):
                pairs[pair] += times[number]
                where[pair].add(number)
        del pairs[best], where[best]
    return rules


def _joined(tokens: list[str], pair: tuple[str, str]) -> list[str]:
    out: list[str] = []
    at = 0
    while at < len(tokens):
        if tuple(tokens[at : at + 2]) == pair:
            out.append(pair[0] + pair[1])
            at += 2
        else:
            out.append(tokens[at])
            at += 1
    return out


def _chains(tokenizer: Tokenizer, parts: Sequence[str]) -> list[tuple[str, str]]:
    """Merges that join each part from the left. Each comes behind all before it, so what those
    make of the part is what it is joined from."""
    rules: list[tuple[str, str]] = []
    for part in parts:
        tokens = [token.value for token in tokenizer.model.tokenize(part)]
        for rule in rules:
            tokens = _joined(tokens, rule)
        while len(tokens) > 1 and not any(map(_BYTE, tokens)):
            rules.append((tokens[0], tokens[1]))
            tokens = _joined(tokens, rules[-1])
    return rules


def _add_merges(state: dict[str, Any], rules: Sequence[tuple[str, str]]) -> None:
    """Behind the merges there are, and the new tokens behind all numbers. Added tokens get their
    place in the vocabulary: no merge leads to them."""
    model = state["model"]
    for token in state["added_tokens"]:
        model["vocab"].setdefault(token["content"], token["id"])
    for left, right in rules:
        model["vocab"].setdefault(left + right, len(model["vocab"]))
        model["merges"].append([left, right])


def _add_whole(
    state: dict[str, Any], tokenizer: Tokenizer, parts: Sequence[str], counts: Counter[str]
) -> None:
    """Words as entries; for Unigram at least a little likelier than the parts they had."""
    vocabulary = state["model"]["vocab"]
    if isinstance(vocabulary, dict):
        for part in parts:
            vocabulary.setdefault(part, len(vocabulary))
        return
    scores: dict[str, float] = dict(vocabulary)
    total = sum(counts.values())
    for part in parts:
        if part not in scores:
            pieces = [token.value for token in tokenizer.model.tokenize(part)]
            together = sum(scores.get(piece, 0.0) for piece in pieces)
            own = math.log(max(counts[part], 1) / max(total, 1))
            vocabulary.append([part, max(own, together + 1e-3)])
