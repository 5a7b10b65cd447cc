"""What a model is given before it trains: attention, checkpointed activations, compilation.

Each choice is recorded in `plan.json` with its reason when it is first made, and read from there
by a run that goes on.
"""

from __future__ import annotations

from typing import Any

import torch

from dialecto.models.planner import TrainingPlan
from dialecto.recipe import PretrainSection
from dialecto.runtime import StageContext
from dialecto.runtime.files import read_json, write_json
from dialecto.training.attention import use_for_training
from dialecto.training.attention_trial import choose_attention
from dialecto.training.compiled import Compile, compile_model, try_compile, worth_trying
from dialecto.training.loss import PLAIN
from dialecto.training.pieces import Position, RowStream
from dialecto.training.step import batch_loss


def prepare(
    model: Any,
    context: StageContext,
    section: PretrainSection,
    plan: TrainingPlan,
    stream: RowStream,
) -> Compile:
    """Make the model ready to train on its device; `stream` is put back to its beginning. Returns
    whether it was compiled."""
    recorded = read_json(context.work / "plan.json")
    device = model.get_input_embeddings().weight.device
    attention, why = recorded.get("attention") or choose_attention(
        section.attention, plan.shape, plan.micro_rows, device, plan.precision, section.dropout
    )
    use_for_training(model, device, plan.shape.context, attention)
    if section.activation_checkpointing:
        checkpoint_activations(model)
    if "compile" in recorded:
        compiled = Compile(**recorded["compile"])
        if compiled.on:
            compile_model(model)
    elif section.distribute.method in ("fsdp", "deepspeed"):
        compiled = Compile(False, "not compiled: the model is sharded")
    elif section.architecture == "t5" and section.compile == "auto":
        compiled = Compile(False, "not compiled: the answers' width changes from batch to batch")
    else:
        compiled = worth_trying(section.compile, plan.seconds, device.type)
        if compiled.on:
            context.progress.note("pretrain: compiling, and timing it beside the plain model")
            compiled = try_compile(model, section.compile, _one_pass(model, plan, stream))
        if section.compile == "auto" or compiled.on:
            context.progress.note(f"plan: {compiled.why}")
    add_to_plan(context, attention=[attention, why], compile=compiled.as_dict())
    return compiled


def checkpoint_activations(model: Any) -> None:
    """Keep only what enters each block; the rest is computed again on the way back."""
    model.activation_checkpointing_enable({"use_reentrant": False})


def add_to_plan(context: StageContext, **facts: Any) -> None:
    """Entries of `plan.json` beside the plan's own."""
    path = context.work / "plan.json"
    write_json(path, {**read_json(path), **facts})


def _one_pass(model: Any, plan: TrainingPlan, stream: RowStream) -> Any:
    """Forward and backward of one micro-batch, without a trace."""
    batch = next(stream)
    stream.position = Position()
    device = model.get_input_embeddings().weight.device
    rows = slice(0, plan.micro_rows)
    tensors = {n: torch.from_numpy(a).to(device) for n, a in batch.arrays(rows).items()}

    def step() -> None:
        model.train()
        objective, _, router = batch_loss(model, **tensors, precision=plan.precision, terms=PLAIN)
        (objective if router is None else objective + router).backward()
        model.zero_grad(set_to_none=True)

    return step
