from __future__ import annotations

import os
from pathlib import Path

import pytest

from dialecto.runtime import DialectoError
from dialecto.serving.keys import KEY_FILE, open_credentials
from dialecto.serving.sessions import LINK_SECONDS, SESSION_SECONDS, Sessions


def test_a_key_is_shown_once_and_kept_as_a_hash(tmp_path: Path) -> None:
    first, key = open_credentials(tmp_path)
    assert key is not None
    assert len(key) > 40
    again, shown = open_credentials(tmp_path)
    assert shown is None
    assert again == first
    stored = (tmp_path / KEY_FILE).read_text()
    assert key not in stored
    assert again.accepts(key)
    assert not again.accepts(key + "x")
    assert not again.accepts("")
    if os.name != "nt":
        assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
        assert (tmp_path / KEY_FILE).parent.stat().st_mode & 0o777 == 0o700


def test_a_new_key_ends_the_old_one_but_fingerprints_stay_comparable(tmp_path: Path) -> None:
    first, old = open_credentials(tmp_path)
    second, new = open_credentials(tmp_path, renew=True)
    assert old is not None
    assert new is not None
    assert second.accepts(new)
    assert not second.accepts(old)
    assert first.fingerprint("hola") == second.fingerprint("hola") != second.fingerprint("hola ")
    other, _ = open_credentials(tmp_path / "other")
    assert other.fingerprint("hola") != first.fingerprint("hola")


@pytest.mark.parametrize("content", ["", "{}", '{"id": 1}', "[]", "\x00"])
def test_a_damaged_key_file_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).parent.mkdir()
    (tmp_path / KEY_FILE).write_text(content)
    with pytest.raises(DialectoError, match="Remove it"):
        open_credentials(tmp_path)


def test_a_link_works_once_and_for_an_hour() -> None:
    now = 0.0
    sessions = Sessions(lambda: now)
    link = sessions.new_link()
    assert sessions.use_link(link)
    assert not sessions.use_link(link)
    assert not sessions.use_link("")
    late = sessions.new_link()
    now = LINK_SECONDS + 1
    assert not sessions.use_link(late)


def test_a_session_ends_by_itself_or_when_asked() -> None:
    now = 0.0
    sessions = Sessions(lambda: now)
    first, second = sessions.begin(), sessions.begin()
    assert sessions.holds(first)
    sessions.end(first)
    assert not sessions.holds(first)
    assert sessions.holds(second)
    now = SESSION_SECONDS + 1
    assert not sessions.holds(second)
