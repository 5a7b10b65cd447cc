"""Attention that can repeat from the first step on."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from dialecto.models.architecture import build_config, build_model
from dialecto.models.induction import has_induction
from dialecto.models.shape import ModelShape, default_shape
from dialecto.training.optimizer import make_optimizers, muon_rates
from dialecto.training.schedule import make_schedule

VOCABULARY = 64


def _model(shape: ModelShape, kind: str = "induction") -> Any:
    return build_model(build_config(shape, end_of_text=0, pad=3), 4, kind)


def _attention(architecture: str, kv_heads: int, tokens: torch.Tensor) -> list[torch.Tensor]:
    """Weights of each block at the start, (heads, length, length)."""
    base = default_shape(2, 256, 300, 64, architecture)
    model = _model(ModelShape(**{**base.__dict__, "kv_heads": kv_heads})).eval()
    model.set_attn_implementation("eager")
    with torch.no_grad():
        return [w.mean(0) for w in model(tokens, output_attentions=True).attentions]


@pytest.mark.parametrize("kv_heads", [4, 2])
@pytest.mark.parametrize("architecture", ["qwen3", "llama", "qwen3_moe"])
def test_heads_begin_at_the_tokens_before_and_at_what_followed(
    architecture: str, kv_heads: int
) -> None:
    half = 30
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(0, 300, (4, half), generator=generator).repeat(1, 2)
    first, second = _attention(architecture, kv_heads, tokens)
    for head in range(2):
        by_distance = [float(first[head].diagonal(-far).mean()) for far in range(8)]
        assert by_distance[head + 1] == max(by_distance) > 0.5
    # In the second half: at the token after the first time that the present one was read.
    assert float(second[0].diagonal(1 - half)[1:].mean()) > 0.5


@pytest.mark.parametrize("architecture", ["gpt2", "bert", "modernbert", "t5"])
def test_models_without_rotary_positions_of_a_decoder_begin_as_scaled(architecture: str) -> None:
    shape = default_shape(2, 64, 300, 32, architecture)
    one, other = _model(shape), _model(shape, "scaled")
    assert not has_induction(one.config)
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)


def test_it_learns_to_repeat_sooner() -> None:
    """Random tokens and, from anywhere on, the same again: only those can be foreseen."""
    after = {kind: _loss_of_repeats(kind) for kind in ("induction", "scaled")}
    assert after["induction"] < 0.5 * after["scaled"]


def _loss_of_repeats(kind: str, steps: int = 40, length: int = 48) -> float:
    model = _model(default_shape(2, 64, VOCABULARY, length), kind)
    optimizers = make_optimizers(model, "muon", muon_rates(64))
    schedule = make_schedule(steps, 0.02, 0.65)
    random = torch.Generator().manual_seed(7)
    lost = 0.0
    for step in range(steps):
        tokens = torch.randint(4, VOCABULARY, (16, length), generator=random)
        targets = torch.full_like(tokens, -100)
        for row, period in enumerate(torch.randint(8, 24, (16,), generator=random).tolist()):
            tokens[row] = tokens[row, :period].repeat(length)[:length]
            targets[row, period + 1 :] = tokens[row, period + 1 :]
        logits = model(tokens).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets[:, 1:].flatten())
        loss.backward()
        optimizers.set(schedule, step)
        optimizers.step()
        lost = loss.item()
    return lost
