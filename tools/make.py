"""Makes the environment and runs something in it: `python -m tools.make demo` (or `test`).

Standard library only, so that it runs with a bare Python 3.11+ on Linux, macOS and Windows.
The environment is made once and again only when the lock file or pyproject.toml changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(os.environ.get("VENV") or ROOT / ".venv").absolute()
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# What each word needs and runs; words after it are passed on.
WORDS = {
    "demo": ("base", ["dialecto", "demo"]),
    "test": ("test", ["pytest"]),
    "check": ("dev", ["tools.check"]),
    "install": ("base", []),
}


def main(words: list[str]) -> int:
    """Exit code of what was run."""
    if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever Python is there
        print("dialecto needs Python 3.11 or newer", file=sys.stderr)
        return 2
    if not words or words[0] not in WORDS:
        print(f"usage: python -m tools.make {'|'.join(WORDS)}", file=sys.stderr)
        return 2
    lock, module = WORDS[words[0]]
    prepare(lock)
    if not module:
        return 0
    return subprocess.call([str(PYTHON), "-m", *module, *words[1:]], cwd=ROOT)


def prepare(lock: str) -> None:
    """The environment with what the lock file names and dialecto itself, unless it is there."""
    pins, project = ROOT / "requirements" / f"{lock}.txt", ROOT / "pyproject.toml"
    state = hashlib.sha256(pins.read_bytes() + project.read_bytes()).hexdigest()
    stamp = VENV / f".installed-{lock}"
    if stamp.is_file() and stamp.read_text() == state:
        return
    if not PYTHON.exists():
        try:
            subprocess.check_call([sys.executable, "-m", "venv", str(VENV)])
        except subprocess.CalledProcessError:
            shutil.rmtree(VENV, ignore_errors=True)  # half an environment would seem whole
            print("no environment: on Debian, apt-get install python3-venv", file=sys.stderr)
            raise
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    print(f"installing requirements/{lock}.txt into {VENV} (some minutes)", file=sys.stderr)
    subprocess.check_call([*pip, "-r", str(pins)])
    subprocess.check_call([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    stamp.write_text(state)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode or 1)
    except KeyboardInterrupt:
        sys.exit(130)
