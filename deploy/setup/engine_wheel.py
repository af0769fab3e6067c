"""Build the engine's wheel once per content of `engine/` and keep it.

Prints the path of the wheel. Uses only Python's own library, because it also runs before anything is installed (`--kept` says
whether a build would be needed). The folder of kept wheels is `$KHIEN_WHEELS`, default `build/wheels`.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine"
SOURCES = {".rs", ".toml", ".lock", ".py", ".pyi", ".typed"}
FOREIGN = {"target", "fuzz", "__pycache__", "corpus"}


def content_hash() -> str:
    """16 hex digits over names and bytes of everything the wheel is made from."""
    digest = hashlib.sha256((ROOT / "rust-toolchain.toml").read_bytes())
    for path in sorted(ENGINE.rglob("*")):
        relative = path.relative_to(ENGINE)
        if path.suffix in SOURCES and not FOREIGN.intersection(relative.parts):
            digest.update(f"{relative.as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def kept_wheel() -> Path | None:
    """The wheel of this content, if it was built before."""
    return next(iter(sorted(_folder().glob("khien_engine-*.whl"))), None)


def build() -> Path:
    """Build it (a first build takes some minutes) and return its path."""
    folder = _folder()
    print("building the engine's wheel (once per content of engine/; a first build takes some minutes)", file=sys.stderr)  # noqa: T201
    command = [sys.executable, "-m", "maturin", "build", "--release", "--locked", "--out", str(folder)]
    subprocess.run(command, cwd=ENGINE / "python", check=True, stdout=sys.stderr)
    wheel = kept_wheel()
    if wheel is None:
        message = f"maturin left no wheel in {folder}"
        raise FileNotFoundError(message)
    return wheel


def _folder() -> Path:
    return Path(os.environ.get("KHIEN_WHEELS") or ROOT / "build" / "wheels") / content_hash()


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", action="store_true", help="exit 0 when the wheel is already there, 1 otherwise")
    arguments = parser.parse_args()
    kept = kept_wheel()
    if arguments.kept:
        return 0 if kept else 1
    print(kept or build())  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
