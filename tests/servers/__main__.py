"""`python -m tests.servers (elasticsearch | elasticsearch9 | postgresql) (start | stop | url)`, and `stop` for all of them."""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import sys

from tests.servers import elasticsearch, postgresql
from tests.servers.process import CannotStart, load, stop

NAMES = (*elasticsearch.VERSIONS, postgresql.NAME)


def main(arguments: list[str] | None = None) -> int:
    """Run the verb; the address goes to stdout, everything else to stderr."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("server", choices=[*NAMES, "stop"])
    parser.add_argument("verb", choices=["start", "stop", "url"], nargs="?", default="url")
    chosen = parser.parse_args(arguments)
    if chosen.server == "stop":
        for name in NAMES:
            if stop(name):
                print(f"{name} stopped", file=sys.stderr)
        return 0
    if chosen.verb == "start":
        return _start(chosen.server)
    if chosen.verb == "stop":
        return 0 if stop(chosen.server) else 1
    running = load(chosen.server)
    if running is not None:
        print(running.url)
    return 0 if running is not None else 1


def _start(name: str) -> int:
    try:
        running = postgresql.start() if name == postgresql.NAME else elasticsearch.start(name)
    except CannotStart as error:
        print(f"error: {error}", file=sys.stderr)
        return 5
    print(running.url)
    return 0


if __name__ == "__main__":
    sys.exit(main())
