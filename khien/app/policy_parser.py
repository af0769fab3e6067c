"""The verbs of `khien policy` and `khien audit`: their options and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from khien.app.parser import Parser

_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def policy_verbs(add: Callable[..., Parser], text: partial[str]) -> None:
    """`check`, `key`, `sign`, `explain`, `backtest`, `diff`, `history`, `calendar`."""

    def verb(name: str, *, about: bool = False) -> Parser:
        added = add(name, f"policy.{name}.help", f"khien.app.policy_command:{name}", about=f"policy.{name}.about" if about else "")
        added.add_argument("--json", action="store_true", help=text("option.json"))
        return added

    def folder(parser: Parser) -> None:
        parser.add_argument("folder", nargs="?", metavar="DIR", help=text("policy.folder"))
        parser.add_argument("--organisation", metavar="DIR", help=text("policy.organisation"))

    check = verb("check")
    folder(check)
    check.add_argument("--draft", action="store_true", help=text("policy.check.draft"))
    key = verb("key")
    key.add_argument("file", metavar="FILE", help=text("policy.key.file"))
    key.add_argument("--person", required=True, metavar="PERSON", help=text("policy.key.person"))
    sign = verb("sign", about=True)
    folder(sign)
    sign.add_argument("--key", required=True, metavar="FILE", help=text("policy.sign.key"))
    sign.add_argument("--person", required=True, metavar="PERSON", help=text("policy.key.person"))
    sign.add_argument("--party", required=True, metavar="PARTY", help=text("policy.sign.party"))
    explain = verb("explain", about=True)
    explain.add_argument("case", nargs="?", metavar="CASE.yaml", help=text("policy.explain.case"))
    explain.add_argument("--policy", dest="folder", metavar="DIR", help=text("policy.folder"))
    explain.add_argument("--organisation", metavar="DIR", help=text("policy.organisation"))
    explain.add_argument("--asset", action="append", default=[], metavar="NAME", help=text("policy.explain.asset"))
    explain.add_argument("--fact", action="append", default=[], metavar="NAME=VALUE", help=text("policy.explain.fact"))
    explain.add_argument("--flag", action="append", default=[], metavar="FLAG", help=text("policy.explain.flag"))
    explain.add_argument("--detected", metavar="TIME", help=text("policy.explain.detected"))
    explain.add_argument("--type", metavar="TYPE", help=text("policy.explain.type"))
    backtest = verb("backtest")
    folder(backtest)
    backtest.add_argument("--database", metavar="URL", help=text("serve.database"))
    diff = verb("diff", about=True)
    folder(diff)
    diff.add_argument("--against", metavar="DIR", help=text("policy.diff.against"))
    diff.add_argument("--database", metavar="URL", help=text("serve.database"))
    history = verb("history")
    history.add_argument("--database", metavar="URL", help=text("serve.database"))
    calendar = verb("calendar", about=True)
    calendar.add_argument("year", type=_year, metavar="YEAR", help=text("policy.calendar.year"))
    calendar.add_argument("--override", metavar="FILE", help=text("policy.calendar.override"))
    calendar.add_argument("--output", metavar="FILE", help=text("policy.calendar.output"))


def audit_verbs(add: Callable[..., Parser], text: partial[str]) -> None:
    """`verify`, `export`, `checkpoint`."""
    verify = add("verify", "audit.verify.help", "khien.app.audit_command:verify", about="audit.verify.about")
    verify.add_argument("file", nargs="?", metavar="FILE", help=text("audit.verify.file"))
    verify.add_argument("--database", metavar="URL", help=text("serve.database"))
    verify.add_argument("--anchors", metavar="DIR", help=text("audit.verify.anchors"))
    verify.add_argument("--key", metavar="FILE", help=text("audit.verify.key"))
    verify.add_argument("--json", action="store_true", help=text("option.json"))
    export = add("export", "audit.export.help", "khien.app.audit_command:export")
    export.add_argument("file", metavar="FILE", help=text("audit.export.file"))
    export.add_argument("--database", metavar="URL", help=text("serve.database"))
    checkpoint = add("checkpoint", "audit.checkpoint.help", "khien.app.audit_command:checkpoint")
    checkpoint.add_argument("--database", metavar="URL", help=text("serve.database"))
    checkpoint.add_argument("--organisation", metavar="DIR", help=text("serve.organisation"))
    checkpoint.add_argument("--elasticsearch", metavar="URL", help=text("serve.elasticsearch"))
    checkpoint.add_argument("--audit-copy", metavar="DIR", help=text("audit.copy"))


def _year(text: str) -> int:
    year = int(text)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        bounds = f"{_FIRST_YEAR} … {_LAST_YEAR}"
        raise ValueError(bounds)
    return year
