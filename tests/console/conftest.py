"""A server with the console in its own process, and a real Chromium to look at it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from dialecto.project import Project
from tests.tiny_model import make_project, save_tiny_model

# While the file `hold` exists, an answer stands still after a few tokens: time to press a
# button, however busy the machine is.
START = """
import sys, time
from pathlib import Path
from dialecto.cli.main import main
from dialecto.serving.transformers_engine import TransformersEngine
step, hold, steps = TransformersEngine._forward, Path(sys.argv.pop(1)), 0
def held(*arguments):
    global steps
    steps = 0 if arguments[2] is None else steps + 1  # no cache yet: a new answer
    while steps > 8 and hold.exists():
        time.sleep(0.01)
    return step(*arguments)
TransformersEngine._forward = held
main()
"""


@dataclass(frozen=True)
class Served:
    url: str
    key: str
    link: str
    project: Project
    hold: Path

    def answers(self) -> list[dict[str, object]]:
        """What the ledger knows of the page's answers."""
        entries = [entry.as_dict() for entry in self.project.ledger.entries()]
        requests = [e["facts"] for e in entries if e["action"] == "serve.request"]
        return [facts for facts in requests if facts["method"] == "CONSOLE"]


@contextmanager
def served(folder: Path, lang: str, objective: str = "chat") -> Iterator[Served]:
    project = make_project(
        folder / "project",
        save_tiny_model(folder / "model"),
        lang=lang,
        objective=objective,
        name="Valdelaguna",
    )
    hold = folder / "hold"
    words = ("serve", "--project", str(project), "--port", "0", "--json")
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(hold), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        start = json.loads(process.stdout.readline())
        yield Served(start["url"], start["key"], start["link"], Project.open(project), hold)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("es"), "es") as started:
        yield started


@pytest.fixture(scope="session")
def english(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("en"), "en", objective="text") as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    return context.new_page()
