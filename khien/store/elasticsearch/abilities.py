"""What the node at hand can do, asked once at start; templates and health follow it."""

from __future__ import annotations

from dataclasses import dataclass

from khien.errors import KhienError
from khien.store.elasticsearch.gateway import Gateway

#: Field type → the module or plugin that brings it.
_MODULE_OF_TYPE = {"match_only_text": "mapper-extras", "wildcard": "wildcard", "constant_keyword": "constant-keyword"}
_LIFECYCLE_MODULE = "x-pack-ilm"
#: The client speaks to these majors; 8 only from 8.19 on.
_LEAST_VERSION, _MAJORS = (8, 19), (8, 9)


@dataclass(frozen=True, slots=True)
class Abilities:
    """Of the weakest node of the cluster."""

    version: str
    missing_types: frozenset[str]
    has_lifecycle: bool
    replicas: int

    @property
    def notes(self) -> tuple[str, ...]:
        """What is degraded, for `doctor`."""
        found = [f"field type {name} is missing: a plainer one is used" for name in sorted(self.missing_types)]
        if not self.has_lifecycle:
            found.append("index lifecycle management is missing: old indices must be deleted by hand")
        if not self.replicas:
            found.append("one data node: no replicas")
        return tuple(found)


def probe(gateway: Gateway) -> Abilities:
    """Ask the cluster; KhienError `store.not_elasticsearch` for a version that we do not speak to."""
    nodes = gateway.ask("GET", "/_nodes/plugins?filter_path=nodes.*.version,nodes.*.modules.name,nodes.*.plugins.name").get(
        "nodes", {}
    )
    if not nodes:
        raise KhienError("store.not_elasticsearch", url=gateway.url, reason="it lists no node")
    versions = sorted((str(node.get("version", "0")) for node in nodes.values()), key=_numbers)
    _check_version(versions[0], url=gateway.url)
    modules = [{part["name"] for kind in ("modules", "plugins") for part in node.get(kind, ())} for node in nodes.values()]
    common = set.intersection(*modules)
    data_nodes = int(gateway.ask("GET", "/_cluster/health")["number_of_data_nodes"])
    return Abilities(
        version=versions[0],
        missing_types=frozenset(name for name, module in _MODULE_OF_TYPE.items() if module not in common),
        has_lifecycle=_LIFECYCLE_MODULE in common,
        replicas=0 if data_nodes <= 1 else 1,
    )


def _check_version(version: str, *, url: str) -> None:
    numbers = _numbers(version)
    if numbers[0] not in _MAJORS or numbers[:2] < _LEAST_VERSION:
        raise KhienError("store.not_elasticsearch", url=url, reason=f"its version is {version}")


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.partition("-")[0].split(".")
    return tuple(int(part) for part in parts if part.isdigit()) or (0,)
