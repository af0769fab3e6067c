"""What the correlator's process says: the rules that are off, each trouble when it comes and goes, and its status file.

`khien health --correlator` reads the file: a process that stands or waits must not pass for a well one.
"""

from __future__ import annotations

from typing import Any

import orjson

from correlator.service import CorrelatorService
from khien.app.command import Context, error_line, hint_line
from khien.app.health_command import correlator_status_path
from khien.clock import Clock
from khien.errors import KhienError
from khien.language import LANGUAGES
from khien.store.feed import Feed

_LOOK_SECONDS = 0.5
_WRITE_SECONDS = 5.0
_ELASTICSEARCH = "elasticsearch"


class CorrelatorWatch:
    """Is shown the running service again and again; one thread calls it."""

    def __init__(self, context: Context, *, feed: Feed | None, clock: Clock) -> None:
        self._context = context
        self._feed = feed
        self._clock = clock
        self._known: dict[str, str] | None = None
        self._looked = self._written = 0.0

    def __call__(self, service: CorrelatorService) -> None:
        """Say what changed, and keep the file young."""
        now = self._clock.monotonic()
        is_first = self._known is None
        if not is_first and now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        if is_first:
            self._say_rules_off(service)
        found = service.troubles()
        if self._feed is not None and self._feed.trouble is not None:
            found[_ELASTICSEARCH] = self._feed.trouble
        service.other_troubles = {part: found[part] for part in (_ELASTICSEARCH,) if part in found}
        is_changed = self._say_changes(found)
        if is_first or is_changed or now - self._written >= _WRITE_SECONDS:
            self._written = now
            self._write(service, found)

    def _say_rules_off(self, service: CorrelatorService) -> None:
        rejections = service.correlator.rules.rejections
        if rejections:
            self._context.tell(self._context.say("serve.rules_off", count=len(rejections)))
        for rejection in rejections:
            self._context.tell(f"  {rejection.sentence(self._context.language)}")

    def _say_changes(self, found: dict[str, KhienError]) -> bool:
        """A trouble is the same while its code is: the reason may change its words at each try."""
        known, self._known = self._known or {}, {part: error.code for part, error in found.items()}
        say, language = self._context.say, self._context.language
        for part, error in found.items():
            if known.get(part) != error.code:
                self._context.tell(error_line(error, language, about=f"{part}: "))
                if hint := hint_line(error, language):
                    self._context.tell(f"  {hint}")
        for part in known.keys() - found.keys():
            self._context.tell(say("serve.well_again", part=part))
        return known != self._known

    def _write(self, service: CorrelatorService, found: dict[str, KhienError]) -> None:
        status: dict[str, Any] = {
            "time_us": self._clock.now_us(),
            "troubles": [
                {"part": part, "code": error.code, "text": {language: error.sentence(language) for language in LANGUAGES}}
                for part, error in sorted(found.items())
            ],
            "absent_sources": service.absent_sources,
            "gaps": service.gaps,
            "rejected_rules": len(service.correlator.rules.rejections),
        }
        path = correlator_status_path(self._context.home)
        scratch = path.with_suffix(".json.new")
        try:
            scratch.write_bytes(orjson.dumps(status))
            scratch.replace(path)
        except OSError:
            # A full disk: the file grows old, and that is what `health` says.
            return
