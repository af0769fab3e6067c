"""Which system an address or a machine belonged to on a day: the longest prefix that holds it speaks for it.

A look-up costs one dictionary access a prefix length in use, however many networks there are.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from incident_api.organisation.parts import Host, Network

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Registry:
    """Networks and machines, found by address and name."""

    def __init__(self, *, networks: Iterable[Network], hosts: Iterable[Host]) -> None:
        self._networks: dict[tuple[int, int, int], list[Network]] = {}
        self._hosts: dict[str, list[Host]] = {}
        lengths: dict[int, set[int]] = {4: set(), 6: set()}
        for each in networks:
            parsed = ipaddress.ip_network(each.cidr)
            lengths[parsed.version].add(parsed.prefixlen)
            key = (parsed.version, parsed.prefixlen, int(parsed.network_address))
            self._networks.setdefault(key, []).append(each)
        self._lengths = {version: sorted(found, reverse=True) for version, found in lengths.items()}
        for host in hosts:
            self._hosts.setdefault(host.name.casefold(), []).append(host)

    def asset_of_address(self, address: str, *, day: str) -> str | None:
        """The asset of the most specific network that held the address on that day."""
        for found in self._holding(address):
            for network in found:
                if network.holds(day):
                    return network.asset
        return None

    def asset_of_host(self, name: str, *, day: str) -> str | None:
        """The asset of a machine by the name in its own logs."""
        return next((each.asset for each in self._hosts.get(name.casefold(), ()) if each.holds(day)), None)

    def knows(self, address: str) -> bool:
        """Whether an address belongs, or ever belonged, to a registered network."""
        return any(True for _ in self._holding(address))

    def _holding(self, address: str) -> Iterable[list[Network]]:
        try:
            parsed: _Address = ipaddress.ip_address(address)
        except ValueError:
            return
        number = int(parsed)
        for length in self._lengths[parsed.version]:
            rest = parsed.max_prefixlen - length
            found = self._networks.get((parsed.version, length, number >> rest << rest))
            if found is not None:
                yield found
