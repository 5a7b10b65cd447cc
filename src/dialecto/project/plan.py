"""Which stages a project has, at which addresses, and which of them are done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dialecto.project.digests import stage_digest
from dialecto.project.sources import fingerprint
from dialecto.project.stages import Stage, wanted_stages
from dialecto.project.store import Store
from dialecto.recipe import Recipe


@dataclass(frozen=True)
class Planned:
    """A stage with its address and whether its artefact is there, made from its inputs."""

    stage: Stage
    settings: dict[str, Any]
    inputs: dict[str, str]
    files: dict[str, str]
    digest: str
    done: bool


def plan_stages(root: Path, recipe: Recipe, store: Store) -> list[Planned]:
    """Every wanted stage with its digest, in order. Reads the sources, changes nothing."""
    stages = wanted_stages(recipe)
    names = {stage.name for stage in stages}
    digests: dict[str, str] = {}
    done: dict[str, bool] = {}
    planned = []
    for stage in stages:
        settings = stage.settings(recipe, root)
        files = fingerprint(stage.files(recipe, root), root / ".cache" / f"{stage.name}.json")
        inputs = {need: digests[need] for need in stage.needs if need in names}
        digest = digests[stage.name] = stage_digest(stage, settings, inputs, files)
        item = Planned(stage, settings, inputs, files, digest, False)
        done[stage.name] = all(done[need] for need in inputs) and is_done(item, store)
        planned.append(replace(item, done=done[stage.name]))
    return planned


def is_done(item: Planned, store: Store) -> bool:
    """Whether the artefact is there and was made from the inputs that are there now.

    The address alone does not tell: a stage that trains for a time and is run again makes
    other bytes under the same digest, and what was made from the old ones is stale.
    """
    if not store.has(item.stage.name, item.digest):
        return False
    made_from = store.manifest(item.stage.name, item.digest).get("inputs_content")
    return bool(made_from == input_contents(item, store))


def input_contents(item: Planned, store: Store) -> Mapping[str, str] | None:
    """The content of each input, or None while one of them is not there."""
    if not all(store.has(need, digest) for need, digest in item.inputs.items()):
        return None
    return {need: store.content(need, digest) for need, digest in item.inputs.items()}
