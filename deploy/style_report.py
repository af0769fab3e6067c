"""The table of the house style for this tree: sizes of modules and functions, broad excepts, tests per line of source."""

from __future__ import annotations

import ast
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("khien", "sensor", "correlator", "incident_api")


def _quantiles(sizes: list[int]) -> str:
    ordered = sorted(sizes) or [0]
    return f"{statistics.median(ordered):.0f} / {ordered[int(0.9 * (len(ordered) - 1))]} / {ordered[-1]}"


def _broad(tree: ast.AST) -> int:
    return sum(
        1
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    )


def main() -> int:
    """Print the table."""
    write = sys.stdout.write
    write("| code | module lines, median / p90 / max | function, median / p90 / max | broad excepts per 1,000 | tests per line |\n")
    write("|---|---|---|---|---|\n")
    for room in ROOMS:
        modules: list[int] = []
        functions: list[int] = []
        broad = 0
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text)
            modules.append(text.count("\n"))
            broad += _broad(tree)
            functions += [
                (node.end_lineno or node.lineno) - node.lineno + 1
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            ]
        tests = sum(path.read_text(encoding="utf-8").count("\n") for path in (ROOT / "tests" / room).rglob("*.py"))
        lines = sum(modules) or 1
        write(f"| {room} | {_quantiles(modules)} | {_quantiles(functions)} | {1000 * broad / lines:.1f} | {tests / lines:.2f} |\n")
    for suffix, folders in ((".rs", ["engine"]), (".ts*", ["web/src"])):
        sizes = [
            path.read_text(encoding="utf-8").count("\n")
            for folder in folders
            for path in (ROOT / folder).rglob(f"*{suffix}")
            if "target" not in path.parts
        ]
        write(f"| {folders[0]} ({len(sizes)} files) | {_quantiles(sizes)} | | | |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
