"""To be part of a Ray cluster: of one that runs at an address, or of one on this machine alone.

For what many machines do together: they must see our files under the same names and have this
version of the program, which is asked before any work. Ray is imported where it is used, without
its usage statistics; a cluster of our own listens on this machine only and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dialecto import __version__
from dialecto.runtime.errors import DialectoError

_KNOCK_SECONDS, _LOOK_SECONDS = 10.0, 60.0
_OBJECT_STORE_BYTES = 80_000_000  # Ray's least: nothing large travels
# Set before Ray is imported. No usage statistics, no warning about a GPU nobody asked for.
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
}


class Membership:
    """Of a Ray cluster, while the `with` block lasts, which is given the module `ray`.

    Without an address a cluster is started, with `cpus` processors and `gpus` accelerators of
    this machine; one that the calling program is part of already is used. setting: the recipe's
    field that has the address. Raises DialectoError without Ray, or when nobody answers there.
    """

    def __init__(self, address: str, *, cpus: int, gpus: int = 0, setting: str) -> None:
        self._address, self._setting = address, setting
        self._cpus, self._gpus = cpus, gpus
        self._folder: str | None = None
        self._joined = False

    def __enter__(self) -> Any:
        self._ray = import_ray()
        try:
            self._join()
        except BaseException:
            self.leave()
            raise
        return self._ray

    def __exit__(self, *_error: object) -> None:
        self.leave()

    def _join(self) -> None:
        if self._ray.is_initialized():  # by the program that calls us: its cluster is ours
            return
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "critical"}
        if self._address:
            options["address"] = self._address
        else:
            # Its password is this process' alone; Ray would leave one in the home folder. It
            # stays for the next cluster, because Ray remembers the first that it saw.
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
            # Short, because sockets lie in it; removed at the end with the logs that lie in it.
            self._folder = tempfile.mkdtemp(prefix="dialecto-ray-")
            options |= {
                "address": "local",
                "num_cpus": self._cpus,
                "num_gpus": self._gpus,
                "include_dashboard": False,
                "object_store_memory": _OBJECT_STORE_BYTES,
                "_temp_dir": self._folder,
                "_node_ip_address": "127.0.0.1",
            }
        try:
            _knock(self._address)  # Ray itself would wait for minutes
            with _own_sigterm():
                self._ray.init(**options)
        except Exception as error:
            reason = (str(error).strip().splitlines() or [""])[0].rstrip(".")
            raise DialectoError(
                f"cannot join the Ray cluster at {self._address or 'this machine'}: "
                f"{type(error).__name__}: {reason}. Check `{self._setting}`: `auto` (the cluster "
                "that this machine is part of), `host:6379`, `ray://host:10001`, or nothing for "
                "a cluster on this machine alone."
            ) from error
        self._joined = True

    def leave(self) -> None:
        """End what `with` has begun."""
        if self._joined:
            with _own_sigterm():
                self._ray.shutdown()
            self._joined = False
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def machines(ray: Any) -> list[dict[str, Any]]:
    """Those that have processors to work with, as `ray.nodes` describes them.

    Raises DialectoError when there is none.
    """
    found = [n for n in ray.nodes() if n["Alive"] and n["Resources"].get("CPU")]
    if not found:
        raise DialectoError("no machine of the Ray cluster has processors to work with")
    return found


def look(ray: Any, marker: Path, inputs: Sequence[Path]) -> None:
    """Ask every machine whether it sees our files and has this version of the program.

    marker: a file that must have the same content there; inputs: files that must be there.
    Raises DialectoError with the name of a machine that does not, and what to do.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    task = ray.remote(num_cpus=0, max_retries=1)(_look_around)
    paths = [str(path) for path in inputs]
    asked = {}
    for node in machines(ray):
        there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        reference = task.options(scheduling_strategy=there).remote(str(marker), paths)
        asked[reference] = node["NodeManagerAddress"]
    here = _look_around(str(marker), paths)
    for reference, machine in asked.items():
        try:
            seen = ray.get(reference, timeout=_LOOK_SECONDS)
        except Exception as error:
            raise DialectoError(
                f"machine {machine} of the Ray cluster cannot run dialecto "
                f"({type(error).__name__}). Install this version there, with the same "
                f"Python: pip install 'dialecto[cluster]=={__version__}'"
            ) from error
        for name, found in seen.items():
            if found == here[name]:
                continue
            if name == "dialecto":
                raise DialectoError(
                    f"machine {machine} of the Ray cluster has dialecto {found}, this one "
                    f"{__version__}: install the same version everywhere"
                )
            raise DialectoError(
                f"machine {machine} of the Ray cluster does not see {name}. Project and "
                "sources must lie in a folder that all machines share under the same name "
                "(NFS or the like)."
            )


def _look_around(marker: str, paths: Sequence[str]) -> dict[str, str]:
    """What a machine has: the version of this program, and which of our files."""
    seen = {"dialecto": __version__, marker: _digest(marker)}
    return seen | {path: str(os.path.exists(path)) for path in paths}  # noqa: PTH110 - names only


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return "missing"


def import_ray() -> Any:
    """The module. Raises DialectoError when it is not installed."""
    os.environ.update(_ENVIRONMENT)
    try:
        import ray
    except ImportError as error:
        raise DialectoError(
            "`engine: ray` needs Ray. Install it on every machine: pip install 'dialecto[cluster]'"
        ) from error
    return ray


def _knock(address: str) -> None:
    """Raises OSError when nobody answers at an address that names a host and a port."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_SECONDS).close()


@contextlib.contextmanager
def _own_sigterm() -> Iterator[None]:
    """Ray puts its own handler of SIGTERM in the place of the caller's; this puts it back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
