"""`khien audit verify`: the hash chain, walked from the store itself, without the server."""

from __future__ import annotations

import sys

from incident_api.audit import service as audit
from incident_api.opening import opened
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of
from khien.clock import SystemClock
from khien.errors import KhienError


def verify(context: Context) -> int:
    """Exit 0 when the chain is whole; else the error names the first bad record."""
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        verdict = audit.verify(runtime)
    if not verdict.is_whole:
        raise KhienError("audit.broken", record=verdict.first_bad or 0, fault=verdict.fault or "")
    sys.stdout.write(context.say("audit.verify.good", count=verdict.records) + "\n")
    return 0
