"""Write the lock files from what is installed: exact pins of everything that dialecto needs.

    python -m pip install -e '.[dev]' && python requirements/lock.py

Follows the requirements of `pyproject.toml` through the installed packages' metadata.
`torch` is pinned without its local version (`+cpu`), and what it needs of CUDA is not pinned,
so that one file serves machines with and without a GPU: pip finds these by torch's own pins.
A package needed on some systems only keeps the marker that says so.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
FILES = {"base": "serve", "test": "test", "dev": "dev"}
OF_ONE_SYSTEM = ("sys_platform", "platform_system", "os_name", "platform_machine")
_EXTRA = re.compile(r' and extra == "[^"]+"')  # chosen already, and unknown to a lock file
CUDA = ("nvidia-", "cuda-", "triton")
HEAD = "# Made by `python requirements/lock.py`. Install with: pip install -r {name}.txt\n"


def own_requirements(project: dict[str, Any], extra: str) -> list[str]:
    """What dialecto needs with an extra, and what builds it (we install without isolation)."""
    lines = list(project["project"]["dependencies"]) + project["build-system"]["requires"]
    for line in project["project"]["optional-dependencies"][extra]:
        wanted = Requirement(line)
        if wanted.name == "dialecto":
            lines += [
                x for inner in sorted(wanted.extras) for x in own_requirements(project, inner)
            ]
        else:
            lines.append(line)
    return lines


def closure(roots: list[str]) -> dict[str, str]:
    """Lines `name==version` by canonical name, with the marker where every path has one."""
    markers: dict[str, set[str]] = {}
    todo = [(root, "") for root in roots]
    seen = set()
    while todo:
        text, inherited = todo.pop()
        wanted = Requirement(text)
        name = canonicalize_name(wanted.name)
        markers.setdefault(name, set()).add(inherited)
        for line in _needs(wanted.name):
            needed = Requirement(line)
            marker = _EXTRA.sub("", str(needed.marker)) if needed.marker else ""
            if needed.marker and not any(
                needed.marker.evaluate({"extra": extra}) for extra in wanted.extras or {""}
            ):
                continue
            child = canonicalize_name(needed.name)
            if name == "torch" and child.startswith(CUDA):
                continue
            passed_on = marker if any(word in marker for word in OF_ONE_SYSTEM) else inherited
            key = (child, frozenset(needed.extras), passed_on)
            if key not in seen:
                seen.add(key)
                todo.append((str(needed).split(";")[0].strip(), passed_on))
    lines = {}
    for name, found in markers.items():
        try:
            pinned = version(name).split("+")[0]
        except PackageNotFoundError:
            continue
        marker = "" if "" in found else " or ".join(sorted(found))
        lines[name] = f"{name}=={pinned}" + (f" ; {marker}" if marker else "")
    return lines


def _needs(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:  # needed on other systems only
        return []


def main() -> None:
    """Write requirements/{base,test,dev}.txt."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    for name, extra in FILES.items():
        lines = closure(own_requirements(project, extra))
        text = HEAD.format(name=name) + "".join(f"{lines[key]}\n" for key in sorted(lines))
        (HERE / f"{name}.txt").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
