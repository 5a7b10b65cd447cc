"""Before anything is imported: no network, no telemetry, a home of its own, one thread."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# A machine at work is slow now and then; no test is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_HOME = tempfile.mkdtemp(prefix="dialecto-home-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ.update(
    {
        "DIALECTO_HOME": _HOME,
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "TQDM_DISABLE": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
    }
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from dialecto import Project

# Steps rather than seconds, so that the same test trains the same model on any machine.
TINY = """
corpus: {workers: 1}
tokenizer: {vocabulary: 600}
pretrain:
  steps: 40
  context: 128
  batch_tokens: 1024
  shape: {layers: 2, width: 64, heads: 1, kv_heads: 1, feed_forward: 128}
tune: {epochs: 1, batch_tokens: 2048}
"""


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small fictitious company: documents/, conversations/, questions/, truth.jsonl."""
    from dialecto.sample import write_sample

    out = tmp_path_factory.mktemp("sample") / "company"
    write_sample(out, lang="es", documents=60, seed=7, workers=1)
    return out


@pytest.fixture(scope="session")
def untrained_project(sample: Path) -> Path:
    """A chat project on the sample, small enough to train in seconds. Copy it, don't run it."""
    from dialecto.project.scaffold import new_project

    root = sample.parent / "project"
    # Few of each: what is tested is the way through, not what the model learns.
    talks, asked = sample.parent / "talks.jsonl", sample.parent / "asked.jsonl"
    facts = sorted((sample / "conversations").glob("*.jsonl"))
    lines = [line for file in facts for line in file.read_text("utf-8").splitlines()[:60]]
    talks.write_text("\n".join(lines) + "\n", encoding="utf-8")
    questions = (sample / "questions" / "held_out.jsonl").read_text("utf-8").splitlines()[:6]
    asked.write_text("\n".join(questions) + "\n", encoding="utf-8")
    made = new_project(
        root, [sample / "documents", talks], budget="20s", name="prueba", questions=asked
    )
    text = made.recipe_path.read_text(encoding="utf-8")
    text = text.replace("  questions:", "  samples: 2\n  sample_tokens: 16\n  questions:")
    made.recipe_path.write_text(text + TINY, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def trained_project(untrained_project: Path) -> Project:
    """The whole way through, once for the session. Look at it; don't change it."""
    from dialecto import Project

    project = Project.open(untrained_project)
    project.run()
    return project


@pytest.fixture
def conversation_line() -> str:
    """A line of a conversations file."""
    turns = [{"role": "user", "content": "¿Qué?"}, {"role": "assistant", "content": "Eso."}]
    return json.dumps({"messages": turns}, ensure_ascii=False) + "\n"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all: Playwright runs but once in a process."""
    from tests.browser import chromium

    with chromium() as launched:
        yield launched
