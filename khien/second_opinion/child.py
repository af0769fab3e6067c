"""The contained child: gives up everything, then lets tshark read one capture and prints one JSON line a packet.

Started as `python -m khien.second_opinion.child` by `asking`; reads a `Job` from standard input. The first line that it
prints says which containment holds and is written before tshark starts; whatever comes after it must be disbelieved.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import lxml.objectify
import pyshark
from khien_engine.packet import drop_privileges
from pyshark.capture.capture import TSharkCrashException

from khien.second_opinion.job import Job

# lxml comes with pyshark, which imports it late: after the privileges are gone its files may not be readable.
assert lxml.objectify

#: prctl(2)
_PR_SET_PDEATHSIG = 1
#: ioctl(2), netdevice(7)
_SIOCGIFFLAGS = 0x8913
#: Addresses and ports of a layer: (transport, source, port, destination, port).
_Key = tuple[str, str, int, str, int]
#: IANA protocol numbers under the names of our events.
_TRANSPORTS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", "132": "sctp"}
_PORTED = frozenset({"tcp", "udp", "sctp"})
#: These quote the packet that they answer; its layers are not of this packet.
_QUOTING = frozenset({"icmp", "icmpv6"})
_LONGEST_VALUE = 4_096
_LONGEST_REASON = 200
_MOST_VALUES = 2_000


def main() -> int:
    """Contain ourselves, then run."""
    given = json.loads(sys.stdin.readline())
    job = Job(**{**given, "fields": tuple(given["fields"]), "layers": tuple(given["layers"])})
    _limit(job)
    drop_privileges(job.user)
    # The kernel forgets this wish when the user changes, so it comes after.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Our own modules are all imported: tshark needs no way to them, nor the locale that Python sets for itself.
    for name in set(os.environ) - {"PATH", "HOME"}:
        del os.environ[name]
    _say({"held": _held()})
    try:
        for packet in _packets(job):
            _say(packet)
    except TSharkCrashException as error:
        _, _, last = str(error).partition("Last error line: ")
        _say({"end": "stopped", "reason": (last or str(error)).partition("\n")[0][:_LONGEST_REASON]})
        return 1
    _say({"end": "whole"})
    return 0


def _limit(job: Job) -> None:
    for what, most in (
        (resource.RLIMIT_AS, job.address_space),
        (resource.RLIMIT_CPU, job.cpu_seconds),
        (resource.RLIMIT_FSIZE, job.file_size),
        (resource.RLIMIT_NOFILE, job.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _held() -> dict[str, bool]:
    """What the kernel says of us, not what was asked of it."""
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines() if ":\t" in line
    )
    interfaces = [line.partition(":")[0].strip() for line in Path("/proc/net/dev").read_text(encoding="utf-8").splitlines()[2:]]
    return {
        "unprivileged": os.geteuid() != 0 and int(status["CapEff"], 16) == 0,
        "no_new_privileges": status["NoNewPrivs"].strip() == "1",
        "no_network": interfaces in ([], ["lo"]) and not _is_up("lo"),
        "own_processes": os.getpid() == 1,
        "limits": resource.getrlimit(resource.RLIMIT_AS)[1] != resource.RLIM_INFINITY,
    }


def _is_up(interface: str) -> bool:
    """netdevice(7): the flags of an interface of our own network namespace; /sys may show another's."""
    request = struct.pack("16sH14x", interface.encode(), 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
        except OSError:
            return False
    return bool(struct.unpack_from("H", answer, 16)[0] & 1)


def _packets(job: Job) -> Iterator[dict[str, Any]]:
    """XML works with every tshark; only the layers of the table are written in full."""
    capture = pyshark.FileCapture(
        input_file=job.capture,
        keep_packets=False,
        tshark_path=job.tshark,
        override_prefs={"tcp.reassemble_out_of_order": "TRUE"},
        custom_parameters=["-n", "-J", " ".join(job.layers)],
    )
    wanted = frozenset(job.fields)
    for packet in capture:
        yield {"packet": int(packet.number), **_reading(packet.layers, wanted)}


def _reading(layers: Iterable[Any], wanted: frozenset[str]) -> dict[str, Any]:
    keys: list[_Key] = []
    values: list[tuple[str, str, str]] = []
    for layer in layers:
        name = layer.layer_name
        _address(layer, name, keys)
        for container in layer._all_fields.values():  # noqa: SLF001 - the public names have lost their dots
            # A quoted packet of the same protocol stands inside; only the first value is this packet's own.
            for field in container.all_fields[: 1 if name in _QUOTING else None]:
                if field.name in wanted and len(values) < _MOST_VALUES:
                    values.append((name, field.name, (field.show or "")[:_LONGEST_VALUE]))
        if name in _QUOTING:
            break
    return {"keys": keys, "values": values}


def _address(layer: Any, name: str, keys: list[_Key]) -> None:
    """A network layer opens a key, a transport layer gives it ports."""
    if name in {"ip", "ipv6"}:
        protocol = str(layer.get_field("ip.proto" if name == "ip" else "ipv6.nxt") or "")
        keys.append(
            (_TRANSPORTS.get(protocol, protocol), str(layer.get_field(f"{name}.src")), 0, str(layer.get_field(f"{name}.dst")), 0)
        )
    elif name == "arp":
        source, destination = (str(layer.get_field(f"arp.{side}.proto_ipv4") or "") for side in ("src", "dst"))
        keys.append(("arp", source, 0, destination, 0))
    elif name in _PORTED and keys:
        _, source, _, destination, _ = keys[-1]
        ports = [int(layer.get_field(f"{name}.{side}port") or 0) for side in ("src", "dst")]
        keys[-1] = (name, source, ports[0], destination, ports[1])
    elif name in _QUOTING and keys:
        keys[-1] = ("icmp" if name == "icmp" else "ipv6-icmp", *keys[-1][1:])


def _say(document: dict[str, Any]) -> None:
    # Escapes all but ASCII: nothing here may depend on a locale that was taken away.
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
