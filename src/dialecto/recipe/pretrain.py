"""The pretrain stage: a language model from scratch on the corpus."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from dialecto.recipe.architectures import (
    EXPERTS,
    EXPERTS_USED,
    HEAD_WIDTH,
    MIXTURES,
    OBJECTIVES,
    ONE_KEY_EACH,
    Architecture,
    misfit,
)
from dialecto.recipe.base import NOT_IN_DIGEST, UNLESS_DEFAULT, Section
from dialecto.recipe.distribute import Distribute
from dialecto.recipe.presets import PRESETS
from dialecto.recipe.quantities import parse_seconds


class Shape(Section):
    """The model's shape. Whatever is empty is chosen by the budget."""

    preset: Literal["tiny", "10M", "50M", "125M", "350M", "1B", "3B", "7B"] | None = Field(
        None,
        description="A shape by its number of parameters (with a vocabulary of 32,768 tokens); "
        "what is written beside it goes before it.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    layers: int | None = Field(None, ge=1, description="Transformer blocks.")
    width: int | None = Field(None, ge=16, description="Hidden size.")
    heads: int | None = Field(None, ge=1, description="Attention heads.")
    kv_heads: int | None = Field(None, ge=1, description="Key-value heads.")
    feed_forward: int | None = Field(None, ge=16, description="Width of the feed-forward layer.")
    experts: int | None = Field(None, ge=2, description="Experts in each block of a mixture.")
    experts_used: int | None = Field(None, ge=1, description="Experts that each token uses.")

    @model_validator(mode="after")
    def _dimensions_agree(self) -> Shape:
        if self.heads and self.kv_heads and self.heads % self.kv_heads:
            raise ValueError(f"{self.heads} heads cannot share {self.kv_heads} kv_heads evenly")
        if self.experts and self.experts_used and self.experts_used > self.experts:
            raise ValueError(f"there are {self.experts} experts, fewer than {self.experts_used}")
        return self


class PretrainSection(Section):
    """Architecture, budget and optimisation of pretraining."""

    architecture: Architecture = Field(
        "qwen3",
        description="Family in transformers. Decoders, which write text: `qwen3`, `llama`, `gpt2`, "
        "`qwen3_moe` (a mixture of experts). Encoders, which read it and fill masked words in: "
        "`bert`, `modernbert`. Encoder-decoder: `t5`.",
    )
    shape: Shape = Field(Shape(), description="The model's shape; chosen by the budget if empty.")
    dropout: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Of attention weights; of the rest too in `gpt2`, `bert`, `modernbert`, `t5`.",
    )
    initialisation: Literal["auto", "induction", "scaled", "normal", "xavier", "he"] = Field(
        "auto",
        description="`scaled`: output projections zero, the rest by width. `induction`: so too, "
        "and `qwen3`, `llama` and `qwen3_moe` can repeat from the start what stands earlier in the "
        "text. `auto`: `induction` with `muon`, else `scaled`. Others: as in textbooks.",
    )
    context: int | None = Field(None, ge=16, description="Tokens that a training row holds.")
    batch_tokens: int | None = Field(None, ge=16, description="Tokens in one optimizer step.")
    steps: int | None = Field(
        None, ge=1, description="Optimizer steps; empty: as many as the budget allows."
    )
    plan: str | None = Field(
        None,
        description="A recorded `plan.json` to repeat instead of planning anew.",
        json_schema_extra=NOT_IN_DIGEST,  # what the file says is
    )
    optimizer: Literal["muon", "adamw", "sgd", "adafactor", "adamw8bit"] = Field(
        "muon",
        description="`muon`: Muon on block matrices, AdamW on the rest; the others alone on all. "
        "`adamw8bit` needs `dialecto[adamw8bit]`.",
    )
    learning_rate: float | None = Field(
        None,
        gt=0,
        description="Peak rate of the block matrices, with `muon`; of all weights "
        "otherwise. Chosen if empty.",
    )
    weight_decay: float | None = Field(None, ge=0, description="Decoupled decay; chosen if empty.")
    schedule: Literal["wsd", "cosine", "linear"] = Field(
        "wsd",
        description="Of the rates after warm-up: `wsd` stays at the peak until the cooldown; "
        "`cosine` and `linear` fall from the beginning.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    warmup: float = Field(0.02, ge=0, lt=1, description="Share of steps of linear warm-up.")
    cooldown: float = Field(
        0.65, ge=0, le=1, description="Share of steps of linear cooldown, in `wsd`."
    )
    final_rate: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Share of the peak rate at the end; empty: 0.05 in `wsd`, 0.1 in `cosine`, 0 "
        "in `linear`.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    clip: float | None = Field(
        None,
        gt=0,
        description="Longest gradient (norm over all weights); longer ones are shortened. Empty: "
        "no limit.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    label_smoothing: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of each target given to all tokens alike.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    z_loss: float = Field(
        0.0,
        ge=0,
        description="Weight of the squared log of the softmax's sum, such as 0.0001: keeps logits "
        "small.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    batch_ramp: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of the tokens read in smaller steps at first: a quarter, then half of "
        "`batch_tokens`.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    precision: Literal["auto", "bf16", "fp16", "fp32"] = Field(
        "auto",
        description="`auto`: bf16 where the machine computes in it, else fp32. `fp16`, for "
        "accelerators without bf16, scales the loss.",
    )
    attention: Literal["auto", "explicit", "sdpa", "flex"] = Field(
        "auto",
        description="How training computes it: `explicit` products (short contexts on a CPU), "
        "torch's `sdpa`, or `flex` (accelerators); `auto` takes the fastest.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    activation_checkpointing: bool = Field(
        False,
        description="Compute activations again instead of keeping them: less memory, about a "
        "quarter slower.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    compile: Literal["auto"] | bool = Field(
        "auto",
        description="`torch.compile`; `auto`: where the run is long enough and a trial is faster.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    cross_validation: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="Share of the steps given to short runs that each leave one of the corpus' "
        "folds out (`corpus.split.folds`) and say how much held-out figures vary. Decoders only.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    early_stopping: int | None = Field(
        None,
        ge=1,
        description="Stop after so many measures of held-out text (ten are made in a run) without "
        "a better one; the best weights are kept in any case. Empty: never.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    checkpoints_kept: int = Field(
        2,
        ge=1,
        description="Checkpoints on disk while a run lasts, beside its best weights.",
        json_schema_extra=NOT_IN_DIGEST,
    )
    distribute: Distribute = Field(
        Distribute(),
        description="Training in several processes; by default in one.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    checkpoint_every: str = Field(
        "60s",
        description="Time between checkpoints, such as `60s` or `10m`.",
        json_schema_extra=NOT_IN_DIGEST,
    )
    sample_prompts: list[str] = Field(
        [],
        description="Beginnings of texts that the model continues while it learns, at each measure "
        "of held-out text (`samples.jsonl`). Decoders only.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    sample_every: int = Field(
        1,
        ge=1,
        description="At each so many measures of held-out text.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    tensorboard: bool = Field(True, description="Write TensorBoard files beside metrics.jsonl.")
    trackers: list[Literal["tensorboard", "wandb", "mlflow"]] = Field(
        [],
        description="Other places for the metrics, in the artefact's folder: `wandb` (Weights & "
        "Biases, offline) and `mlflow` need their packages.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    trackers_online: bool = Field(
        False,
        description="Let trackers send the metrics to their servers, as their own variables "
        "(WANDB_API_KEY, MLFLOW_TRACKING_URI) say.",
        json_schema_extra=NOT_IN_DIGEST,
    )

    @model_validator(mode="after")
    def _shape_is_one(self) -> PretrainSection:
        shape, kind = self.shape, self.architecture
        if kind in ONE_KEY_EACH and shape.kv_heads not in (None, shape.heads):
            raise ValueError(
                f"in `{kind}` each head has its own key and value: leave `shape.kv_heads` out"
            )
        if kind not in MIXTURES and (shape.experts or shape.experts_used):
            raise ValueError(
                f"`{kind}` has no experts: take `architecture: {MIXTURES[0]}`, or leave "
                "`shape.experts` and `shape.experts_used` out"
            )
        width = shape.width or (PRESETS[kind][shape.preset][1] if shape.preset else None)
        if width and shape.heads and (why := misfit(kind, width, shape.heads)):
            raise ValueError(f"{why} (`shape.width`, `shape.heads`)")
        if kind in MIXTURES and (shape.experts_used or EXPERTS_USED) > (shape.experts or EXPERTS):
            raise ValueError(
                f"there are {shape.experts or EXPERTS} experts, fewer than the "
                f"{shape.experts_used or EXPERTS_USED} that each token would use "
                "(`shape.experts`, `shape.experts_used`)"
            )
        if shape.preset and shape.kv_heads and not (shape.heads or shape.width):
            heads = PRESETS[kind][shape.preset][1] // HEAD_WIDTH
            if heads % shape.kv_heads:
                raise ValueError(
                    f"`preset: {shape.preset}` has {heads} heads, which cannot share "
                    f"{shape.kv_heads} kv_heads evenly (`shape.kv_heads`)"
                )
        return self

    @property
    def beginning(self) -> str:
        """How weights begin. With other optimizers than Muon, heads that are there from the start
        cost more than they bring (benchmarks/ablations.py)."""
        if self.initialisation != "auto":
            return self.initialisation
        return "induction" if self.optimizer == "muon" else "scaled"

    @model_validator(mode="after")
    def _a_step_has_a_row(self) -> PretrainSection:
        if self.context and self.batch_tokens and self.batch_tokens < self.context:
            raise ValueError(
                f"a step of {self.batch_tokens} tokens (`batch_tokens`) has no room for a row of "
                f"{self.context} (`context`)"
            )
        return self

    @model_validator(mode="after")
    def _options_agree(self) -> PretrainSection:
        if self.attention == "flex" and self.dropout:
            raise ValueError("`attention: flex` has no dropout; leave `attention: auto`")
        if self.schedule != "wsd" and "cooldown" in self.model_fields_set:
            raise ValueError(f"`cooldown` belongs to `schedule: wsd`, not to `{self.schedule}`")
        if self.attention == "flex" and self.training_objective != "causal":
            raise ValueError(f"`attention: flex` is for decoders; `{self.architecture}` is none")
        if self.training_objective != "causal":
            for name in ("sample_prompts", "cross_validation"):
                if getattr(self, name):
                    raise ValueError(f"`{name}` are for decoders; `{self.architecture}` is none")
        if self.compile is True and self.training_objective == "spans":
            raise ValueError(
                "`compile: true` cannot be had with `t5`, whose answers change their width"
            )
        if self.distribute.engine != "none" and self.cross_validation:
            raise ValueError("`cross_validation` is done in one process, without `distribute`")
        if self.distribute.method == "fsdp":
            self._can_be_sharded()
        if self.distribute.engine == "deepspeed":
            self._can_be_under_zero()
        return self

    def _can_be_sharded(self) -> None:
        if self.optimizer in ("adafactor", "adamw8bit"):
            raise ValueError(f"`{self.optimizer}` cannot be sharded; take `muon`, `adamw` or `sgd`")
        if self.compile is True:
            raise ValueError("`compile: true` cannot be had with `fsdp`")
        if self.precision == "fp16":
            raise ValueError("`precision: fp16` cannot be had with `fsdp`; take `bf16`")
        if self.sample_prompts:
            raise ValueError("`sample_prompts` cannot be had with `fsdp`")

    def _can_be_under_zero(self) -> None:
        if self.optimizer not in ("adamw", "sgd"):
            raise ValueError(
                f"`engine: deepspeed` needs `optimizer: adamw` or `sgd`: ZeRO lays all weights out "
                f"in one row, and `{self.optimizer}` looks at whole matrices or blocks of weights. "
                "With `muon` take `engine: fsdp`"
            )
        if self.compile is True:
            raise ValueError("`compile: true` cannot be had with `deepspeed`")
        if self.precision == "fp16":
            raise ValueError("`precision: fp16` cannot be had with `deepspeed`; take `bf16`")

    @property
    def tracker_names(self) -> list[str]:
        """The trackers that are wanted, each once."""
        wanted = ["tensorboard"] * self.tensorboard + list(self.trackers)
        return list(dict.fromkeys(wanted))

    @property
    def training_objective(self) -> str:
        """What the architecture learns: `causal`, `masked` or `spans`."""
        return OBJECTIVES[self.architecture]

    @field_validator("checkpoint_every")
    @classmethod
    def _is_a_duration(cls, value: str) -> str:
        parse_seconds(value)
        return value
