"""What a manifest says of the machine and the libraries that made an artefact."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dialecto import __version__

_LIBRARIES = ("torch", "transformers", "tokenizers", "pyarrow", "duckdb", "numpy")


def code_versions() -> dict[str, str]:
    """dialecto and the libraries whose version can change a result."""
    found = {"dialecto": __version__}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine_facts() -> dict[str, Any]:
    """System, processor, cores and Python."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
