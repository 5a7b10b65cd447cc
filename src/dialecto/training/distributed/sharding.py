"""A model under torch's own engines: DistributedDataParallel and FSDP2 (`fully_shard`).

Under FSDP parameters, gradients and moments are DTensors of which each rank holds a slice. The
loss reads the output head's weights directly, so a whole forward pass with its loss runs within
one root module, whose hooks bring the root's parameters (embeddings, head, last norm) together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from dialecto.training.distributed.ranks import Ranks


class Within(torch.nn.Module):
    """A model whose forward pass is whatever is to be done with it."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, work: Callable[..., Any], **tensors: Any) -> Any:
        return work(self.model, **tensors)


def distribute(model: Any, ranks: Ranks, zero_stage: int = 3) -> Ranks:
    """Give the model to the ranks' engine. With `fsdp` its parameters become DTensors, so
    optimizers are made afterwards; `deepspeed` wants both (`on_deepspeed.slice_optimizer`).

    zero_stage: 3 frees a block's whole weights after its forward pass, 2 after the backward pass
    (Rajbhandari et al., "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models",
    SC 2020; here gradients and moments are sliced in both).
    """
    if ranks.count == 1:
        return replace(ranks, engine="none")
    if ranks.engine == "deepspeed":
        return ranks
    within = Within(model)
    device = model.get_input_embeddings().weight.device
    if ranks.engine == "ddp":
        from torch.nn.parallel import DistributedDataParallel

        return replace(
            ranks,
            within=DistributedDataParallel(
                within,
                device_ids=[device] if device.type == "cuda" else None,
                forward_sync_buffers=False,
                gradient_as_bucket_view=True,
            ),
        )
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard
    from transformers.modeling_layers import GradientCheckpointingLayer

    mesh = init_device_mesh(device.type, (ranks.count,))
    for module in model.modules():
        if isinstance(module, GradientCheckpointingLayer):  # what transformers calls a block
            fully_shard(module, mesh=mesh, reshard_after_forward=zero_stage == 3)
    return replace(ranks, within=fully_shard(within, mesh=mesh))


def is_sharded(tensor: Any) -> bool:
    """Whether it is a DTensor (without the import, which takes a second)."""
    return hasattr(tensor, "full_tensor")


def local(tensor: Any) -> torch.Tensor:
    """What this rank holds of a tensor."""
    held: torch.Tensor = tensor.to_local() if is_sharded(tensor) else tensor
    return held


def whole(tensor: Any) -> torch.Tensor:
    """All of a tensor, gathered from all ranks; all of them must ask."""
    full: torch.Tensor = tensor.full_tensor() if is_sharded(tensor) else tensor
    return full


def whole_weights(model: Any) -> dict[str, torch.Tensor]:
    """A sharded model's tensors in main memory by name, tied weights once."""
    kept = {name for name, _ in (*model.named_parameters(), *model.named_buffers())}
    found = model.state_dict().items()
    return {name: whole(tensor).cpu() for name, tensor in found if name in kept}


def placed_like(tensor: torch.Tensor, like: Any) -> torch.Tensor:
    """A whole tensor, which every rank has, as `like` is: sharded in the same way if it is."""
    if not is_sharded(like) or tensor.shape != like.shape:
        return tensor
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(
        tensor.to(like.device), like.device_mesh, like.placements, src_data_rank=None
    )


def gather_stack(stack: torch.Tensor, like: Any) -> torch.Tensor:
    """(n, slice) of n tensors sharded as `like` is -> (n, whole); the same where it is not."""
    if not is_sharded(like):
        return stack
    from torch.distributed.tensor import DTensor

    shape = torch.Size([len(stack), *like.shape])
    sharded = DTensor.from_local(
        stack,
        like.device_mesh,
        _in_stack(like),
        run_check=False,
        shape=shape,
        stride=torch.empty(shape, device="meta").stride(),
    )
    return sharded.full_tensor()


def slice_stack(stack: torch.Tensor, like: Any) -> torch.Tensor:
    """The inverse of `gather_stack`: this rank's slices of (n, whole)."""
    if not is_sharded(like):
        return stack
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(
        stack, like.device_mesh, _in_stack(like), src_data_rank=None
    ).to_local()


def _in_stack(like: Any) -> list[Any]:
    """The placements of a tensor whose first dimension became the second."""
    from torch.distributed.tensor import Shard

    return [Shard(p.dim + 1) if p.is_shard() else p for p in like.placements]
