"""ICMP errors, redirects and advertisements: observations of ours that EVE has no record for."""

from khien.eve.registry import Event, Members, Options, record


@record("network.icmp", event_type="icmp")
def icmp(_: Event, __: Options) -> Members | None:
    """Nothing: EVE tells of ICMP in its flow records only."""
    return None
