"""From a batch to the hidden states that predict its targets, by family of model.

Only positions with a target pass the output head: of a masked row about one in seven.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from dialecto.training.attention import segment_mask, segment_positions
from dialecto.training.pieces import IGNORED
from dialecto.training.precision import DTYPES, autocast

States = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
_ALIGNED = 8  # columns added for a bias, so that the product's rows stay aligned


def target_states(
    model: Any,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    segments: torch.Tensor,
    precision: str,
    **decoder: torch.Tensor,
) -> States:
    """(states (n, width), head (vocabulary, width), targets (n,)) of the n positions that count.

    Their product is the logits; a head's bias is one more column. Tensors as in `Batch`.
    """
    states = TARGET_STATES[model.config.model_type]
    with autocast(inputs.device, precision):
        return states(model, inputs, targets, segments, DTYPES[precision], **decoder)


def _bert(
    model: Any,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    segments: torch.Tensor,
    dtype: torch.dtype,
) -> States:
    hidden = model.bert(
        input_ids=inputs,
        attention_mask=segment_mask(segments, dtype, causal=False),
        position_ids=segment_positions(segments),
    ).last_hidden_state
    states, wanted = _counted(hidden, targets)
    head = model.cls.predictions
    return _biased(head.transform(states), head.decoder, wanted)


def _modernbert(
    model: Any,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    segments: torch.Tensor,
    dtype: torch.dtype,
) -> States:
    window = model.config.sliding_window
    masks = {
        "full_attention": segment_mask(segments, dtype, causal=False),
        "sliding_attention": segment_mask(segments, dtype, causal=False, window=window),
    }
    hidden = model.model(input_ids=inputs, attention_mask=masks).last_hidden_state
    states, wanted = _counted(hidden, targets)
    return _biased(model.head(states), model.decoder, wanted)


def _t5(
    model: Any,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    segments: torch.Tensor,
    dtype: torch.dtype,
    decoder_inputs: torch.Tensor,
    decoder_segments: torch.Tensor,
) -> States:
    """Relative positions need no correction: a piece's tokens stand in a row, in both stacks."""
    encoded = model.encoder(
        input_ids=inputs, attention_mask=segment_mask(segments, dtype, causal=False)
    ).last_hidden_state
    hidden = model.decoder(
        input_ids=decoder_inputs,
        attention_mask=segment_mask(decoder_segments, dtype),
        encoder_hidden_states=encoded,
        encoder_attention_mask=segment_mask(decoder_segments, dtype, keys=segments, causal=False),
        use_cache=False,
    ).last_hidden_state
    states, wanted = _counted(hidden, targets)
    if model.config.scale_decoder_outputs:
        states = states * model.config.d_model**-0.5
    return states, model.lm_head.weight, wanted


TARGET_STATES: dict[str, Callable[..., States]] = {
    "bert": _bert,
    "modernbert": _modernbert,
    "t5": _t5,
}


def _counted(hidden: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Hidden states (rows, length, width) and targets (rows, length) of the counted positions."""
    flat = targets.reshape(-1)
    counted = (flat != IGNORED).nonzero().squeeze(1)
    states = hidden.reshape(-1, hidden.shape[-1]).index_select(0, counted)
    return states, flat.index_select(0, counted)


def _biased(states: torch.Tensor, head: torch.nn.Linear, targets: torch.Tensor) -> States:
    """The head's bias as a column of its weights, for states that end with a one."""
    ones = torch.nn.functional.pad(states.new_ones(len(states), 1), (0, _ALIGNED - 1))
    bias = torch.nn.functional.pad(head.bias[:, None], (0, _ALIGNED - 1))
    return torch.cat([states, ones], 1), torch.cat([head.weight, bias], 1), targets
