"""`python -m tests.bench.detect.reload`: how long a changed rule takes until it runs, with all of SigmaHQ's rules and ours.

From the change of a file to the first event under it: looking at the folders, compiling what changed, and exchanging the rules of a
correlator with open groups; the pause between two looks comes on top. Writes build/bench/reload.json.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from correlator.rule_reload import LOOK_SECONDS, RuleReload
from tests.correlator.stream import Plant, login

ROOT = Path(__file__).parents[3]
OUT = ROOT / "build" / "bench" / "reload.json"
DATA = Path(os.environ.get("KHIEN_TEST_DATA", ROOT.parent / "shared" / "data"))
#: Open groups of the rule that changes; and as many of each that does not.
GROUPS = 20_000
BOUND_SECONDS = 10.0


def measure(folder: Path) -> dict[str, Any]:
    """One change of one correlation."""
    rules = folder / "rules"
    shutil.copytree(ROOT / "rules", rules / "own")
    for source in sorted((DATA / "sigma").glob("rules*")):
        shutil.copytree(source, rules / "sigma" / source.name)
    reload = RuleReload([rules / "own", rules / "sigma"], cache=folder / "rules.cache")
    plant = Plant(folder, rules=reload.current)
    plant.promise(-1)
    for start in range(0, GROUPS, 1_000):
        plant.events([login(0.001 * number, address=f"2001:db8::{number:x}") for number in range(start, start + 1_000)])
    plant.promise(GROUPS * 0.001)
    plant.settle()
    (path,) = [path for path in (rules / "own").rglob("*.yml") if "\nname: ssh_bruteforce\n" in path.read_text()]
    text = path.read_text()
    changed = text.replace("gte: 8", "gte: 9")
    assert changed != text
    path.write_text(changed)
    begin, begin_cpu = time.perf_counter(), time.process_time()
    assert reload.look()
    looked = time.perf_counter()
    fresh = reload.take()
    assert fresh is not None
    assert plant.correlator.reload(fresh)
    end, end_cpu = time.perf_counter(), time.process_time()
    retired = [one.rule.rule.name for one in plant.correlator._watches.retired.rules]
    plant.close()
    return {
        "documents": fresh.documents,
        "compiled": fresh.compiled,
        "open_groups": GROUPS,
        "retired": retired,
        "compile_seconds": round(looked - begin, 2),
        "exchange_seconds": round(end - looked, 2),
        "cpu_seconds": round(end_cpu - begin_cpu, 2),
        "seconds_with_pause": round(end - begin + LOOK_SECONDS, 2),
        "bound_seconds": BOUND_SECONDS,
    }


def main() -> int:
    """Exit status 1 when it takes longer than the bound."""
    if not (DATA / "sigma").is_dir():
        print(f"no test data in {DATA}: nothing measured")
        return 1
    with TemporaryDirectory(prefix="khien-reload-") as folder:
        found = measure(Path(folder))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found))
    return 0 if found["seconds_with_pause"] <= BOUND_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
