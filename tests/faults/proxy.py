"""A TCP proxy that breaks connections on command, between a sensor and its correlator. Plain asyncio in a thread.

It does not read what passes (that is TLS): it counts connections and bytes of each direction, and acts on them.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(slots=True)
class Link:
    """One connection through the proxy: how many bytes went up (to the server) and down."""

    number: int
    up: int = 0
    down: int = 0


#: Decides before each piece of an answer is passed on: True resets the connection instead.
Judge = Callable[[Link], bool]


class FaultProxy:
    """Listens on a free port and connects to `target`; `with` starts and stops it."""

    def __init__(self, target: tuple[str, int], *, lose_answer: Judge) -> None:
        self.links: list[Link] = []
        self.resets = 0
        self._target = target
        self._lose_answer = lose_answer
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, name="proxy")
        self._stop = asyncio.Event()
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connection, sock=self._socket)
        await self._stop.wait()
        server.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(len(self.links) + 1)
        self.links.append(link)
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        try:
            async with asyncio.TaskGroup() as group:
                up = group.create_task(self._up(reader, far_writer, link))
                group.create_task(self._down(far_reader, writer, link, up))
        except* OSError:
            pass
        finally:
            for end in (writer, far_writer):
                end.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
        while data := await reader.read(65_536):
            link.up += len(data)
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link, up: asyncio.Task[None]) -> None:
        while data := await reader.read(65_536):
            if self._lose_answer(link):
                self.resets += 1
                _reset(writer)
                break
            link.down += len(data)
            writer.write(data)
            await writer.drain()
        up.cancel()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN (SO_LINGER 0), as a crashed middle box does."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
