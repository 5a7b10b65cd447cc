"""The worker's side of the pool in `workers`: a process that does tasks until its parent ends."""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
from contextlib import suppress
from typing import Any

from dialecto.corpus.no_pandas import hide_pandas

# What a worker may hold, in bytes: many times what it needs. A library that unpacks without end
# gets no more, and costs its own document. The same on every machine, so that the result is too.
WORKER_MEMORY = 4 << 30


def send(stream: Any, message: Any) -> None:
    """Writes a message for the other side to unpickle."""
    pickle.dump(message, stream)
    stream.flush()


def _bound_memory() -> None:
    """Bounds what this process may allocate, where the system knows how to.

    RLIMIT_DATA counts private writable memory; RLIMIT_AS would count what libraries only map.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        limit = WORKER_MEMORY if hard == resource.RLIM_INFINITY else min(WORKER_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def serve() -> None:
    """The worker process: does the tasks that come on standard input until it closes."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound_memory()
    hide_pandas()
    # Libraries that print must not break the conversation with the parent.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def listen() -> None:
        stream = sys.stdin.buffer
        while True:
            try:
                requests.put(pickle.load(stream))
            except Exception as error:
                if isinstance(error, EOFError):
                    os._exit(0)  # the parent is gone, even in the middle of a task
                requests.put(error)
                return

    threading.Thread(target=listen, daemon=True).start()
    while True:
        request = requests.get()
        try:
            if isinstance(request, Exception):
                raise request
            function, task, lost = request

            def unit(index: int, seconds: float) -> None:
                send(replies, ("unit", (index, seconds)))

            function(task, lost, unit)
            send(replies, ("done", None))
        except Exception as error:
            import traceback

            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{os.path.basename(where.filename)}:{where.lineno}"  # noqa: PTH119
            send(replies, ("failed", f"{type(error).__name__}: {error} ({place})"))
