"""Checkpoints: the whole state of a run, in safetensors and JSON, whole or absent.

    checkpoints/00000120/model.safetensors       weights
    checkpoints/00000120/optimizer.safetensors   each optimizer's tensors
    checkpoints/00000120/state.json              step, data position, elapsed time, digests
    checkpoints/anchors/00000100/                the same, at steps that the plan knows beforehand
    checkpoints/best.safetensors                 weights with the best held-out loss so far

A folder is written beside its place and renamed; `state.json` carries the SHA-256 of the two
others and of itself, so that a checkpoint damaged on disk is passed over for the one before it; the
best weights carry their own. A run goes on
from the newest of all; one that has diverged goes back to the newest anchor, since those do not
depend on the clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from dialecto.runtime import DialectoError
from dialecto.runtime.files import (
    canonical_json,
    read_json,
    remove_tree,
    sha256_file,
    sync_folder,
    sync_tree,
    write_json,
)
from dialecto.training.distributed.sharding import is_sharded, placed_like, whole, whole_weights

KEPT = 2
ANCHORS, ANCHORS_KEPT = "anchors", 2
BEST = "best.safetensors"
_FILES = ("model.safetensors", "optimizer.safetensors")

Tensors = dict[str, torch.Tensor]
Optimizers = list[torch.optim.Optimizer]


@dataclass(frozen=True)
class RunState:
    """Where a run stands after `step` optimizer steps; `seconds` counts all its sessions.

    best, worse: the best held-out loss so far, and measures since it. validation, loss: the last
    ones. rate_scale: what is left of the peak rates after `returns` returns to an anchor, which
    cost `lost` steps. moves: each time that the run was given another length (run.Move). recent,
    over: the watch's (divergence.Watch). look: the last one at the clock (pace.Look). data: what
    the rows are made of (pieces.RowStream.facts).
    """

    step: int
    epoch: int
    row: int
    tokens: int
    seconds: float
    best: float | None
    schedule: dict[str, Any]  # the Schedule's fields; the loop may have resized it
    scaler: dict[str, Any] = field(default_factory=dict)  # of fp16's loss
    worse: int = 0
    validation: float | None = None
    loss: float | None = None
    rate_scale: float = 1.0
    returns: int = 0
    lost: int = 0
    recent: list[float] = field(default_factory=list)
    over: int = 0
    look: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    moves: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Snapshot:
    """A run's state with copies of its tensors, which training does not touch any more."""

    state: RunState
    weights: Tensors
    optimizers: Tensors


def take_snapshot(state: RunState, model: Any, optimizers: Optimizers) -> Snapshot:
    """Copy everything into main memory; what is sharded is gathered, which all ranks must ask."""
    return Snapshot(state, _copied(_weights(model)), _copied(_optimizer_tensors(optimizers)))


def write_checkpoint(folder: Path, snapshot: Snapshot, keep: int = KEPT) -> Path:
    """Write a checkpoint and drop all but the newest `keep`."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{snapshot.state.step:08d}"
    temporary = folder / f".{target.name}.tmp"
    remove_tree(temporary)
    try:
        temporary.mkdir()
        save_file(snapshot.weights, temporary / _FILES[0])
        save_file(snapshot.optimizers, temporary / _FILES[1])
        digests = {name: sha256_file(temporary / name) for name in _FILES}
        _write_state(temporary / "state.json", snapshot.state, digests)
        sync_tree(temporary)
        remove_tree(target)
        temporary.rename(target)
    except BaseException:
        remove_tree(temporary)  # on a full disk its room is needed
        raise
    sync_folder(folder)
    for old in sorted(folder.glob("[0-9]*"))[:-keep]:
        remove_tree(old)
    return target


def write_best(folder: Path, weights: Tensors) -> None:
    """Keep the weights that did best on held-out text so far."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".best"
    remove_tree(temporary)
    try:
        temporary.mkdir()
        save_file(weights, temporary / BEST, {"sha256": _digest(weights)})
        sync_tree(temporary)
        (temporary / BEST).replace(folder / BEST)
    finally:
        remove_tree(temporary)
    sync_folder(folder)


def load_best(folder: Path, model: Any) -> bool:
    """Put the model into the state of the last `write_best`, unless that is damaged or lost."""
    path = folder / BEST
    try:
        with safe_open(path, "pt") as file:
            wanted = (file.metadata() or {}).get("sha256")
        tensors = load_file(path)
    except (OSError, SafetensorError):
        return False
    if wanted is not None and _digest(tensors) != wanted:
        return False
    _put_weights(model, tensors, path)
    return True


