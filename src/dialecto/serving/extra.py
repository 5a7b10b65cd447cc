"""The server's packages are an extra: most of dialecto works without them."""

from __future__ import annotations

from importlib.util import find_spec

from dialecto.runtime import DialectoError

PACKAGES = ("fastapi", "uvicorn", "nicegui")


def require_packages() -> None:
    """Raises DialectoError, with what to type, when one of them is not installed."""
    missing = [name for name in PACKAGES if not find_spec(name)]
    if missing:
        raise DialectoError(
            f"the server needs packages that are not installed ({', '.join(missing)}): "
            "pip install 'dialecto[serve]'"
        )
