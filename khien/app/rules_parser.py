"""The verbs of `khien rules` for the command line's parser: which there are, and what each takes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

Add = Callable[[str], argparse.ArgumentParser]


def add_verbs(add: Add, text: partial[str]) -> None:
    """`add` makes the parser of one verb."""
    for name, options in _VERBS.items():
        verb = add(name)
        options(verb, text)
        verb.add_argument("--json", action="store_true", help=text("option.json"))


def _folders(verb: argparse.ArgumentParser, text: partial[str]) -> None:
    verb.add_argument("rules", nargs="*", metavar="PATH", help=text("replay.rules"))


def _check(verb: argparse.ArgumentParser, text: partial[str]) -> None:
    _folders(verb, text)
    verb.add_argument("--strict", action="store_true", help=text("rules.check.strict"))
    verb.add_argument("--ignore", action="append", default=[], metavar="CODE", help=text("rules.check.ignore"))
    verb.add_argument("--all", action="store_true", help=text("rules.check.all"))


def _test(verb: argparse.ArgumentParser, text: partial[str]) -> None:
    _folders(verb, text)
    verb.add_argument("--mutate", action="store_true", help=text("rules.test.mutate"))
    verb.add_argument("--junit", metavar="FILE", help=text("rules.test.junit"))


def _explain(verb: argparse.ArgumentParser, text: partial[str]) -> None:
    verb.add_argument("rule", nargs="?", metavar="RULE", help=text("rules.explain.rule"))
    verb.add_argument("event", nargs="*", metavar="EVENT", help=text("rules.explain.events"))
    verb.add_argument("--alert", metavar="ID", help=text("rules.explain.alert"))
    verb.add_argument("--rules", action="append", metavar="PATH", help=text("replay.rules"))


_VERBS = {"check": _check, "test": _test, "explain": _explain}
