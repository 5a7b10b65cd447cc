"""What all recipe sections share: unknown fields are refused, values are frozen."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.fields import FieldInfo

# A field that changes how fast a stage works, never what it produces, is left out of digests.
NOT_IN_DIGEST: dict[str, Any] = {"digest": False}
# A field added later whose default is what was done before: recipes that leave it alone keep
# their digests.
UNLESS_DEFAULT: dict[str, Any] = {"digest": "unless default"}


def only_with(**fields: Any) -> dict[str, Any]:
    """A field that changes what a stage produces only where the section's other fields are so."""
    return {"digest": fields}


def _plain_date(value: Any) -> Any:
    """YAML reads 2030-12-31 without quotes as a date."""
    return value.isoformat() if isinstance(value, date) else value


DateText = Annotated[str, BeforeValidator(_plain_date)]


class Section(BaseModel):
    """A part of the recipe."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


def _plain(value: Any) -> Any:
    """A value as far as it goes into digests."""
    return digest_view(value) if isinstance(value, BaseModel) else value


def _is_left_out(section: BaseModel, name: str, info: FieldInfo) -> bool:
    told = info.json_schema_extra
    rule = told.get("digest") if isinstance(told, dict) else None
    if isinstance(rule, dict):
        return any(getattr(section, other) != value for other, value in rule.items())
    if rule == "unless default":
        return bool(_plain(getattr(section, name)) == _plain(info.default))
    return rule is False


def digest_view(section: BaseModel) -> dict[str, Any]:
    """The section as plain data without the fields that cannot or do not change a result."""
    left_out = {
        name
        for name, info in type(section).model_fields.items()
        if _is_left_out(section, name, info)
    }
    view: dict[str, Any] = {}
    for name in type(section).model_fields:
        if name in left_out:
            continue
        value = getattr(section, name)
        view[name] = (
            digest_view(value)
            if isinstance(value, BaseModel)
            else section.model_dump(mode="json", include={name})[name]
        )
    return view
