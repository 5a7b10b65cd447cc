"""What the model writes while it learns: short answers to the recipe's prompts.

    samples.jsonl   a line for each prompt at each measure: step, prompt, text

The draws come from a generator of their own, seeded by (seed, step, prompt), so that looking at a
run does not change it, and a run that was killed and started again writes the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from dialecto.runtime.files import write_lines
from dialecto.training.journal import read_metrics
from dialecto.training.precision import autocast

FILE = "samples.jsonl"
TOKENS = 48
TEMPERATURE = 0.8


def make_sampler(
    model: Any, tokenizer: Any, prompts: Sequence[str], *, work: Path, seed: int, precision: str
) -> Callable[[int], str]:
    """A function of the step that writes a sample for each prompt and returns the first, in
    one line."""

    def sample(step: int) -> str:
        texts = [
            continue_text(
                model, tokenizer, prompt, seed=_seed(seed, step, prompt), precision=precision
            )
            for prompt in prompts
        ]
        lines: list[Any] = [line for line in read_metrics(work / FILE) if line["step"] < step]
        lines += [
            {"step": step, "prompt": prompt, "text": text}
            for prompt, text in zip(prompts, texts, strict=True)
        ]
        write_lines(work / FILE, lines)
        return " ".join(f"{prompts[0]}{texts[0]}".split())

    return sample


@torch.no_grad()
def continue_text(
    model: Any, tokenizer: Any, prompt: str, *, seed: int, precision: str, tokens: int = TOKENS
) -> str:
    """At most `tokens` more tokens of a decoder, drawn at TEMPERATURE; ends with the document.

    Reads the whole text for each token: a model in training has no cache, and these are few.
    """
    was_training = model.training
    model.eval()
    device = model.get_input_embeddings().weight.device
    context = int(model.config.max_position_embeddings)
    draws = torch.Generator().manual_seed(seed)
    end = tokenizer.eos_token_id
    known = [end, *tokenizer.encode(prompt, add_special_tokens=False)]
    new: list[int] = []
    for _ in range(tokens):
        inputs = torch.tensor([(known + new)[-context:]], device=device)
        with autocast(device, precision):
            hidden = model.base_model(input_ids=inputs, use_cache=False).last_hidden_state[0, -1]
            logits = hidden @ model.get_output_embeddings().weight.T.to(hidden.dtype)
        shares = torch.softmax(logits.float().cpu() / TEMPERATURE, dim=0)
        token = int(torch.multinomial(shares, 1, generator=draws))
        if token == end:
            break
        new.append(token)
    model.train(was_training)
    text: str = tokenizer.decode(new)
    return text


def _seed(seed: int, step: int, prompt: str) -> int:
    digest = hashlib.sha256(f"{seed}/{step}/{prompt}".encode()).digest()
    return int.from_bytes(digest[:6], "big")