def _digest(tensors: Tensors) -> str:
    """SHA-256 of tensors by their names; each is copied to be read."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        found.update(name.encode())
        found.update(tensors[name].flatten().view(torch.uint8).numpy().data)
    return found.hexdigest()


def load_checkpoint(
    folder: Path,
    model: Any,
    optimizers: Optimizers,
    warn: Callable[[str], object] = lambda _text: None,
    data: dict[str, Any] | None = None,
) -> RunState | None:
    """Put model and optimizers into the newest sound checkpoint's state; None if there is none.

    warn: told of each damaged one that is passed over. Raises DialectoError when the checkpoint
    was made with other `data` than the run has now.
    """
    plain, anchors = folder.glob("[0-9]*"), (folder / ANCHORS).glob("[0-9]*")
    paths = sorted([*plain, *anchors], key=lambda path: (path.name, path.parent == folder))
    return _load_newest(paths, model, optimizers, warn, data)


def load_anchor(
    folder: Path,
    model: Any,
    optimizers: Optimizers,
    warn: Callable[[str], object],
    before: int,
) -> RunState | None:
    """Go back to the newest sound anchor of a step before `before`, or to the oldest there is."""
    paths = sorted((folder / ANCHORS).glob("[0-9]*"))
    earlier = [path for path in paths if int(path.name) < before]
    return _load_newest(earlier or paths[:1], model, optimizers, warn, None)


def amend_anchor(folder: Path, state: RunState) -> None:
    """Write another state into the anchor of its step; the tensors stay."""
    path = folder / ANCHORS / f"{state.step:08d}" / "state.json"
    _write_state(path, state, read_json(path)["sha256"])


def drop_later(folder: Path, step: int) -> None:
    """Drop what was written after an anchor, the newest first: a run killed meanwhile goes on from
    what is left, diverges again and comes back to the same anchor."""
    for path in sorted(folder.glob("[0-9]*"), reverse=True):
        if int(path.name) >= step:
            remove_tree(path)
    for path in sorted((folder / ANCHORS).glob("[0-9]*"), reverse=True):
        if int(path.name) > step:
            remove_tree(path)


def _write_state(path: Path, state: RunState, digests: dict[str, str]) -> None:
    own = hashlib.sha256(canonical_json(asdict(state))).hexdigest()
    write_json(path, {**asdict(state), "sha256": digests, "own": own})


def _load_newest(
    paths: list[Path],
    model: Any,
    optimizers: Optimizers,
    warn: Callable[[str], object],
    data: dict[str, Any] | None,
) -> RunState | None:
    for path in reversed(paths):
        state = _sound(path)
        if state is None:
            warn(f"warning: the checkpoint {path} is damaged; the one before it is used")
            continue
        if data is not None and state.data:
            _same_data(state.data, data, path)
        _load_weights(model, path / _FILES[0])
        _load_optimizers(optimizers, load_file(path / _FILES[1]))
        return replace(state, data=data or state.data)
    return None


def _same_data(then: dict[str, Any], now: dict[str, Any], path: Path) -> None:
    changed = [
        f"{name} was {then.get(name)}, is {now.get(name)}"
        for name in sorted({*then, *now})
        if then.get(name) != now.get(name)
    ]
    if changed:
        raise DialectoError(
            f"the run cannot go on from {path}: it was made with other data "
            f"({'; '.join(changed)}). Bring back the corpus and tokenizer it began with, or "
            f"remove {path.parent} to begin anew."
        )


def _copied(tensors: Tensors) -> Tensors:
    return {n: t.detach().to("cpu", copy=True).contiguous() for n, t in tensors.items()}


def _weights(model: Any) -> dict[str, torch.Tensor]:
    """A model's tensors by name, one that is used under several names (tied weights) once."""
    if any(is_sharded(parameter) for parameter in model.parameters()):
        return whole_weights(model)
    places: set[int] = set()
    found = {}
    for name, tensor in model.state_dict().items():
        if tensor.data_ptr() not in places:
            places.add(tensor.data_ptr())
            found[name] = tensor.contiguous()
    return found


def _load_weights(model: Any, path: Path) -> None:
    _put_weights(model, load_file(path), path)


def _put_weights(model: Any, tensors: Tensors, path: Path) -> None:
    own = model.state_dict()
    if tensors.keys() != _weights(model).keys():
        raise ValueError(f"{path} holds another model's weights")
    placed = {name: placed_like(tensor, own[name]) for name, tensor in tensors.items()}
    model.load_state_dict(placed, strict=False)  # what is tied to them follows


def _sound(path: Path) -> RunState | None:
    try:
        facts = read_json(path / "state.json")
        digests = facts.pop("sha256")
        own = facts.pop("own", None)  # checkpoints of earlier versions have none
        if own is not None and own != hashlib.sha256(canonical_json(facts)).hexdigest():
            return None
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
                tensor = whole(value) if isinstance(value, torch.Tensor) else torch.tensor(value)
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
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        state: dict[int, dict[str, torch.Tensor | int]] = {}
        for name, tensor in tensors.items():
            part, index, entry = name.split(".", 2)
            if int(part) == number:
                # Counts that were plain integers: torch's own optimizers count in float32.
                plain = tensor.ndim == 0 and tensor.dtype == torch.int64
                placed = placed_like(tensor, parameters[int(index)])
                state.setdefault(int(index), {})[entry] = int(tensor) if plain else placed
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
