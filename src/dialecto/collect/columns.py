"""Columns that tell of a record which conversation it is part of, and when it is from.

A row's template makes its text; these travel beside it, for the split by threads and for the
balance by year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The names under which chats, forums and ticket systems keep which conversation a record is of.
THREAD_FIELDS = frozenset(
    (
        *("thread_id", "thread", "threadid", "thread_ts", "discussion_id", "topic_id", "topicid"),
        *("conversation_id", "conversationid", "conversation", "chat_id", "chatid", "session_id"),
        *("dialog_id", "dialogue_id", "ticket_id", "ticketid", "ticket"),
        *("hilo", "hilo_id", "id_hilo"),
        *("conversacion_id", "id_conversacion", "conversación_id"),
    )
)
OWN_FIELDS = ("message_id", "messageid", "id", "post_id", "comment_id", "id_mensaje")
ANSWERED_FIELDS = (
    *("in_reply_to", "reply_to", "parent_id", "parentid", "parent", "reply_to_id"),
    *("in_reply_to_id", "en_respuesta_a", "id_padre"),
)
_LONGEST = 200  # characters; what is longer is no number and no date
DATE_FIELDS = (
    *("date", "created_at", "created", "timestamp", "published", "published_at", "fecha"),
    *("fecha_creacion", "datetime", "time", "ms.date", "lastmod", "updated", "year", "año"),
)


def context_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The row's columns of this kind, as text. That it answers nothing is worth knowing too."""
    wanted = {*THREAD_FIELDS, *ANSWERED_FIELDS, *DATE_FIELDS}
    if any(name.lower() in ANSWERED_FIELDS for name in row):
        wanted.update(OWN_FIELDS)
    found = {
        name: "" if value is None else str(value)[:_LONGEST]
        for name, value in row.items()
        if name.lower() in wanted
    }
    return {name: text for name, text in found.items() if text or name.lower() in ANSWERED_FIELDS}
