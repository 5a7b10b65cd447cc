"""Style, types: what pre-commit runs, all at once. `python -m tools.make check`."""

from __future__ import annotations

import subprocess
import sys

COMMANDS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
)


def main() -> int:
    """1 if any of them complains."""
    return max(subprocess.call([sys.executable, "-m", *command]) for command in COMMANDS)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
