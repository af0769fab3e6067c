"""The organisation as its files: the same organisation gives the same bytes, and reading them gives the same organisation."""

from __future__ import annotations

from typing import Any

import yaml

from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.organisation import Organisation
from incident_api.organisation import tables
from incident_api.organisation.reading import YAML_FILE

_HEADER = "# Written by `khien organisation export`.\n"


def document_of(organisation: Organisation) -> dict[str, Any]:
    """The city's own part, without rota and keys, as its file would say it: what is as always is left out."""
    return organisation.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"rota", "keys"})


def hash_of(organisation: Organisation) -> str:
    """SHA-256 over the canonical form of the whole: what decides whether two versions are the same."""
    return sha256_of(organisation.model_dump(mode="json", by_alias=True, exclude_defaults=True))


def as_yaml(organisation: Organisation) -> dict[str, str]:
    """One file."""
    text = yaml.dump(document_of(organisation), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**31 - 1)
    return {YAML_FILE: _HEADER + text}


def as_csv(organisation: Organisation) -> dict[str, str]:
    """One file a table."""
    return tables.write(document_of(organisation))


class _Dumper(yaml.SafeDumper):
    """Rows on one line each, like people write them; no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - as in the parent
        return True

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:  # noqa: FBT001 - as in the parent
        node = super().represent_mapping(tag, mapping, flow_style)
        # A row is a mapping with a name, a network or an address; the tables around it are blocks.
        node.flow_style = bool({"name", "cidr", "vi", "kind", "owner", "subjects"} & set(mapping)) and "domain" not in mapping
        return node

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:  # noqa: FBT001 - as in the parent
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = not sequence or not isinstance(sequence[0], dict)
        return node
