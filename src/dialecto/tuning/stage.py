"""The tune stage: supervised fine-tuning of the pretrained model on conversations.

It runs on the pretraining loop rather than on `trl.SFTTrainer`, for exact resume, a schedule
planned on time and rows packed without leaking (docs/decisions).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dialecto.models.allowance import Allowance, allow
from dialecto.models.candidates import affordable_tokens
from dialecto.models.shape import ModelShape
from dialecto.recipe import Budget, MachineSection, TuneSection
from dialecto.runtime import DialectoError, StageContext
from dialecto.runtime.files import read_json, write_json
from dialecto.tokenizer.stage import read_conversations
from dialecto.tokenizer.train import IM_END, PAD
from dialecto.training.attention import use_for_training
from dialecto.training.loop import train
from dialecto.training.measure import machine_speed, machine_watts, unmeasured_speed
from dialecto.training.model_folder import finish_run, load_tokenizer, save_model
from dialecto.training.optimizer import Rates, make_optimizers, muon_rates
from dialecto.training.pieces import Example, Examples, RowStream, cut, pack
from dialecto.training.precision import choose_device
from dialecto.training.run import LoopPlan
from dialecto.tuning.conversations import conversation_examples

BATCH_TOKENS = 2048
# Answers are learnt in a few passes; far more only make the model forget its documents.
MOST_EPOCHS = 12.0
# Of pretraining's rates: the weights are already good.
RATE_SHARE = 0.4


@dataclass(frozen=True)
class TunePlan:
    """What tuning will do."""

    steps: int
    batch_rows: int
    context: int
    precision: str
    epochs: float
    seconds: float | None


def run(
    context: StageContext,
    inputs: Mapping[str, Path],
    *,
    section: TuneSection,
    budget: Budget,
    machine: MachineSection,
    seed: int,
) -> dict[str, float | int | str]:
    """Tune the pretrained model on the corpus' conversations."""
    from transformers import AutoModelForCausalLM

    tokenizer = load_tokenizer(inputs["tokenizer"])
    model: Any = AutoModelForCausalLM.from_pretrained(
        inputs["pretrain"] / "model", local_files_only=True, dtype="float32"
    )
    length = int(model.config.max_position_embeddings)
    examples = conversation_examples(
        read_conversations(inputs["corpus"], "train"), tokenizer, length
    )
    if not examples:
        raise DialectoError(
            "no conversation has an assistant's answer to learn from. Each line of a "
            '`kind: conversations` source must be {"messages": [{"role": "user", "content": …}, '
            '{"role": "assistant", "content": …}]}'
        )
    held = conversation_examples(
        read_conversations(inputs["corpus"], "validation"), tokenizer, length
    )
    device = choose_device()
    plan = _plan(context, section, allow(budget, machine, machine_watts), model.config, examples)
    model.to(device)
    use_for_training(model, device, length)
    base = muon_rates(model.config.hidden_size)
    rates = Rates(
        matrix=section.learning_rate or base.matrix * RATE_SHARE,
        embedding=base.embedding * RATE_SHARE * 0.1,
        head=base.head * RATE_SHARE,
        gain=base.gain * RATE_SHARE,
        weight_decay=0.0,
    )
    pad = tokenizer.convert_tokens_to_ids(PAD)
    end = tokenizer.convert_tokens_to_ids(tokenizer.eos_token)
    stream = RowStream(
        Examples.of(examples, end), context=length, rows=plan.batch_rows, pad=pad, seed=seed
    )
    answers = sum(int(example.counts.sum()) for example in examples)
    result = train(
        model,
        stream,
        make_optimizers(model, "muon", rates),
        LoopPlan(
            steps=plan.steps,
            micro_rows=plan.batch_rows,
            warmup=0.05,
            cooldown=0.7,
            precision=plan.precision,
            seconds=plan.seconds,
            checkpoint_seconds=60.0,
            validate_every=max(plan.steps // 10, 1),
            tokens_per_byte=answers / max(_answer_bytes(inputs["corpus"]), 1),
        ),
        work=context.work,
        progress=context.progress,
        label="tune",
        validate=(lambda: held_loss(model, held, length, pad, plan.precision)) if held else None,
        record=context.record,
    )
    if result.moved:
        context.record("tune.plan_moved", {"why": result.moved})
    # Programs that load the plain folder stop where an answer ends, not only where a document does.
    model.generation_config.eos_token_id = [end, tokenizer.convert_tokens_to_ids(IM_END)]
    save_model(model, tokenizer, context.work / "model", length)
    finish_run(context.work)
    metrics: dict[str, float | int | str] = {
        "conversations": len(examples),
        "steps": result.steps,
        "epochs": result.tokens / max(answers, 1),
        "loss": result.loss,
        "tokens_per_second": result.tokens / max(result.seconds, 1e-9),
    }
    if result.validation is not None:
        metrics["loss.validation"] = result.validation
    return metrics


def held_loss(model: Any, examples: list[Example], context: int, pad: int, precision: str) -> float:
    """Mean loss, in bits per answer token, on held-out conversations."""
    import torch

    from dialecto.training.attention import segment_mask
    from dialecto.training.loss import summed_loss
    from dialecto.training.pieces import make_batch
    from dialecto.training.precision import DTYPES, autocast

    source = Examples.of(examples, 0)
    pieces = [p for i in range(len(source)) for p in cut(source.length(i), context, i)]
    rows = pack(pieces, context)
    device = model.get_input_embeddings().weight.device
    total, count = 0.0, 0
    model.eval()
    with torch.no_grad(), autocast(device, precision):
        dtype = DTYPES[precision]
        for start in range(0, len(rows), 16):
            batch = make_batch(rows[start : start + 16], source, context, pad)
            mask = segment_mask(torch.from_numpy(batch.segments).to(device), dtype)
            hidden = model.base_model(
                input_ids=torch.from_numpy(batch.inputs).to(device),
                attention_mask=mask,
                use_cache=False,
            ).last_hidden_state
            head = model.get_output_embeddings().weight
            total += float(summed_loss(hidden, head, torch.from_numpy(batch.targets).to(device)))
            count += batch.predictions
    model.train()
    return total / max(count, 1) / math.log(2)


def _plan(
    context: StageContext,
    section: TuneSection,
    allowance: Allowance,
    config: Any,
    examples: list[Example],
) -> TunePlan:
    path = context.work / "plan.json"
    if path.is_file():
        return TunePlan(**read_json(path))
    length = int(config.max_position_embeddings)
    shape = ModelShape(
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        feed_forward=config.intermediate_size,
        vocabulary=config.vocab_size,
        context=length,
    )
    speed = unmeasured_speed() if section.epochs else machine_speed()
    rows = max((section.batch_tokens or BATCH_TOKENS) // length, 1)
    pieces = [p for i, example in enumerate(examples) for p in cut(len(example.tokens), length, i)]
    rows_per_epoch = len(pack(pieces, length))
    if section.epochs:
        epochs, limit = section.epochs, None
    else:
        rate = speed.at(shape.width) / shape.training_flops_per_token
        affordable = affordable_tokens(allowance, rate, shape) / length / rows_per_epoch
        epochs, limit = min(affordable, MOST_EPOCHS), allowance.seconds
    steps = max(round(epochs * rows_per_epoch / rows), 1)
    plan = TunePlan(steps, rows, length, speed.precision, epochs, limit)
    write_json(path, asdict(plan))
    context.progress.note(f"plan: tune for {steps} steps, {epochs:.1f} epochs")
    return plan


def _answer_bytes(corpus: Path) -> int:
    return sum(
        len(message["content"].encode())
        for messages in read_conversations(corpus, "train")
        for message in messages
        if message["role"] == "assistant"
    )
