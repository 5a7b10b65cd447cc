"""How every model of benchmarks/pretrain.py is measured: torch only, the same for all.

Whole documents, bits per UTF-8 byte. A document longer than the context is read through windows
that overlap by half; each token is scored once. A start token is read before it, not counted.
"""

from __future__ import annotations

import json
import math
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

IGNORED = -100


def windows(tokens: list[int], context: int) -> Iterator[tuple[list[int], list[int]]]:
    """(inputs, targets): each token after the first is the target of exactly one window."""
    scored, start = 1, 0
    while scored < len(tokens):
        end = min(start + context, len(tokens) - 1)
        targets = list(tokens[start + 1 : end + 1])
        targets[: scored - start - 1] = [IGNORED] * (scored - start - 1)
        yield tokens[start:end], targets
        scored, start = end + 1, max(end - context // 2, start + 1)


@torch.no_grad()
def bits_per_byte(
    logits: Callable[[torch.Tensor], torch.Tensor],
    encode: Callable[[str], list[int]],
    texts: list[str],
    *,
    start_token: int,
    context: int,
    rows: int = 4,
) -> float:
    """logits: (rows, length) of token ids -> (rows, length, vocabulary)."""
    cut = [w for text in texts for w in windows([start_token, *encode(text)], context)]
    cut.sort(key=lambda window: -len(window[0]))
    nats = 0.0
    for begin in range(0, len(cut), rows):
        some = cut[begin : begin + rows]
        width = len(some[0][0])
        inputs = torch.zeros(len(some), width, dtype=torch.long)
        targets = torch.full((len(some), width), IGNORED)
        for row, (tokens, wanted) in enumerate(some):
            # Padding stands at the end, where causal attention never looks from a real token.
            inputs[row, : len(tokens)] = torch.tensor(tokens)
            targets[row, : len(wanted)] = torch.tensor(wanted)
        flat = logits(inputs).float().flatten(0, 1)
        nats += float(torch.nn.functional.cross_entropy(flat, targets.flatten(), reduction="sum"))
    return nats / math.log(2) / sum(len(text.encode()) for text in texts)


def read_texts(path: Path) -> list[str]:
    """The documents of a file of JSON Lines with `text`."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def score_folder(folder: Path, texts: list[str], context: int) -> float:
    """A model and tokenizer that plain transformers loads; scored in float32."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    tokenizer.model_max_length = 10**9
    model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True).float().eval()
    return bits_per_byte(
        lambda ids: model(input_ids=ids, use_cache=False).logits,
        lambda text: tokenizer.encode(text, add_special_tokens=False),
        texts,
        start_token=tokenizer.eos_token_id,
        context=context,
    )


def peak_megabytes() -> float:
    """Of this process, resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def matmul_peak(seconds: float = 3.0) -> float:
    """FLOP/s of bf16 matrix products, the best of several shapes on all threads."""
    best = 0.0
    for n in (1024, 2048, 4096):
        a, b = torch.randn(n, n).bfloat16(), torch.randn(n, n).bfloat16()
        torch.matmul(a, b)
        begun = time.perf_counter()
        while time.perf_counter() - begun < seconds / 3:
            mark = time.perf_counter()
            torch.matmul(a, b)
            best = max(best, 2 * n**3 / (time.perf_counter() - mark))
    return best
