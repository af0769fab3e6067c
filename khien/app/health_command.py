"""`khien health`: is this part well? For people, containers and monitoring; exit 0 or 5."""

from __future__ import annotations

import socket
import ssl
import sys
from pathlib import Path
from typing import Any

import httpx
import orjson

from khien.app.command import Context
from khien.certificates import Identity
from khien.clock import MICROSECONDS, SystemClock
from khien.errors import KhienError
from khien.home import Home
from khien.tls import client_context

_TIMEOUT_SECONDS = 5.0
#: The sensor writes its status every 10 s; three missed ones mean that it stands.
_STATUS_SECONDS = 35
#: The correlator writes its own every 5 s.
_CORRELATOR_SECONDS = 30


def correlator_status_path(home: Home) -> Path:
    """Where the correlator's process says how it is."""
    return home.correlator / "status.json"


def health(context: Context) -> int:
    """Ask the part that is named; the incident API without a name."""
    given = context.arguments
    if given.sensor:
        text = _sensor(context, given.sensor)
    elif given.correlator:
        text = _correlator(context, given.ingest_port)
    else:
        text = _incident_api(context, given.port)
    if given.json:
        text = orjson.dumps({"well": True, "text": text, **_status(context)}).decode()
    sys.stdout.write(f"{text}\n")
    return 0


def _status(context: Context) -> dict[str, Any]:
    """What the part itself wrote, for machines; of the correlator with the gaps of every source."""
    given = context.arguments
    if given.sensor:
        path = context.home.sensor(given.sensor) / "status.json"
    elif given.correlator:
        path = correlator_status_path(context.home)
    else:
        return {}
    return {"status": orjson.loads(path.read_bytes())}


def _incident_api(context: Context, port: int) -> str:
    url = f"https://localhost:{port}"
    try:
        trust = ssl.create_default_context(cafile=str(context.home.certificates / "root" / "root.pem"))
        with httpx.Client(verify=trust, trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
            answer = client.get(f"{url}/api/v1/health")
            found: dict[str, Any] = answer.json()
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise KhienError("health.unreachable", part="incident-api", reason=str(error) or type(error).__name__) from error
    checks = [check["text"][context.language] for check in found["checks"] if check["light"] != "ok"]
    if found["status"] == "down":
        raise KhienError("health.unwell", part="incident-api", reason="; ".join(checks))
    return context.say("health.good", part="incident-api") + "".join(f"\n{check}" for check in checks)


def _correlator(context: Context, port: int) -> str:
    """A whole handshake with our own certificate: the listener lives, and its certificates are valid on both sides."""
    identity = Identity.load(context.home.certificates / "issued" / "component" / "correlator")
    try:
        with (
            socket.create_connection(("localhost", port), timeout=_TIMEOUT_SECONDS) as plain,
            client_context(identity).wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            secured.sendall(b"GET /ingest/v1/mark?epoch=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            if not secured.recv(12).startswith(b"HTTP/1.1 "):
                raise KhienError("health.unwell", part="correlator", reason="no HTTP answer")
    except OSError as error:
        raise KhienError("health.unreachable", part="correlator", reason=error.strerror or str(error)) from error
    return context.say("health.good", part="correlator") + correlator_said(context)


def correlator_said(context: Context) -> str:
    """What the process says of itself: raises `health.unwell` for a trouble or a file that is old; else what is worth knowing."""
    path = correlator_status_path(context.home)
    try:
        status: dict[str, Any] = orjson.loads(path.read_bytes())
        age_seconds = (SystemClock().now_us() - int(status["time_us"])) // MICROSECONDS
        troubles = [f"{one['part']}: {one['text'][context.language]}" for one in status["troubles"]]
        rejected, absent = int(status["rejected_rules"]), sum(map(len, status["absent_sources"].values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KhienError("health.unwell", part="correlator", reason=f"{path}: {error}") from error
    if age_seconds > _CORRELATOR_SECONDS:
        raise KhienError("health.unwell", part="correlator", reason=context.say("health.silent", seconds=age_seconds))
    if troubles:
        raise KhienError("health.unwell", part="correlator", reason="; ".join(troubles))
    said = [context.say("serve.rules_off", count=rejected)] if rejected else []
    said += [context.say("health.absent", count=absent)] if absent else []
    return "".join(f"\n{one}" for one in said)


def _sensor(context: Context, name: str) -> str:
    path: Path = context.home.sensor(name) / "status.json"
    try:
        status: dict[str, Any] = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KhienError("health.unreachable", part=name, reason=f"{path}: {error}") from error
    age_seconds = (SystemClock().now_us() - int(status["time_us"])) // MICROSECONDS
    if age_seconds > _STATUS_SECONDS:
        raise KhienError("health.unwell", part=name, reason=context.say("health.silent", seconds=age_seconds))
    if status["refusal"]:
        raise KhienError("health.unwell", part=name, reason=str(status["refusal"]))
    return context.say("health.good", part=name)
