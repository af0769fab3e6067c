"""`notifications.yaml` in the folder of data: the ways out, and in which order a person is reached.

A file that cannot be used is refused with the place in it. Without a file there is no way out, and every notice that needs one
says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.documents import read_document
from incident_api.coordination.organisation import validated
from incident_api.notifications.channels.modem import ModemSettings
from incident_api.notifications.channels.smtp import SmtpSettings
from incident_api.notifications.channels.syslog import SyslogSettings
from incident_api.notifications.channels.webhook import WebhookSettings
from incident_api.organisation.parts import ChannelKind, Identifier, Part
from khien.errors import KhienError

FILE = "notifications.yaml"
#: A new kind of channel is a class and one name here.
AnyChannel = Annotated[SmtpSettings | ModemSettings | WebhookSettings | SyslogSettings, Field(discriminator="type")]
Urgency = Literal["M1", "high", "normal"]
Ladder = dict[Urgency, Annotated[tuple[ChannelKind, ...], Field(max_length=8)]]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class NotificationSettings(Part):
    """The whole file."""

    #: What links to the page begin with; without it there are no links.
    page: Annotated[str | None, Field(pattern=r"^https://[^\s/]+(/[^\s]*)?$", max_length=200)] = None
    channels: dict[Name, AnyChannel] = Field(default_factory=dict, max_length=20)
    #: Kinds in the order in which they are tried, by urgency; without one the order of the person's own contact entry.
    ladder: Ladder = Field(default_factory=dict)
    ladder_of: dict[Identifier, Ladder] = Field(default_factory=dict)
    bundle_seconds: Annotated[int, Field(ge=0, le=600)] = 120

    @model_validator(mode="after")
    def _ladders_lead_somewhere(self) -> Self:
        served = {kind for channel in self.channels.values() for kind in channel.serves} | {"app"}
        for ladder in (self.ladder, *self.ladder_of.values()):
            for kinds in ladder.values():
                for kind in kinds:
                    if kind not in served:
                        msg = f"no channel serves `{kind}`"
                        raise ValueError(msg)
        return self

    @classmethod
    def load(cls, home: Path) -> Self:
        """The file, or nothing. Raises `notify.*`."""
        path = home / FILE
        if not path.exists():
            return cls()
        try:
            found = validated(cls, read_document(path), path=path)
        except KhienError as error:
            place = str(error.params.get("place", "document"))
            reason = str(error.params["reason"])
            raise KhienError("notify.settings", path=str(path), place=place, reason=reason) from error
        for channel in found.channels.values():
            channel.check(home)
        return found

    def serving(self, kind: str) -> tuple[str, ...]:
        """The rows that carry a kind of address, in the order of the file."""
        return tuple(name for name, channel in self.channels.items() if kind in channel.serves)

    def kinds_of(self, recipient: str, urgency: str) -> tuple[ChannelKind, ...] | None:
        """The order in which somebody is reached; None = the order of their own entry."""
        own = self.ladder_of.get(recipient, {})
        for each, kinds in (*own.items(), *self.ladder.items()):
            if each == urgency:
                return kinds
        return None
