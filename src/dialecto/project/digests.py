"""The address of an artefact, known before it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from dialecto.project.stages import Stage
from dialecto.project.store import DIGEST_LENGTH
from dialecto.recipe import digest_view
from dialecto.runtime.files import canonical_json


def stage_digest(
    stage: Stage, settings: Mapping[str, Any], inputs: Mapping[str, str], files: Mapping[str, str]
) -> str:
    """Digest of (stage, version, settings, inputs' digests, input files' hashes)."""
    body = {
        "stage": stage.name,
        "version": stage.version,
        "settings": {
            name: plain(value) for name, value in settings.items() if not isinstance(value, Path)
        },
        "inputs": dict(inputs),
        # Where a file lies does not matter, what is in it does.
        "files": list(files.values()),
    }
    return hashlib.sha256(canonical_json(body)).hexdigest()[:DIGEST_LENGTH]


def plain(value: Any) -> Any:
    """Settings as plain data."""
    if isinstance(value, BaseModel):
        return digest_view(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
