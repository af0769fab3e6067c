"""Ports for servers that a test or the demo starts."""

from __future__ import annotations

import socket


def free_ports(wanted: tuple[int, int, int]) -> tuple[int, int, int]:
    """The wanted ports where nobody listens, others where somebody does."""
    first, second, third = (_free(port) for port in wanted)
    return first, second, third


def _free(port: int) -> int:
    for candidate in (port, 0):
        try:
            with socket.create_server(("127.0.0.1", candidate)) as found:
                number: int = found.getsockname()[1]
                return number
        except OSError:
            continue
    message = "no free port"
    raise OSError(message)
