"""The user's own folder, shared by all projects: machine profile and pseudonym key."""

from __future__ import annotations

import os
from pathlib import Path


def user_home() -> Path:
    """``$DIALECTO_HOME``, or ``~/.dialecto``; made with access for its owner only."""
    home = Path(os.environ.get("DIALECTO_HOME", "") or Path.home() / ".dialecto")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home
