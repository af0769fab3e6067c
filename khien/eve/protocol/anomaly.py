"""`anomaly`: the name that Suricata has for it, ours where it has none."""

from khien.eve.anomaly_names import anomaly_names
from khien.eve.head import app_proto
from khien.eve.registry import Event, Members, Options, record

_TYPE = {"decode": "decode", "stream": "stream", "detect": "applayer", "app": "applayer"}
_LAYER = {"detect": "proto_detect", "app": "proto_parser"}


@record("network.anomaly", event_type="anomaly")
def anomaly(event: Event, _: Options) -> Members:
    """One anomaly. Several of Suricata's events may be one of ours: the first of its list is written."""
    ours = event["khien"]["anomaly"]
    known = anomaly_names().get(ours["name"])
    body: Members = {}
    protocol = ours.get("protocol")
    if protocol is not None:
        body["app_proto"] = app_proto(protocol)
    body["type"] = _TYPE[ours["layer"]]
    body["event"] = known.eve[0] if known is not None and known.eve else ours["name"]
    if ours["layer"] in _LAYER:
        body["layer"] = _LAYER[ours["layer"]]
    return {"anomaly": body}
