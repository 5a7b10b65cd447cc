"""Puts the fused norms and attention into a model of transformers for its training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any

import torch

from dialecto.training.fused.attention import masked_attention
from dialecto.training.fused.norm import norm_and_rotate, rms_norm

FAMILIES = ("qwen3", "llama")


def use_fused(model: Any) -> None:
    """Change how the blocks of a decoder compute, not what. Weights keep their names.

    Whatever the fused attention is not made for (a cache, dropout of the attention, no mask)
    goes through the block's own. Other families than `FAMILIES` stay as they are.
    """
    for module, forward in _fused(model):
        module.forward = MethodType(forward, module)


def use_plain(model: Any) -> None:
    """Undo `use_fused`: for a compiler, which fuses the plain operations better."""
    for module, _ in _fused(model):
        vars(module).pop("forward", None)


def _fused(model: Any) -> Iterator[tuple[Any, Callable[..., Any]]]:
    if model.config.model_type not in FAMILIES:
        return
    yield model.base_model.norm, _norm
    for layer in model.base_model.layers:
        yield layer.self_attn, _attend
        yield layer.input_layernorm, _norm
        yield layer.post_attention_layernorm, _norm


def _compute_dtype(x: torch.Tensor) -> torch.dtype:
    kind = x.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype


def _norm(self: Any, hidden_states: torch.Tensor) -> torch.Tensor:
    dtype = _compute_dtype(hidden_states)
    return rms_norm(hidden_states, self.weight, self.variance_epsilon, dtype)


def _attend(
    self: Any,
    hidden_states: torch.Tensor,
    position_embeddings: tuple[torch.Tensor, torch.Tensor],
    attention_mask: torch.Tensor | None,
    past_key_values: Any = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    if (
        attention_mask is None
        or past_key_values is not None
        or (self.training and self.attention_dropout)
    ):
        found: tuple[torch.Tensor, None] = type(self).forward(
            self, hidden_states, position_embeddings, attention_mask, past_key_values, **options
        )
        return found
    rows, length, _ = hidden_states.shape
    shape = (rows, length, -1, self.head_dim)
    cosine, sine = (x[:, :, None] for x in position_embeddings)
    sine = sine[..., : self.head_dim // 2]
    query, key, value = (
        linear(hidden_states).view(shape) for linear in (self.q_proj, self.k_proj, self.v_proj)
    )
    with torch.autocast(hidden_states.device.type, enabled=False):
        query, key = (
            norm_and_rotate(
                x, norm and norm.weight, norm.variance_epsilon if norm else 0.0, cosine, sine
            )
            for x, norm in (
                (query, getattr(self, "q_norm", None)),
                (key, getattr(self, "k_norm", None)),
            )
        )
        value = value.transpose(1, 2)
        heads = query.shape[1]
        if key.shape[1] != heads:
            groups = heads // key.shape[1]
            key, value = (x.repeat_interleave(groups, 1) for x in (key, value))
        mask = attention_mask.to(query.dtype).expand(rows, heads, length, length)
        mask = mask.reshape(rows * heads, length, length)
        together = masked_attention(query, key, value, mask, self.scaling)
    return self.o_proj(together), None
