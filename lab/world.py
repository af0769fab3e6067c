"""The whole lab, up and running: hosts, services, and the guarantee that everything ends with it."""

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from lab import host, network
from lab.certificates import Authority
from lab.command import run, run_quietly
from lab.host import Host
from lab.plan import (
    ADMIN,
    ATTACKER,
    COMMAND,
    COMMUNE_AN_BINH,
    COMMUNE_VINH_LOC,
    INTERNET,
    MAIL,
    PORTAL,
    RESOLVER,
    VISITOR,
    HostPlan,
)
from lab.services import mail, names, secure_shell, syslog, web

SCRATCH = Path("/run/khien-lab")
_SCRATCH_SIZE = "size=512m,mode=755"


@dataclass(frozen=True, slots=True)
class World:
    """Every host of the lab by its part in the story."""

    portal: Host
    mail: Host
    resolver: Host
    admin: Host
    an_binh: Host
    vinh_loc: Host
    internet: Host
    visitor: Host
    attacker: Host
    command: Host

    @property
    def hosts(self) -> list[Host]:
        """All of them."""
        return [getattr(self, field.name) for field in fields(self)]


def filler(seed: str, size: int) -> bytes:
    """Bytes that do not compress and are the same every time: the inside of pictures and archives."""
    blocks = (size + 31) // 32
    return b"".join(hashlib.sha256(f"{seed}:{number}".encode()).digest() for number in range(blocks))[:size]


def clear_leftovers() -> None:
    """Removes what a killed lab left behind. Its processes are gone already: they died with it."""
    network.tear_down()
    if SCRATCH.is_mount():
        run_quietly(["umount", "--lazy", str(SCRATCH)])


@contextlib.contextmanager
def build() -> Iterator[World]:
    """Builds the lab and takes it down again, whatever happens in between."""
    with contextlib.ExitStack() as ends:
        SCRATCH.mkdir(parents=True, exist_ok=True)
        ends.callback(_remove_scratch)
        run(["mount", "-t", "tmpfs", "-o", _SCRATCH_SIZE, "khien-lab", str(SCRATCH)])
        ends.callback(network.tear_down)
        network.build()

        def up(plan: HostPlan) -> Host:
            started = host.start(plan, SCRATCH / plan.name)
            ends.callback(started.stop)
            syslog.start(started)
            return started

        world = World(
            portal=up(PORTAL),
            mail=up(MAIL),
            resolver=up(RESOLVER),
            admin=up(ADMIN),
            an_binh=up(COMMUNE_AN_BINH),
            vinh_loc=up(COMMUNE_VINH_LOC),
            internet=up(INTERNET),
            visitor=up(VISITOR),
            attacker=up(ATTACKER),
            command=up(COMMAND),
        )
        _start_services(world)
        yield world


def _start_services(world: World) -> None:
    authority = Authority.create(SCRATCH / "authority")
    for one in world.hosts:
        one.write("/etc/lab-ca.pem", authority.certificate)
    names.start_outside(world.internet)
    names.start_attacker(world.command)
    names.start_resolver(world.resolver)
    web.start_portal(world.portal, authority, files={"quy-hoach-2030.pdf": b"%PDF-1.7\n" + filler("pdf", 700_000)})
    web.start_outside(world.internet, authority, download=b"PK\x03\x04" + filler("zip", 900_000))
    web.start_command(world.command, authority)
    mail.start(world.mail, authority)
    mail.start_partner(world.internet)
    for one in (world.portal, world.mail, world.admin):
        secure_shell.start(one)
    public_key = secure_shell.make_administrator_key(world.admin)
    for one in (world.portal, world.mail):
        secure_shell.allow_key(one, public_key)


def _remove_scratch() -> None:
    run_quietly(["umount", "--lazy", str(SCRATCH)])
    with contextlib.suppress(OSError):
        SCRATCH.rmdir()
