"""`python -m tests.bench.detect.compiling CACHE FOLDER…`: compiles the folders with this cache and prints what it took, as JSON.

A process of its own: the compiler's caches in memory must not help the second run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from khien_engine.detect import Ruleset

from correlator.compiler.ruleset import compile_folders


def compiled(cache: Path, folders: list[Path]) -> dict[str, float]:
    """CPU seconds of compiling, and of making the matcher of it; without the start of Python and its modules."""
    command = (sys.executable, "-m", "tests.bench.detect.compiling", str(cache), *map(str, folders))
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def main() -> None:
    cache, *folders = map(Path, sys.argv[1:])
    begun = time.process_time()
    rules = compile_folders(folders, cache=cache)
    made = time.process_time()
    Ruleset(rules.ir)
    took = {"documents": rules.documents, "compile_seconds": made - begun, "matcher_seconds": time.process_time() - made}
    sys.stdout.write(json.dumps(took))


if __name__ == "__main__":
    main()
