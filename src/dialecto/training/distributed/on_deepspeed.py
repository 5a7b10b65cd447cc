"""An optimizer that DeepSpeed's ZeRO cuts into slices, stage 1 or 2: `engine: deepspeed`.

DeepSpeed brings the gradients together, clips them and steps; the batch, its micro-batches, the
rates and the checkpoints stay ours. It lays a group's parameters out as one vector and gives each
rank an equal piece of it; the optimizer is left with that piece. What it then holds is put together
here, parameter by parameter, so that checkpoints are those of a run in one process
(docs/decisions/062-zero-by-fsdp-and-deepspeed.md).
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import torch
import torch.distributed as dist

from dialecto.runtime import DialectoError
from dialecto.training.distributed.ranks import Ranks
from dialecto.training.distributed.sharding import Within
from dialecto.training.optimizer import Optimizers

# Elements that are brought together at once: a share of the model, since DeepSpeed keeps buffers of
# this size; at most its own default.
_PARTS, _BUCKET = 8, 500_000_000


def check_deepspeed() -> None:
    """Raises DialectoError where DeepSpeed is not installed."""
    if find_spec("deepspeed") is None:
        raise DialectoError(
            "`engine: deepspeed` needs DeepSpeed, on every machine: "
            "`DS_BUILD_OPS=0 pip install 'dialecto[deepspeed]'`; or take `engine: fsdp`"
        )


def slice_optimizer(
    model: Any, optimizers: Optimizers, ranks: Ranks, stage: int, clip: float | None
) -> tuple[Optimizers, Ranks]:
    """The optimizer and the ranks of a model that trains under ZeRO.

    stage: 1 slices the optimizer's state, 2 gradients too. clip: the longest gradient, as in
    `Optimizers.step`. Raises DialectoError when DeepSpeed is missing, or lays weights out in an
    order that is not known here.
    """
    check_deepspeed()
    (torch_optimizer,) = optimizers.parts
    groups = [list(group["params"]) for group in torch_optimizer.param_groups]
    engine = _make_engine(Within(model), torch_optimizer, stage, clip)
    sliced = SlicedOptimizer(engine, torch_optimizer, groups, ranks)
    return replace(optimizers, parts=[sliced], sliced=sliced), replace(ranks, within=engine)


def release() -> None:
    """Forget the process group, for the next training in this process has another."""
    from deepspeed import comm
    from deepspeed.utils import groups

    groups._release_process_group_references()
    comm.comm.cdb = None


def _make_engine(module: Any, optimizer: torch.optim.Optimizer, stage: int, clip: Any) -> Any:
    """DeepSpeed's engine in the process group that there is."""
    os.environ.setdefault("DS_ACCELERATOR", "cuda" if torch.cuda.is_available() else "cpu")
    import deepspeed

    _hush()
    # Else it compiles a C++ operation that adds up over shared memory, for inference: a minute,
    # and if it is killed meanwhile the next processes wait for its lock without end.
    deepspeed.ops.__compatible_ops__ = {}
    os.environ.setdefault("LOCAL_RANK", _local_rank())
    sizes = [p.numel() for group in optimizer.param_groups for p in group["params"]]
    bucket = min(2 * (max(*sizes, sum(sizes) // _PARTS) // 2 + 1), _BUCKET)  # it must be even
    engine, *_ = deepspeed.initialize(
        model=module,
        optimizer=optimizer,
        config={
            "train_micro_batch_size_per_gpu": 1,  # it wants one, and counts samples with it
            "managed_gradient_accumulation": False,  # a step ends when we say so
            "gradient_clipping": clip or 0.0,
            "zero_allow_untested_optimizer": True,
            "zero_optimization": {
                "stage": stage,
                "overlap_comm": False,
                "reduce_bucket_size": bucket,
                "allgather_bucket_size": bucket,
            },
        },
    )
    return engine


def _hush() -> None:
    """It warns of settings that are ours, where the command's result is printed."""
    log = logging.getLogger("DeepSpeed")
    log.setLevel(logging.ERROR)
    for handler in log.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)
    # Of torch, about a function that DeepSpeed calls.
    warnings.filterwarnings("ignore", r"`torch.distributed.all_gather_into_tensor`", FutureWarning)


def _local_rank() -> str:
    """Where the launcher has not said it: Open MPI says it in its own way, others do not."""
    beside = torch.cuda.current_device() if torch.cuda.is_available() else 0
    return os.environ.get("OMPI_COMM_WORLD_LOCAL_RANK", str(beside))


class SlicedOptimizer:
    """A torch optimizer of which this rank holds a slice, as if it held the whole.

    `param_groups` are of the model's parameters, and their rates are those of the next step.
    """

    def __init__(
        self,
        engine: Any,
        optimizer: torch.optim.Optimizer,
        groups: Sequence[list[torch.nn.Parameter]],
        ranks: Ranks,
    ) -> None:
        self._engine, self._optimizer, self._ranks = engine, optimizer, ranks
        self.param_groups: list[dict[str, Any]] = [
            {**group, "params": params}
            for group, params in zip(optimizer.param_groups, groups, strict=True)
        ]
        for params, held in self._slices():
            gathered = _gathered(held.detach(), ranks.count)
            if not torch.equal(gathered[: sum(p.numel() for p in params)], _flat(params)):
                import deepspeed

                raise DialectoError(
                    f"DeepSpeed {deepspeed.__version__} slices weights in an order that dialecto "
                    "does not know: install deepspeed 0.19, or take `engine: fsdp`"
                )

    def backward(self, objective: torch.Tensor) -> None:
        """Add a part of the batch to the gradients, of which stage 2 keeps this rank's slice."""
        self._engine.backward(objective, scale_wrt_gas=False)

    def step(self) -> float:
        """Clip, move the weights, drop the gradients; returns the gradients' norm before."""
        for ours, theirs in zip(self.param_groups, self._optimizer.param_groups, strict=True):
            theirs["lr"] = ours["lr"]
        self._engine.step()
        return float(self._engine.get_global_grad_norm())

    def state_dict(self) -> dict[str, Any]:
        """A torch optimizer's, of whole tensors in main memory; all ranks must ask."""
        state: dict[int, dict[str, Any]] = {}
        first = 0
        for params, held in self._slices():
            for name, value in self._optimizer.state.get(held, {}).items():
                if value is None:
                    continue
                if isinstance(value, torch.Tensor) and value.shape == held.shape:
                    cut = _cut(_gathered(value, self._ranks.count).cpu(), params)
                else:  # a count of steps
                    cut = [value] * len(params)
                for index, part in enumerate(cut, start=first):
                    state.setdefault(index, {})[name] = part
            first += len(params)
        return {"state": state}

    def load_state_dict(self, told: Mapping[str, Any]) -> None:
        """Take up what `state_dict` gave, and the weights that the model has now."""
        state, first = told["state"], 0
        self._optimizer.state.clear()
        for params, held in self._slices():
            with torch.no_grad():
                held.copy_(self._slice(_flat(params), held))
            entries = [state[i] for i in range(first, first + len(params)) if i in state]
            if entries:
                self._optimizer.state[held] = {
                    name: self._slice_of_entry([entry[name] for entry in entries], params, held)
                    for name in entries[0]
                }
            first += len(params)

    def _slices(self) -> Iterator[tuple[list[torch.nn.Parameter], torch.nn.Parameter]]:
        """Each group's parameters, and what the optimizer has in their place."""
        for ours, theirs in zip(self.param_groups, self._optimizer.param_groups, strict=True):
            (held,) = theirs["params"]
            yield ours["params"], held

    def _slice_of_entry(
        self, values: list[Any], params: list[torch.nn.Parameter], held: torch.Tensor
    ) -> Any:
        """An entry of the state, of each parameter one value -> what this rank holds of it."""
        if isinstance(values[0], torch.Tensor) and values[0].shape == params[0].shape:
            flat = torch.cat([value.reshape(-1) for value in values])
            return self._slice(flat, held).to(held).clone()
        return values[0]

    def _slice(self, flat: torch.Tensor, held: torch.Tensor) -> torch.Tensor:
        """This rank's piece of a group's vector, whose end is filled up with zeros."""
        size = held.numel()
        padded = torch.nn.functional.pad(flat, (0, size * self._ranks.count - flat.numel()))
        return padded[self._ranks.number * size : (self._ranks.number + 1) * size]


def _flat(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors])


def _gathered(piece: torch.Tensor, count: int) -> torch.Tensor:
    """The ranks' pieces, of one size, one behind the other."""
    pieces = [torch.empty_like(piece) for _ in range(count)]
    dist.all_gather(pieces, piece.contiguous())
    return torch.cat(pieces)


def _cut(flat: torch.Tensor, like: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """A group's vector -> tensors of the shapes of `like`."""
    sizes = [tensor.numel() for tensor in like]
    parts = flat[: sum(sizes)].split(sizes)
    return [part.view(tensor.shape) for part, tensor in zip(parts, like, strict=True)]
