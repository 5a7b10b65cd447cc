"""Muon: momentum made orthogonal, for the matrices of the blocks.

Keller Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024). Same
update as `torch.optim.Muon` with `adjust_lr_fn="original"`; matrices of one shape are stacked
and orthogonalised together, which on small models is what makes Muon cheap. Of sharded matrices
(FSDP) the moments stay sharded; each rank gathers what is to be made orthogonal, and keeps its
slice of the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from dialecto.training.distributed.sharding import gather_stack, local, slice_stack

# Quintic Newton-Schulz iteration tuned to bring singular values near 1 in five steps.
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_STEPS = 5


def orthogonalise(matrices: torch.Tensor) -> torch.Tensor:
    """The nearest (semi-)orthogonal matrices, about. matrices: (n, rows, columns) -> bf16."""
    a, b, c = _COEFFICIENTS
    x = matrices.bfloat16()
    tall = x.size(1) > x.size(2)
    if tall:
        x = x.transpose(1, 2)
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(_STEPS):
        gram = x @ x.transpose(1, 2)
        polynomial = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
        x = torch.baddbmm(x, polynomial, x, beta=a)
    return x.transpose(1, 2) if tall else x


class Muon(torch.optim.Optimizer):
    """`lr` is in units of orthogonal updates; `weight_decay` is decoupled and cautious.

    A step uses the gradients up: what stands in them after it is the direction that was looked at.

    Cautious decay [arXiv 2510.12402]: a weight decays only where the update already moves it
    towards zero.
    """

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter],
        lr: float = 0.02,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            shapes: dict[torch.Size, list[torch.nn.Parameter]] = {}
            for parameter in group["params"]:
                if parameter.grad is not None:
                    shapes.setdefault(parameter.shape, []).append(parameter)
            for parameters in shapes.values():
                self._step_stack(parameters, group)
        return loss

    def _step_stack(self, parameters: list[torch.nn.Parameter], group: dict[str, Any]) -> None:
        for parameter in parameters:
            if "momentum" not in self.state[parameter]:
                self.state[parameter]["momentum"] = torch.zeros_like(parameter)
        gradients = [local(p.grad) for p in parameters if p.grad is not None]
        moments = [local(self.state[p]["momentum"]) for p in parameters]
        torch._foreach_lerp_(moments, gradients, 1 - group["momentum"])
        torch._foreach_lerp_(gradients, moments, group["momentum"])
        looked = torch.stack([gradient.bfloat16() for gradient in gradients])
        # A mixture's experts are one parameter of three dimensions: matrices already stacked.
        matrices = gather_stack(looked, parameters[0])
        direction = orthogonalise(matrices.flatten(0, -3)).view_as(matrices)
        direction = slice_stack(direction, parameters[0])
        rows, columns = parameters[0].shape[-2:]
        rate = group["lr"] * max(1.0, rows / columns) ** 0.5
        decay = group["lr"] * group["weight_decay"]
        for parameter, update in zip(parameters, direction, strict=True):
            weight, change = local(parameter), update.to(parameter.dtype)
            if decay:
                weight.sub_(weight * (change * weight > 0), alpha=decay)
            weight.sub_(change, alpha=rate)
