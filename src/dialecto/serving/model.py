"""A project's model, checked against its manifest and loaded."""

from __future__ import annotations

from dataclasses import dataclass

from dialecto.project import Project
from dialecto.recipe.architectures import DECODERS
from dialecto.runtime import DialectoError
from dialecto.serving.engine import Engine


@dataclass(frozen=True)
class ServedModel:
    """An engine with the name people know it by and the digest it can be traced with."""

    name: str
    digest: str
    engine: Engine


def open_model(project: Project) -> ServedModel:
    """The best model of the project. Refuses files that are not what training wrote.

    Raises DialectoError when no model is there yet, a file of it was changed, or it is no decoder.
    """
    architecture = project.recipe.pretrain.architecture
    if architecture not in DECODERS:
        raise DialectoError(
            f"`{architecture}` reads text and does not write it, so there is nobody to talk with. "
            "Use the model with transformers (docs/how-to/architectures.md), or train a decoder: "
            "`pretrain: {architecture: qwen3}` in the recipe."
        )
    artefact = project.model_folder().parent
    stage, digest = artefact.parent.name, artefact.name
    changed = [n for n in project.store.verify(stage, digest) if n.startswith("model/")]
    if changed:
        raise DialectoError(
            f"the model in {artefact} is not the one that was trained: "
            f"{', '.join(changed)} changed. Bring the file back from a copy, or make the "
            f"model again with `dialecto run --from {stage}`."
        )
    from dialecto.serving.transformers_engine import TransformersEngine

    engine = TransformersEngine.load(artefact / "model", chats=project.recipe.tunes)
    return ServedModel(project.recipe.name, digest, engine)
