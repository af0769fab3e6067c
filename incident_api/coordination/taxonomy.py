"""What kind of incident it is: the Reference Security Incident Taxonomy (RSIT v1003) and the two views that derive from it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.organisation import Identifier, Part, Text

PoliceClass = Literal[
    "malware",
    "availability",
    "information-gathering",
    "intrusion-attempt",
    "intrusion",
    "information-security",
    "fraud",
    "abusive-content",
    "other",
]
_TYPES = 39
_CLASSES = 11


class IncidentType(Part):
    """A type of RSIT, its class, the city's group and the police's class."""

    class_: Annotated[str, Field(alias="class")]
    group: str
    police: PoliceClass
    text: Text


class Taxonomy(Part):
    """The file `taxonomy.yaml`. The types are RSIT's and do not change; groups and tags are the city's."""

    version: Literal["1003"]
    groups: dict[Annotated[str, Field(pattern=r"^N[1-9]$")], Text]
    tags: dict[Identifier, str]
    classes: dict[Identifier, Text]
    types: dict[Identifier, IncidentType]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (len(self.types), len(self.classes)) != (_TYPES, _CLASSES):
            msg = f"RSIT {self.version} has {_CLASSES} classes and {_TYPES} types, not {len(self.classes)} and {len(self.types)}"
            raise ValueError(msg)
        for name, row in self.types.items():
            if row.class_ not in self.classes or row.group not in self.groups:
                msg = f"type {name}: class `{row.class_}` or group `{row.group}` is not known"
                raise ValueError(msg)
        for tag, group in self.tags.items():
            if group not in self.groups:
                msg = f"tag {tag}: `{group}` is not a group"
                raise ValueError(msg)
        return self

    def group(self, type_: str, tags: tuple[str, ...] = ()) -> str:
        """The group N1 to N9: a tag that names one decides, else the type."""
        return next((self.tags[tag] for tag in tags if tag in self.tags), self.types[type_].group)
