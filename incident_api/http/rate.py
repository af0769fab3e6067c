"""How often one address may call: what nobody at the page reaches, and a loop gone wrong does (API4 of OWASP's API list).

Counted in this process and forgotten after a minute; log-in has its own, slower delay.
"""

from __future__ import annotations

import ipaddress

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from khien.errors import KhienError

#: An IPv6 host has a whole /64 to speak from (RFC 4291, section 2.5.4).
_IPV6_HOST_BITS = 64
#: A window ends after this long at the latest.
_WINDOW_SECONDS = 60


class RateLimit:
    """Requests a minute by address: all of them, and of those the changes."""

    def __init__(self, *, requests: int, changes: int) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._requests = RateLimitItemPerMinute(requests)
        self._changes = RateLimitItemPerMinute(changes)

    def refusal(self, address: str, *, is_change: bool) -> KhienError | None:
        """Count one request; the error when it is one too many."""
        subject = _subject(address)
        for item, name in ((self._requests, "all"), (self._changes, "change")):
            if name == "change" and not is_change:
                continue
            if not self._limiter.hit(item, name, subject):
                return KhienError("request.too_often", seconds=_WINDOW_SECONDS)
        return None


def _subject(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004 - the protocol's own number
        return address
    return str(ipaddress.ip_network((parsed, _IPV6_HOST_BITS), strict=False))
