"""Real corpora of the benchmarks: their files put in place, and our commands run on them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Corpus:
    """Files below the data folder (archives are unpacked) and their language."""

    name: str
    files: tuple[str, ...]
    lang: str


def dialecto(*words: str) -> dict[str, Any]:
    """One command of ours, with its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "dialecto", *words, "--json"], stdout=subprocess.PIPE, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def place_files(corpus: Corpus, data: Path, folder: Path) -> None:
    """The corpus' documents in a folder of their own."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True)
    for name in corpus.files:
        if name.endswith(".tar.gz"):
            with tarfile.open(data / name) as archive:
                archive.extractall(folder, filter="data")
        else:
            shutil.copy(data / name, folder)
