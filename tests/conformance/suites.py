"""The suites by name: how one form of answers is run, and how one of its tests is explained."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance import arkime, ndpi, tcpdump
from tests.conformance.outcome import Report
from tests.conformance.suricata import show as suricata_show
from tests.conformance.suricata import suite as suricata
from tests.conformance.zeek import show as zeek_show
from tests.conformance.zeek import suite as zeek


@dataclass(frozen=True, slots=True)
class Suite:
    """`run(folder, select)` judges what is selected by name; `show(folder, name)` explains one."""

    run: Callable[[Path, Callable[[str], bool]], Report]
    show: Callable[[Path, str], Iterator[str]]


SUITES = {
    "arkime": Suite(run=arkime.run, show=arkime.show),
    "ndpi": Suite(run=ndpi.run, show=ndpi.show),
    "suricata-verify": Suite(run=suricata.run, show=suricata_show.show),
    "tcpdump": Suite(run=tcpdump.run, show=tcpdump.show),
    "zeek": Suite(run=zeek.run, show=zeek_show.show),
}
