"""Other settings to try, as they are written on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from dialecto.recipe import CorpusSection
from dialecto.recipe.quality import QUALITY_RULES, SCORE
from dialecto.runtime import BadUsage

# What a bare number means for a step; what switches a step on.
THRESHOLDS = {
    "length": "minimum_characters",
    "language": "language.minimum_confidence",
    "quality": f"quality.thresholds/{SCORE}",
    "duplicates": "dedup.threshold",
    "dedup": "dedup.threshold",
    "paragraphs": "dedup.paragraphs.minimum_words",
}
_SWITCHES = {
    "quality": "quality.enabled",
    "duplicates": "dedup.enabled",
    "dedup": "dedup.enabled",
    "paragraphs": "dedup.paragraphs.enabled",
    "pii": "pii.enabled",
    "poison": "poison.enabled",
    "balance": "balance.enabled",
    "ocr": "repair.ocr",
}
_RULES = {
    SCORE,
    *(name for names in QUALITY_RULES.values() for name in names),
    *(f"{family}.{name}" for family, names in QUALITY_RULES.items() for name in names),
}


def with_settings(section: CorpusSection, step: str, words: Sequence[str]) -> CorpusSection:
    """The section with a step switched on and `NUMBER` or `NAME=VALUE` settings changed.

    A name is a rule of quality or a field of `corpus`. Raises BadUsage for what it is not.
    """
    data: dict[str, Any] = section.model_dump()
    known = type(section).model_fields
    switch = _SWITCHES.get(step, "")
    if switch.partition(".")[0] in known:
        _put(data, switch, True)
    for word in words:
        name, equals, value = word.rpartition("=")
        if not equals:
            if step not in THRESHOLDS:
                raise BadUsage(
                    f"the step '{step}' has no threshold of its own; write --threshold FIELD=VALUE "
                    f"with a field of `corpus`, as in dedup.threshold=0.7"
                )
            name = THRESHOLDS[step]
        elif name in _RULES:
            name = f"quality.thresholds/{name}"
        try:
            _put(data, name, yaml.safe_load(value))
        except (KeyError, TypeError, yaml.YAMLError) as error:
            raise BadUsage(f"--threshold {word}: no rule and no field of `corpus`") from error
    try:
        return type(section).model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadUsage(f"{where}: {first['msg']}") from error


def _put(data: dict[str, Any], name: str, value: Any) -> None:
    """Sets `a.b.c`; what stands after a slash is one name, dots and all."""
    path, _, last = name.partition("/")
    keys = [*path.split("."), *([last] if last else [])]
    for key in keys[:-1]:
        data = data[key]
    if not last and keys[-1] not in data:
        raise KeyError(name)
    data[keys[-1]] = value
