"""One step: the loss of a batch, its gradient by micro-batches and ranks, the optimizers' move."""

from __future__ import annotations

from typing import Any

import torch

from dialecto.training.attention import segment_positions, training_mask
from dialecto.training.distributed.ranks import SOLO, Ranks
from dialecto.training.loss import PLAIN, LossTerms, training_loss
from dialecto.training.objectives.states import TARGET_STATES, target_states
from dialecto.training.optimizer import Optimizers
from dialecto.training.pieces import Batch
from dialecto.training.precision import DTYPES, autocast
from dialecto.training.run import LoopPlan


def train_step(
    model: Any,
    batch: Batch,
    optimizers: Optimizers,
    plan: LoopPlan,
    device: torch.device,
    ranks: Ranks = SOLO,
) -> tuple[float, float]:
    """One optimizer step; returns (mean loss in nats per predicted token, gradient norm).

    Micro-batches are weighted by their predictions, so that N x 1 rows give the gradient of
    1 x N (a mean of means would not); so do the ranks', each with its rows of the batch.
    """
    predictions = max(batch.predictions, 1)
    share = ranks.share(batch)
    total = 0.0
    for start in range(0, len(share.inputs), plan.micro_rows):
        rows = slice(start, start + plan.micro_rows)
        tensors = {n: torch.from_numpy(a).to(device) for n, a in share.arrays(rows).items()}
        with ranks.collecting(last=start + plan.micro_rows >= len(share.inputs)):
            objective, nats, router = ranks.loss(
                model, batch_loss, **tensors, precision=plan.precision, terms=plan.terms
            )
            objective = objective / (predictions / ranks.count)
            if router is not None:
                objective = objective + router * (len(tensors["inputs"]) / len(share.inputs))
            optimizers.backward(objective)
        total += float(nats)
    return ranks.sum(total) / predictions, optimizers.step(plan.clip)


def batch_loss(
    model: Any,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    segments: torch.Tensor,
    precision: str,
    terms: LossTerms = PLAIN,
    **decoder: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """(what is minimised, summed cross-entropy in nats, weighted load-balance loss of a router).

    Tensors are (rows, context), on the model's device; `decoder`: those of an encoder-decoder.
    """
    family = model.config.model_type
    if family in TARGET_STATES:
        found = target_states(model, inputs, targets, segments, precision, **decoder)
        with autocast(inputs.device, precision):
            return *training_loss(*found, terms), None
    extra: dict[str, Any] = {}
    if family == "gpt2":  # its positions are absolute: each document begins at 0
        extra["position_ids"] = segment_positions(segments)
    if family == "qwen3_moe":
        extra["output_router_logits"] = True
    with autocast(inputs.device, precision):
        found = model.base_model(
            input_ids=inputs,
            attention_mask=training_mask(model, segments, DTYPES[precision]),
            use_cache=False,
            **extra,
        )
        head = model.get_output_embeddings().weight
        objective, nats = training_loss(found.last_hidden_state, head, targets, terms)
    if family != "qwen3_moe":
        return objective, nats, None
    return objective, nats, balance_loss(found.router_logits, segments, model.config)


def balance_loss(
    router_logits: tuple[torch.Tensor, ...], segments: torch.Tensor, config: Any
) -> torch.Tensor:
    """The Switch Transformer's load-balance loss [arXiv 2101.03961, equations 4 to 6], weighted.

    Padding (segment 0) is not counted.
    """
    from transformers.models.qwen3_moe.modeling_qwen3_moe import load_balancing_loss_func

    function: Any = load_balancing_loss_func
    loss: torch.Tensor = function(
        router_logits, config.num_experts, config.num_experts_per_tok, (segments != 0).long()
    )
    return float(config.router_aux_loss_coef) * loss
