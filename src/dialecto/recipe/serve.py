"""How the model is served."""

from __future__ import annotations

from pydantic import Field

from dialecto.recipe.base import Section


class ServeSection(Section):
    """The local server."""

    port: int = Field(8321, ge=1, le=65535, description="TCP port on the loopback interface.")
    max_tokens: int = Field(512, ge=1, description="Longest answer that a request may ask for.")
