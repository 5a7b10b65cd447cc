"""How many processes train together, and what makes them one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from dialecto.recipe.base import NOT_IN_DIGEST, Section


class Distribute(Section):
    """Training in several processes: started on this machine, or by `torchrun` and the like."""

    engine: Literal["none", "ddp", "fsdp"] = Field(
        "none",
        description="`ddp`: each process holds the whole model; `fsdp`: a slice of it, of the "
        "gradients and of the optimizer (FSDP2).",
    )
    processes: Literal["auto"] | int = Field(
        "auto",
        description="On this machine; one for each accelerator, usually. `auto`: as many as there "
        "are accelerators, at least one, or as many as `torchrun` or the like has started.",
    )
    restarts: int = Field(
        3,
        ge=0,
        description="How often the processes that dialecto started are started again when one "
        "dies.",
        json_schema_extra=NOT_IN_DIGEST,
    )

    @model_validator(mode="after")
    def _belongs_together(self) -> Distribute:
        if self.processes != "auto" and self.processes < 1:
            raise ValueError("`processes` is `auto` or at least 1")
        if self.engine == "none" and self.processes != "auto":
            raise ValueError("`processes` needs an `engine`: ddp or fsdp")
        return self
