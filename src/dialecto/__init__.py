"""dialecto trains an organisation's own language model on its own private data.

The public API is small: :class:`dialecto.Project` opens a folder with a recipe and runs
its stages; every stage package (``dialecto.corpus``, ``dialecto.tokenizer``, ...) can
also be used alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dialecto.runtime  # noqa: F401 - first of all: telemetry and hubs off

if TYPE_CHECKING:
    from dialecto.project import Project as Project

__version__ = "0.1.0"
__all__ = ["Project", "__version__"]


def __getattr__(name: str) -> object:
    # Lazy: `dialecto --help` must not pay for pydantic, pyarrow or torch.
    if name == "Project":
        from dialecto.project import Project

        return Project
    raise AttributeError(f"module 'dialecto' has no attribute {name!r}")
