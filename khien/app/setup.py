"""`khien setup`: the folder of data, the certificate authority and the certificates of every part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from khien.app.command import Context
from khien.certificates import CertificateAuthority, Identity
from khien.errors import KhienError
from khien.home import Home

#: The example city; a city's own name goes into its certificates (`--city`).
DEFAULT_CITY = "ben-sen"


@dataclass(frozen=True, slots=True)
class Identities:
    """What the parts of one machine prove themselves with; `authority` is what browsers and sensors trust."""

    correlator_server: Identity
    correlator_client: Identity
    authority: CertificateAuthority


def prepare(home: Home, *, city: str = DEFAULT_CITY, names: Sequence[str] = ()) -> Identities:
    """Create what is missing; doing it again changes nothing. Raises `certificate.*` and `input.unreadable`."""
    try:
        home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KhienError("output.not_writable", path=str(home.root), reason=error.strerror or str(error)) from error
    authority = CertificateAuthority(home.certificates, city=city)
    return Identities(
        correlator_server=authority.issue_server("correlator", names=names),
        correlator_client=authority.issue_component("correlator"),
        authority=authority,
    )


def setup(context: Context) -> int:
    """Prepare this machine, and issue the certificates of the named sensors."""
    identities = prepare(context.home, city=context.arguments.city, names=context.arguments.name)
    for name in context.arguments.sensor:
        issued = identities.authority.issue_sensor(name)
        context.tell(context.say("setup.sensor_done", name=name, path=str(issued.certificate.parent)))
    context.tell(context.say("setup.done", home=str(context.home.root)))
    return 0
