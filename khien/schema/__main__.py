"""`python -m khien.schema [--check]`: write what is generated from events.yaml, or compare it with what is committed."""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from khien.schema.generated import generated

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 when `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m khien.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of write")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree to write to")
    chosen = parser.parse_args(arguments)
    stale = [name for name, text in generated().items() if not _is_current(chosen.root / name, text)]
    for name in stale:
        if chosen.check:
            print(f"error: {name} is not what events.yaml says\n\nhint: run `python -m khien.schema`", file=sys.stderr)
        else:
            _write(chosen.root / name, generated()[name])
            print(name)
    return 1 if chosen.check and stale else 0


def _is_current(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
