"""The listening half of mutual TLS: a uvicorn protocol that reads who calls, and a server that runs in a thread.

The peer's name comes from the certificate in the transport's own `ssl_object`, never from a header. It needs uvicorn
(`khien[server]`); a sensor host imports `khien.tls` only.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from khien.certificates import Peer

_STATE_KEY = "khien_peer"


class PeerNameProtocol(H11Protocol):
    """HTTP/1.1 whose requests carry the verified `Peer` in the ASGI scope's state (`peer_of(scope)`)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the parent
        """Read the peer once: it cannot change while the connection lives (no renegotiation in TLS 1.3)."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _STATE_KEY: _peer_of_transport(transport)}


def peer_of(scope: Mapping[str, Any]) -> Peer | None:
    """Who sent this request; None without a client certificate of our scheme."""
    peer = scope.get("state", {}).get(_STATE_KEY)
    return peer if isinstance(peer, Peer) else None


def _peer_of_transport(transport: asyncio.Transport) -> Peer | None:
    tls = transport.get_extra_info("ssl_object")
    if not isinstance(tls, ssl.SSLObject | ssl.SSLSocket):
        return None
    der = tls.getpeercert(binary_form=True)
    return Peer.of_certificate(der) if der else None


def listener_config(app: Callable[..., Awaitable[None]], *, context: ssl.SSLContext) -> uvicorn.Config:
    """How a machine listener runs: our protocol, our TLS, no proxy headers, no access log of its own."""
    return uvicorn.Config(
        app,
        http=PeerNameProtocol,
        ws="none",
        ssl_context_factory=lambda _config, _default: context,
        proxy_headers=False,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


class ThreadedServer:
    """A uvicorn server in a thread of this process, on its own socket; `with` starts and stops it.

    Port 0 takes a free one; `url` says which. Failing to start within 10 s raises `TimeoutError`.
    """

    def __init__(self, config: uvicorn.Config, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server((host, port))
        # asyncio sets this on sockets it made itself only; without it every answer waits 40 ms for a delayed ACK.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, name="listener")
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self.url = f"{'https' if config.is_ssl else 'http'}://{host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        pause = threading.Event()
        for _ in range(1_000):
            if self._server.started:
                return self
            if not self._thread.is_alive():
                break
            pause.wait(0.01)
        self.stop()
        message = f"the listener on {self.host}:{self.port} did not start"
        raise TimeoutError(message)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Finish the requests under way (at most the configured grace) and close the socket."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
