"""What the live stream carries."""

from __future__ import annotations

from typing import Literal

from incident_api.http.schemas import Answer


class StreamEvent(Answer):
    """`id:` of the server-sent event is `seq`. `resync` means: the log was cut, fetch again; version 1 is a new group."""

    seq: int
    kind: Literal[
        "group",
        "incident",
        "notification",
        "ledger",
        "held_back",
        "rules",
        "policy",
        "duty",
        "organisation",
        "heartbeat",
        "resync",
    ]
    id: str
    version: int
