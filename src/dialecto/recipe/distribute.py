"""How many processes train together, and what makes them one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from dialecto.recipe.base import NOT_IN_DIGEST, UNLESS_DEFAULT, Section, only_with


class Distribute(Section):
    """Training in several processes: started on this machine, by Ray, or by `torchrun` and such."""

    engine: Literal["none", "ddp", "fsdp", "deepspeed", "ray"] = Field(
        "none",
        description="`ddp`: each process holds the whole model; `fsdp`: a slice of it, of the "
        "gradients and of the optimizer (FSDP2); `deepspeed`: the whole model, and by ZeRO a slice "
        "of the rest (`zero_stage`; needs the extra `deepspeed`); `ray`: `ddp` or `fsdp` "
        "(`strategy`) in the workers of a Ray cluster (needs the extra `cluster`).",
    )
    strategy: Literal["ddp", "fsdp"] = Field(
        "ddp",
        description="What the workers of `engine: ray` do: `ddp` or `fsdp`.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    address: str = Field(
        "",
        description="Of the Ray cluster, with `engine: ray`: `auto` or `host:6379`; empty: one is "
        "started on this machine. Its machines share the project's folder.",
        json_schema_extra=NOT_IN_DIGEST,
    )
    processes: Literal["auto"] | int = Field(
        "auto",
        description="On this machine; one for each accelerator, usually. `auto`: as many as there "
        "are accelerators, at least one, or as many as `torchrun` or the like has started. With "
        "`engine: ray`, in the whole cluster, and a number.",
    )
    zero_stage: Literal[1, 2, 3] = Field(
        3,
        description="What is sliced, by ZeRO's count. With `fsdp` `3`: weights too, brought "
        "together for each pass through a block; `2`: weights stay whole from the forward pass to "
        "the end of the backward pass: less traffic, more memory, the same result. With "
        "`deepspeed` `1`: the optimizer's state; `2`: gradients too.",
        # FSDP2 adds up the same in both; DeepSpeed brings gradients together earlier at stage 2.
        json_schema_extra=only_with(engine="deepspeed"),
    )
    restarts: int = Field(
        3,
        ge=0,
        description="How often the processes that dialecto or Ray started are started again when "
        "one dies.",
        json_schema_extra=NOT_IN_DIGEST,
    )

    @property
    def method(self) -> str:
        """How processes share the work, whoever starts them: `none`, `ddp`, `fsdp`, `deepspeed`."""
        return self.strategy if self.engine == "ray" else self.engine

    @model_validator(mode="after")
    def _belongs_together(self) -> Distribute:
        if self.processes != "auto" and self.processes < 1:
            raise ValueError("`processes` is `auto` or at least 1")
        if self.engine == "none" and self.processes != "auto":
            raise ValueError("`processes` needs an `engine`: ddp, fsdp, deepspeed or ray")
        if self.engine == "deepspeed":
            if self.zero_stage == 3:
                raise ValueError(
                    "`engine: deepspeed` needs `zero_stage: 1` or `2`; what ZeRO-3 slices "
                    "`engine: fsdp` slices"
                )
        elif self.zero_stage != 3 and self.method != "fsdp":
            raise ValueError("`zero_stage` belongs to `fsdp` and `deepspeed`")
        elif self.zero_stage == 1:
            raise ValueError(
                "`fsdp` slices gradients too: take `zero_stage: 2`, or `engine: deepspeed`"
            )
        if self.engine == "ray":
            self._can_be_on_ray()
        elif self.address or self.strategy != "ddp":
            raise ValueError("`address` and `strategy` belong to `engine: ray`")
        return self

    def _can_be_on_ray(self) -> None:
        if self.processes == "auto":
            raise ValueError("`engine: ray` needs `processes`: how many train together")
        if self.address.startswith("ray://"):
            raise ValueError(
                "training is started from a machine of the Ray cluster: give `address: auto` or "
                "`host:6379`, not `ray://`"
            )
