"""Has pyarrow look for pandas, which it does at its first array, and find none.

Loading it takes 0.3 s. No step uses it; code of the user's can, for it is hidden from pyarrow only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class _NoPandas:
    """An importer, asked before all others, that has no pandas."""

    @staticmethod
    def find_spec(name: str, _path: object = None, _target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def hide_pandas() -> None:
    """Hides it for good: in a process that is ours alone."""
    import pyarrow as pa

    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(_NoPandas)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Hides it for a while: in a process that may be the user's, who makes arrays of its columns.

    Afterwards pyarrow looks again. Nothing is hidden where pandas is loaded already, or where
    this version of pyarrow does not let itself be told to look again.
    """
    import pyarrow as pa

    look = getattr(getattr(pa.lib, "_pandas_api", None), "__init__", None)
    if look is None or "pandas" in sys.modules:
        yield
        return
    hide_pandas()
    try:
        yield
    finally:
        look()
