"""What a command says when the machine does not let it."""

from __future__ import annotations

import errno
import json

import pytest

from dialecto.cli.failures import explain


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.EROFS, "file system that is read-only"), (errno.EACCES, "this user has no permission")],
)
def test_what_may_not_be_written_is_named(
    number: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(OSError(number, "no", "/data/model/run.lock"), as_json=True) == 1
    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert facts.keys() == {"error"}  # no log of an unexpected error
    for text in (facts["error"], err):
        assert "/data/model/run.lock cannot be" in text
        assert said in text
