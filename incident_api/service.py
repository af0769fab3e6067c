"""The incident API as a process: HTTPS for people, mutual TLS for machines, and the ticker of jobs."""

from __future__ import annotations

import gc
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from types import FrameType

import uvicorn

from incident_api.application import create_application
from incident_api.internal import create_internal_application
from incident_api.jobs.ticker import Ticker
from incident_api.notifications.sender import Sender
from incident_api.opening import opened
from incident_api.runtime import Runtime
from incident_api.settings import IncidentApiSettings
from khien.certificates import CertificateAuthority, Identity
from khien.clock import Clock
from khien.errors import KhienError
from khien.listener import ThreadedServer, listener_config
from khien.store.opening import open_store
from khien.tls import server_context

#: How long requests under way may take after SIGTERM; live streams end at once.
GRACE_SECONDS = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the process listens; a port of 0 in the settings became a real one."""

    page: str
    internal: str


@contextmanager
def running(settings: IncidentApiSettings, *, clock: Clock) -> Iterator[tuple[Runtime, Addresses]]:
    """Everything up and answering; everything down again at the end."""
    identity = _identity(settings, clock=clock)
    with ExitStack() as stack:
        events = open_store(settings.elasticsearch_url or "sqlite:", home=settings.home, clock=clock, is_read_only=True)
        stack.callback(events.close)
        runtime = stack.enter_context(opened(settings, clock=clock, events=events))
        ticker = Ticker(runtime)
        ticker.start()
        stack.callback(ticker.stop)
        sender = Sender(runtime)
        sender.start()
        stack.callback(sender.stop)
        page = stack.enter_context(_listening(_page_config(runtime, identity), host=settings.host, port=settings.port))
        internal_config = listener_config(
            create_internal_application(runtime), context=server_context(identity, clients="required")
        )
        internal = stack.enter_context(_listening(internal_config, host=settings.internal_host, port=settings.internal_port))
        stack.callback(runtime.bus.close)
        yield runtime, Addresses(page=page.url, internal=internal.url)


def run_incident_api(
    settings: IncidentApiSettings,
    clock: Clock,
    *,
    stop: threading.Event | None = None,
    ready: Callable[[Runtime, Addresses], None] | None = None,
) -> None:
    """Run until `stop` is set (without one: until SIGTERM or SIGINT), then finish what is under way.

    `ready` is called once both listeners answer.
    """
    ending = stop or threading.Event()
    own = _signals(ending) if stop is None else nullcontext()
    with own, running(settings, clock=clock) as (runtime, addresses):
        if stop is None:
            settle()
        _log.info("listening at %s, for machines at %s", addresses.page, addresses.internal)
        if ready is not None:
            ready(runtime, addresses)
        ending.wait()


def settle() -> None:
    """What is there once everything is up stays: the collector of garbage looks at what requests leave behind, and less often.

    Collections over all modules otherwise take a third of the time of a bulk act.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _identity(settings: IncidentApiSettings, *, clock: Clock) -> Identity:
    """The certificate named in the settings, or one of the own CA on this machine."""
    if settings.identity is not None:
        return Identity.load(settings.identity)
    authority = CertificateAuthority(settings.home.certificates, city=settings.city, clock=clock)
    return authority.issue_server("incident.api", names=settings.names)


def _page_config(runtime: Runtime, identity: Identity) -> uvicorn.Config:
    context = server_context(identity, clients="none")
    return uvicorn.Config(
        create_application(runtime),
        ws="none",
        ssl_context_factory=lambda _config, _default: context,
        # `X-Forwarded-*` is believed from nobody: the address in the log-in delay is the connection's own.
        proxy_headers=False,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        limit_concurrency=1000,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


@contextmanager
def _listening(config: uvicorn.Config, *, host: str, port: int) -> Iterator[ThreadedServer]:
    try:
        server = ThreadedServer(config, host=host, port=port)
    except OSError as error:
        raise KhienError("internal.cannot_listen", host=host, port=port, reason=error.strerror or "–") from error
    with server:
        yield server
