"""Personal data in the recipe: what is looked for, and what is done with each kind of it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from dialecto.recipe.base import UNLESS_DEFAULT, Section
from dialecto.recipe.safe_pattern import pattern_problem

Policy = Literal["pseudonym", "mask", "hash", "generalise", "drop_document", "keep"]

PERSONAL_DATA = (
    *("NAME", "ID", "PHONE", "EMAIL", "ADDRESS", "BIRTH_DATE", "RECORD", "IBAN", "CARD", "PLATE"),
    *("IP", "USERNAME", "SECRET", "DATE", "COORDINATES", "URL", "PLACE", "ORGANISATION"),
    *("PROFESSION", "FAMILY", "AGE", "SEX"),
)
"""The kinds of personal data that the recognisers know."""

COUNTRIES = (
    *("ES", "PT", "BR", "AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "SV", "GT", "HN", "MX"),
    *("NI", "PA", "PY", "PE", "PR", "UY", "VE"),
)
"""Spain, Portugal and all of Latin America: where identifiers are known."""

_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,31}")
_POLICIES = """`pseudonym`: a consistent false value of the same form; `mask`: `[NAME]`; `hash`:
`[NAME-1f2e3d4c]`, the same for the same value; `generalise`: year, age band, town, postal prefix,
coordinates to 1 decimal, a mask where nothing wider exists; `drop_document`: the whole document is
removed as `pii_policy`; `keep`: left as it is.""".replace("\n", " ")


class Pii(Section):
    """Personal data: found and replaced before a tokenizer sees the text.

    Secrets (keys, tokens, passwords) are removed whatever is said here.
    """

    enabled: bool = Field(True, description="Find and replace personal data.")
    policy: Policy = Field("pseudonym", description=f"What is done with what is found. {_POLICIES}")
    regions: list[str] = Field(
        list(COUNTRIES),
        description="ISO 3166 countries whose identifiers and phones are looked for.",
    )
    patterns: dict[str, str] = Field(
        {},
        description="Your own types as regular expressions, such as `{EXPEDIENTE: 'EXP-\\d{6}'}`; "
        "a group called `v` is the value, otherwise all that matches.",
    )
    recognisers: list[str] = Field(
        [],
        description="Your own recognisers: a Python file in the project's folder "
        "(`recognisers/ours.py`), `package.module:name`, or the name of an installed entry point "
        "of the group `dialecto.recognisers`. Their code runs on your machine.",
    )
    model: str = Field(
        "",
        description="Folder of a model that `dialecto pii train --out FOLDER` made from your own "
        "labelled pages, relative to the recipe; it finds names, places and your own types. Empty: "
        "the model that ships.",
        json_schema_extra=UNLESS_DEFAULT,
    )
    policies: dict[str, Policy] = Field(
        {},
        description="Another policy for single types, such as `{BIRTH_DATE: generalise, CARD: "
        "drop_document}`. Types that are not replaced by default (DATE, PLACE, ORGANISATION, "
        "PROFESSION, FAMILY, AGE, SEX, COORDINATES, URL) are looked for when they are named here.",
    )
    map: Literal["none", "encrypted"] = Field(
        "none",
        description="`encrypted`: the artefact holds which value each pseudonym stands for, "
        "readable with your key only (`dialecto pii reveal`); `none`: nobody can tell.",
    )

    @field_validator("regions")
    @classmethod
    def _regions_are_codes(cls, value: list[str]) -> list[str]:
        for code in value:
            if not re.fullmatch(r"[A-Z]{2}", code):
                raise ValueError(
                    f"'{code}' is not a country. Two capital letters of ISO 3166, such as "
                    f"{', '.join(COUNTRIES[:4])}"
                )
        return value

    @field_validator("patterns")
    @classmethod
    def _patterns_are_safe(cls, value: dict[str, str]) -> dict[str, str]:
        for name, pattern in value.items():
            if not _NAME.fullmatch(name):
                raise ValueError(
                    f"'{name}' cannot name a type: capitals, digits and _ only, as in EXPEDIENTE"
                )
            if name == "SECRET":
                raise ValueError("'SECRET' has its own rules: give the pattern another name")
            if problem := pattern_problem(pattern):
                raise ValueError(f"the pattern of {name} {problem}")
        return value

    @field_validator("recognisers")
    @classmethod
    def _recognisers_are_named(cls, value: list[str]) -> list[str]:
        for name in value:
            if name.endswith(".py") and (name.startswith(("/", "~")) or ".." in name.split("/")):
                raise ValueError(
                    f"'{name}' lies outside the project: code is only run from its own folder"
                )
        return value

    @field_validator("policies")
    @classmethod
    def _policies_are_possible(
        cls, value: dict[str, Policy], info: ValidationInfo
    ) -> dict[str, Policy]:
        patterns = info.data.get("patterns", {})
        # A plug-in and a model may bring types of their own.
        if not info.data.get("recognisers") and not info.data.get("model"):
            for name in value:
                if name not in PERSONAL_DATA and name not in patterns:
                    raise ValueError(unknown_type(name, [*PERSONAL_DATA, *patterns]))
        if value.get("SECRET", "mask") not in ("mask", "drop_document"):
            raise ValueError("SECRET: secrets are always removed; it can be mask or drop_document")
        return value


def unknown_type(name: str, known: Iterable[str]) -> str:
    """What to say to whoever names a type that there is not."""
    close = difflib.get_close_matches(name.upper(), list(known), n=1, cutoff=0.6)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"'{name}' is no type of personal data.{meant} Known: {', '.join(known)}"
