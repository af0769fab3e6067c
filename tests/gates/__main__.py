"""`python -m tests.gates [--data DIR] [--out OUT] [--only NAME]…`: run the data gates; exit status 1 when one is missed.

The test data: `--data`, else KHIEN_TEST_DATA, else ../shared/data. While it runs, each gate says its place and how long it took.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import orjson
import yaml

from tests.gates.corpus import Corpus, gate_compile
from tests.gates.crowdsec import gates_crowdsec
from tests.gates.fail2ban import gate_fail2ban
from tests.gates.gate import Gate
from tests.gates.sameness import gate_cache, gates_imports
from tests.gates.scenarios import gates_scenarios
from tests.gates.windows import gate_regression, gate_samples, gates_ordinary

ROOT = Path(__file__).parents[2]
#: The best figure each gate has reached; a run that is worse fails although its bound may hold.
_BEST = Path(__file__).with_name("best.yaml")


def main(arguments: list[str] | None = None) -> int:
    """Run the gates; the table goes to stdout, what is running to stderr."""
    parser = argparse.ArgumentParser(prog="python -m tests.gates", description=__doc__)
    data = Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the test data (default: $KHIEN_TEST_DATA)")
    parser.add_argument("--out", type=Path, metavar="OUT", help="write the result as JSON")
    parser.add_argument("--only", action="append", choices=sorted(_GATES), help="run only these")
    parser.add_argument(
        "--keep", action="store_true", help="keep the figures, and the list of attack samples that match, when none was lost"
    )
    chosen = parser.parse_args(arguments)
    if not chosen.data.is_dir():
        print(f"error: no test data at {chosen.data}", file=sys.stderr)
        return 2
    gates: list[Gate] = []
    corpus, begun = Corpus(chosen.data), time.perf_counter()
    names = chosen.only or list(_GATES)
    for number, name in enumerate(names, start=1):
        print(f"{number} of {len(names)}: {name} …", file=sys.stderr)
        started = time.perf_counter()
        gates.extend(_GATES[name](corpus, chosen.data, chosen.keep))
        print(f"  {time.perf_counter() - started:.0f} s, {time.perf_counter() - begun:.0f} s in all", file=sys.stderr)
        # After each: a run that is broken off leaves what it found.
        if chosen.out is not None:
            _write(chosen.out, gates, seconds=time.perf_counter() - begun)
    for gate in gates:
        print(gate.line())
    worse = fallen(gates, best=_best())
    for sentence in worse:
        print(f"WORSE   {sentence}")
    if chosen.keep and not worse:
        _keep(gates)
    return 0 if all(gate.holds for gate in gates) and not worse else 1


def fallen(gates: Iterable[Gate], *, best: Mapping[str, int]) -> list[str]:
    """Gates whose figure is worse than the best that was kept, a sentence each: a bound that still holds hides no loss."""
    return [
        f"{gate.name}: {gate.figure}, and {best[gate.name]} was reached before (tests/gates/best.yaml)"
        for gate in gates
        if gate.name in best and (gate.figure < best[gate.name] if gate.better == "more" else gate.figure > best[gate.name])
    ]


def _best() -> dict[str, int]:
    found: dict[str, int] = yaml.safe_load(_BEST.read_text("utf-8"))
    return found


def _keep(gates: Iterable[Gate]) -> None:
    kept = _best() | {gate.name: gate.figure for gate in gates}
    _BEST.write_text(yaml.safe_dump(kept, sort_keys=False), "utf-8")


def _write(path: Path, gates: list[Gate], *, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"seconds": round(seconds, 1), "gates": [gate.document() for gate in gates]}
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _one(gate: Gate) -> Iterator[Gate]:
    yield gate


_GATES: dict[str, Callable[[Corpus, Path, bool], Iterable[Gate]]] = {
    "compile": lambda corpus, _data, _keep: _one(gate_compile(corpus)),
    "cache": lambda corpus, _data, _keep: _one(gate_cache(corpus)),
    "imports": lambda corpus, data, _keep: gates_imports(corpus, data),
    "regression": lambda corpus, data, _keep: _one(gate_regression(corpus, data)),
    "ordinary": lambda corpus, data, _keep: gates_ordinary(corpus, data),
    "samples": lambda corpus, data, keep: _one(gate_samples(corpus, data, keep=keep)),
    "scenarios": lambda corpus, data, _keep: gates_scenarios(corpus, data),
    "crowdsec": lambda _corpus, data, _keep: gates_crowdsec(data),
    "fail2ban": lambda _corpus, data, _keep: _one(gate_fail2ban(data)),
}


if __name__ == "__main__":
    sys.exit(main())
