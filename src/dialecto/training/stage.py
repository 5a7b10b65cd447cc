"""The pretrain stage: token shards in, a model that plain transformers loads out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from dialecto.models.allowance import allow
from dialecto.models.architecture import build_config, build_model
from dialecto.models.overhead import HELD_BYTES, LOOKS, seconds_of_steps
from dialecto.models.presets import with_preset
from dialecto.recipe import Budget, MachineSection, PretrainSection, parse_seconds
from dialecto.runtime import DialectoError, StageContext
from dialecto.tokenizer.shards import TokenSplit
from dialecto.tokenizer.train import END_OF_TEXT, PAD
from dialecto.training.compiled import uncompiled
from dialecto.training.distributed.on_deepspeed import slice_optimizer
from dialecto.training.distributed.ranks import SOLO, Ranks
from dialecto.training.distributed.sharding import distribute, whole_weights
from dialecto.training.experts import evenness, read_shares
from dialecto.training.folds import FoldRun, cross_validate, leave_a_share, open_folds
from dialecto.training.loop import train
from dialecto.training.loss import LossTerms
from dialecto.training.measure import learn_speed, machine_speed, machine_watts, unmeasured_speed
from dialecto.training.model_folder import finish_run, load_tokenizer, save_model
from dialecto.training.objectives.choose import MEASURES, make_objective, read_examples
from dialecto.training.optimizer import make_optimizers, rates_of
from dialecto.training.pieces import Examples, RowStream
from dialecto.training.planning import (
    make_plan,
    recorded_moves,
    repeat_plan,
    text_facts,
    validation_text,
)
from dialecto.training.precision import choose_device
from dialecto.training.prepare import add_to_plan, prepare
from dialecto.training.run import LoopPlan
from dialecto.training.samples import make_sampler
from dialecto.training.trackers import Tracking, tracked_facts
from dialecto.training.validation import make_validation

LAST_STEP = 2**62  # of any run: held-out text is measured there in any case


def run(
    context: StageContext,
    inputs: Mapping[str, Path],
    *,
    section: PretrainSection,
    budget: Budget,
    machine: MachineSection,
    seed: int,
    recorded: Path | None = None,
    ranks: Ranks = SOLO,
) -> dict[str, float | int | str]:
    """Plan, train, save. Resumes from the newest checkpoint of a killed run.

    recorded: a `plan.json` to repeat; without it the budget is planned anew. ranks: of a process
    that was started to take part; with `distribute`, the first call starts such processes.
    """
    asked = section
    section = with_preset(section)
    tokenizer = load_tokenizer(inputs["tokenizer"])
    shards = inputs["tokenizer"] / "shards"
    data = TokenSplit.open(shards, "train")
    if data.tokens <= data.documents:
        raise DialectoError("the training split has no tokens; the corpus is too small to split")
    end, pad = (tokenizer.convert_tokens_to_ids(token) for token in (END_OF_TEXT, PAD))
    documents = list(data)
    held, held_bytes = validation_text(shards, tokenizer)
    if recorded is not None:
        plan = repeat_plan(context, recorded, len(tokenizer), data.tokens)
    else:
        plan = make_plan(
            context,
            section,
            lambda: allow(budget, machine, lambda: machine_watts(section.precision)),
            vocabulary=len(tokenizer),
            text=lambda: text_facts(data, documents, held, held_bytes, len(tokenizer)),
        )
    if section.distribute.engine != "none" and ranks is SOLO:
        from dialecto.training.distributed.launch import Task, train_together

        return train_together(context, Task(inputs["tokenizer"], asked, budget, machine, seed))
    device = choose_device()
    config = build_config(
        plan.shape,
        end_of_text=end,
        pad=pad,
        dropout=section.dropout,
        around=(tokenizer.bos_token_id, tokenizer.eos_token_id),
    )
    rates = rates_of(
        section.optimizer, plan.shape.width, section.learning_rate, section.weight_decay
    )
    objective = make_objective(section.architecture, tokenizer, seed)
    measure = MEASURES[section.training_objective]

    def new_model() -> Any:
        return build_model(config, seed, section.beginning).to(device)

    def stream_of(examples: Examples) -> RowStream:
        return RowStream(
            examples,
            context=plan.shape.context,
            rows=plan.batch_rows,
            pad=pad,
            seed=seed,
            objective=objective,
        )

    # Processes that train together all look: there it is not worth a second measure at the end.
    wanted = plan.held_bytes if section.distribute.engine == "none" else HELD_BYTES
    look_at = partial(
        make_validation,
        shards,
        tokenizer,
        objective,
        context=plan.shape.context,
        precision=plan.precision,
    )
    held_loss = look_at(wanted=wanted)
    loop_plan = LoopPlan(
        steps=plan.steps,
        micro_rows=plan.micro_rows,
        warmup=section.warmup,
        cooldown=section.cooldown,
        precision=plan.precision,
        seconds=plan.seconds,
        checkpoint_seconds=parse_seconds(section.checkpoint_every),
        validate_every=max(plan.steps // LOOKS, 1),
        tokens_per_byte=data.tokens / max(data.bytes, 1) if measure == "bpb" else None,
        held_out=measure,
        schedule=section.schedule,
        final_rate=section.final_rate,
        clip=section.clip,
        terms=LossTerms(section.label_smoothing, section.z_loss),
        batch_ramp=section.batch_ramp,
        most_steps=plan.most_steps,
        moves=recorded_moves(context.work),
        early_stopping=section.early_stopping,
        checkpoints_kept=section.checkpoints_kept,
        sample_every=section.sample_every,
    )

    def run_fold(fold: FoldRun) -> float:
        """The whole recipe on all folds but one, measured at its end."""
        model, stream = new_model(), stream_of(Examples(fold.documents, end))
        prepare(model, context, section, plan, stream)

        def measured() -> float:
            with uncompiled(model):
                return fold.measure(model)

        found = train(
            model,
            stream,
            make_optimizers(model, section.optimizer, rates),
            replace(
                loop_plan,
                steps=fold.steps,
                seconds=fold.seconds,
                validate_every=LAST_STEP,
                most_steps=fold.steps,
                moves=(),
            ),
            work=fold.work,
            progress=context.progress,
            label=fold.label,
            validate=measured,
        )
        return math.nan if found.validation is None else found.validation

    crossed: dict[str, float | int | str] = {}
    if section.cross_validation:
        crossed = cross_validate(
            context,
            open_folds(shards),
            plan,
            section.cross_validation,
            tokenizer=tokenizer,
            run=run_fold,
        )
        plan = leave_a_share(plan, section.cross_validation)
        loop_plan = replace(
            loop_plan,
            steps=plan.steps,
            most_steps=plan.most_steps,
            validate_every=max(plan.steps // LOOKS, 1),
        )
    model, stream = new_model(), stream_of(read_examples(shards, "train", end))
    if not ranks.first:
        ranks.barrier()  # the first decides, the others read what it decided
    compiled = prepare(model, context, section, plan, stream)
    loop_plan = replace(loop_plan, seconds=seconds_of_steps(plan.seconds, compiled.spent))
    if ranks.first:
        ranks.barrier()
    ranks = distribute(model, ranks, section.distribute.zero_stage)
    optimizers = make_optimizers(model, section.optimizer, rates)
    if ranks.engine == "deepspeed":
        optimizers, ranks = slice_optimizer(
            model, optimizers, ranks, section.distribute.zero_stage, section.clip
        )

    def validate() -> float:
        assert held_loss is not None
        with uncompiled(model):
            return float(ranks.read(model, held_loss))

    write_samples = make_sampler(
        model,
        tokenizer,
        section.sample_prompts,
        work=context.work,
        seed=seed,
        precision=plan.precision,
    )

    def sample(step: int) -> str:
        with uncompiled(model):
            return write_samples(step)

    result = train(
        model,
        stream,
        optimizers,
        loop_plan,
        work=context.work,
        progress=context.progress,
        label="pretrain",
        validate=validate if held_loss else None,
        record=context.record,
        sample=sample if section.sample_prompts and ranks.first else None,
        tracking=Tracking(
            section.tracker_names, section.trackers_online, "pretrain", tracked_facts(plan)
        ),
        ranks=ranks,
    )
    if ranks.engine in ("fsdp", "deepspeed"):  # whole again, as `save_pretrained` wants it
        weights = whole_weights(model)
        model = build_model(config, seed, section.beginning)
        model.load_state_dict(weights, strict=False)  # what is tied to them follows
    if not ranks.first:
        return {}
    speed = machine_speed(section.precision) if plan.seconds else unmeasured_speed()
    achieved = result.best_rate * plan.shape.training_flops_per_token
    if plan.seconds and learn_speed(speed, plan.shape.width, achieved):
        context.progress.note(
            "pretrain: this machine was busy when it was measured; the next plan measures it again"
        )
    if result.moved:
        moves = [asdict(move) for move in result.moves]
        add_to_plan(context, moved=result.moved, moves=moves)
        context.record("pretrain.plan_moved", {"why": result.moved})
    if result.stopped:
        add_to_plan(context, stopped=result.stopped)
        context.record("pretrain.stopped_early", {"why": result.stopped})
    whole = None
    if held_loss and wanted < min(held_bytes, HELD_BYTES):  # looks saw a part; the last, all of it
        held_loss = look_at()
        whole = validate()
    save_model(model, tokenizer, context.work / "model", plan.shape.context)
    finish_run(context.work)
    metrics: dict[str, float | int | str] = {
        "parameters": plan.shape.parameters,
        "steps": result.steps,
        "tokens.seen": result.tokens,
        "epochs": result.tokens / data.tokens,
        "loss": result.loss,
        "tokens_per_second": result.tokens / max(result.seconds, 1e-9),
        "precision": plan.precision,
        **crossed,
    }
    if result.validation is not None:
        metrics[f"{measure}.validation"] = whole or result.validation
    if result.returns:
        metrics["divergences"] = result.returns
    if plan.predicted_bpb is not None and measure == "bpb":
        metrics["bpb.predicted"] = plan.predicted_bpb
    if math.isfinite(speed.matmul):
        rate = result.typical_rate * plan.shape.training_flops_per_token
        metrics["mfu"] = rate / speed.matmul / (ranks.count if device.type == "cuda" else 1)
    if section.distribute.engine != "none":
        metrics["processes"] = ranks.count
    if shares := read_shares(context.work):
        metrics |= evenness(shares[-1]["shares"])
    return metrics
