"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "dialecto"
# From the cellar to the face. A room imports only rooms before it; the face's know each other.
ORDER = [
    ["runtime"], ["recipe"], ["models"], ["security"], ["reporting"], ["sample"],
    ["collect"], ["corpus"], ["tokenizer"], ["training"], ["tuning"], ["evaluation"],
    ["project"], ["serving", "console", "cli"],
]  # fmt: skip
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}


def modules() -> Iterator[tuple[Path, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).parts
        if len(parts) > 1:
            yield path, parts[0]


def imported_rooms(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[1] for name in names if name.startswith("dialecto.")}


def test_imports_run_one_way() -> None:
    uphill = [
        f"{path.relative_to(ROOT)} imports {room}"
        for path, home in modules()
        for room in sorted(imported_rooms(path))
        if RANK[room] > RANK[home]
    ]
    assert uphill == []


def test_every_room_is_on_the_plan() -> None:
    rooms = {p.name for p in SOURCE.iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert rooms == set(RANK)


def test_files_are_short_and_say_what_they_are() -> None:
    for path, _ in modules():
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 500, path
        if path.name != "__init__.py" or text:
            assert ast.get_docstring(ast.parse(text)), path


def test_nothing_is_left_for_later() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X{3})\b")
    for folder in ("src", "tests", "docs", "tools", "requirements"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".md") and mark.search(path.read_text(encoding="utf-8")):
                raise AssertionError(path)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", name)[0]).lower()


@pytest.mark.parametrize(("file", "extras"), [
    ("base", ["serve"]), ("test", ["serve", "test"]), ("dev", ["serve", "test", "dev"]),
])  # fmt: skip
def test_the_lock_pins_every_dependency(file: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "requirements" / f"{file}.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.match(r"^[a-z0-9-]+==[A-Za-z0-9.]+( ; .+)?$", pin) for pin in pins)
    assert "torch==2.13.0" in pins
    assert not [pin for pin in pins if pin.startswith(("nvidia-cu", "triton"))]
    wanted = project["dependencies"] + [
        line for extra in extras for line in project["optional-dependencies"][extra]
    ]
    assert {plain(line) for line in wanted} - {"dialecto"} <= {plain(pin) for pin in pins}
