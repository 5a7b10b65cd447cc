"""Projects: the folder, the stage protocol, the store of artefacts, the runner."""

from dialecto.project.project import Project

__all__ = ["Project"]
