"""Checkpoints: the whole state of a run, in safetensors and JSON, whole or absent.

    checkpoints/00000120/model.safetensors       weights
    checkpoints/00000120/optimizer.safetensors   each optimizer's tensors
    checkpoints/00000120/state.json              step, data position, elapsed time, digests
    checkpoints/best.safetensors                 weights with the best held-out loss so far

A folder is written beside its place and renamed; `state.json` carries the SHA-256 of the two
others, so that a checkpoint damaged on disk is passed over for the one before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from dialecto.runtime.files import read_json, remove_tree, sha256_file, sync_tree, write_json

KEPT = 2
BEST = "best.safetensors"


@dataclass(frozen=True)
class RunState:
    """Where a run stands after `step` optimizer steps; `seconds` counts all its sessions."""

    step: int
    epoch: int
    row: int
    tokens: int
    seconds: float
    best_bpb: float | None
    schedule: dict[str, Any]  # the Schedule's fields; the loop may have resized it
    scaler: dict[str, Any] = field(default_factory=dict)  # of fp16's loss


def save_checkpoint(
    folder: Path, state: RunState, model: Any, optimizers: list[torch.optim.Optimizer]
) -> Path:
    """Write a checkpoint and drop all but the newest KEPT."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{state.step:08d}"
    temporary = folder / f".{target.name}.tmp"
    remove_tree(temporary)
    temporary.mkdir()
    save_file(_weights(model), temporary / "model.safetensors")
    save_file(_optimizer_tensors(optimizers), temporary / "optimizer.safetensors")
    write_json(
        temporary / "state.json",
        {
            **state.__dict__,
            "sha256": {
                name: sha256_file(temporary / name)
                for name in ("model.safetensors", "optimizer.safetensors")
            },
        },
    )
    sync_tree(temporary)
    remove_tree(target)
    temporary.rename(target)
    for old in sorted(folder.glob("[0-9]*"))[:-KEPT]:
        remove_tree(old)
    return target


def save_best(folder: Path, model: Any) -> None:
    """Keep the weights that did best on held-out text so far."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".best.tmp"
    save_file(_weights(model), temporary)
    temporary.replace(folder / BEST)


def load_best(folder: Path, model: Any) -> None:
    """Put the model into the state of the last `save_best`."""
    _load_weights(model, folder / BEST)


def load_checkpoint(
    folder: Path, model: Any, optimizers: list[torch.optim.Optimizer]
) -> RunState | None:
    """Put model and optimizers into the newest sound checkpoint's state; None if there is none."""
    for path in sorted(folder.glob("[0-9]*"), reverse=True):
        state = _sound(path)
        if state is None:
            continue
        _load_weights(model, path / "model.safetensors")
        _load_optimizers(optimizers, load_file(path / "optimizer.safetensors"))
        return state
    return None


def _weights(model: Any) -> dict[str, torch.Tensor]:
    """A model's tensors by name, one that is used under several names (tied weights) once."""
    places: set[int] = set()
    found = {}
    for name, tensor in model.state_dict().items():
        if tensor.data_ptr() not in places:
            places.add(tensor.data_ptr())
            found[name] = tensor.contiguous()
    return found


def _load_weights(model: Any, path: Path) -> None:
    tensors = load_file(path)
    if tensors.keys() != _weights(model).keys():
        raise ValueError(f"{path} holds another model's weights")
    model.load_state_dict(tensors, strict=False)  # what is tied to them follows


def _sound(path: Path) -> RunState | None:
    try:
        facts = read_json(path / "state.json")
        digests = facts.pop("sha256")
        if any(sha256_file(path / name) != digest for name, digest in digests.items()):
            return None
        return RunState(**facts)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _optimizer_tensors(optimizers: list[torch.optim.Optimizer]) -> dict[str, torch.Tensor]:
    """Names are optimizer.parameter.entry, in the order of the parameters."""
    tensors: dict[str, torch.Tensor] = {}
    stored = set()
    for number, optimizer in enumerate(optimizers):
        for index, entries in optimizer.state_dict()["state"].items():
            for name, value in _flat(entries):
                tensor = value if isinstance(value, torch.Tensor) else torch.tensor(value)
                # Safetensors has no shared tensors; the tables of 8-bit moments are one for all.
                shared = tensor.data_ptr() in stored
                stored.add(tensor.data_ptr())
                kept = tensor.clone() if shared else tensor.contiguous()
                tensors[f"{number}.{index}.{name}"] = kept
    return tensors


def _flat(entries: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """bitsandbytes keeps its own entries one level deeper, and takes them back flat."""
    for name, value in entries.items():
        if isinstance(value, dict):
            yield from value.items()
        else:
            yield name, value


def _load_optimizers(
    optimizers: list[torch.optim.Optimizer], tensors: dict[str, torch.Tensor]
) -> None:
    for number, optimizer in enumerate(optimizers):
        state: dict[int, dict[str, torch.Tensor | int]] = {}
        for name, tensor in tensors.items():
            part, index, entry = name.split(".", 2)
            if int(part) == number:
                # Counts that were plain integers: torch's own optimizers count in float32.
                plain = tensor.ndim == 0 and tensor.dtype == torch.int64
                state.setdefault(int(index), {})[entry] = int(tensor) if plain else tensor
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
