"""`khien rules import`: rules of others as a pack, with their licence; off until they are activated."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.packs.manifest import Manifest
from correlator.packs.signature import fingerprint_of
from correlator.packs.store import Difference, PackStore
from correlator.rule_tests.case import case_files
from correlator.rule_tests.suite import Suite
from khien.app.command import Context
from khien.app.progress import progress
from khien.app.rules_output import EXIT_FAILED, write_json
from khien.clock import SystemClock
from khien.errors import KhienError

_SHOWN = 10


def import_(context: Context) -> int:
    """Install a pack and say what it holds and changes; list, activate or switch off installed ones."""
    given = context.arguments
    packs = PackStore(context.home.packs, clock=SystemClock())
    if given.activate:
        return _activate(context, packs)
    if given.deactivate:
        packs.deactivate(given.deactivate)
        context.tell(context.say("rules.import.deactivated", name=given.deactivate))
        return 0
    if given.source is None:
        return _list(context, packs)
    source = Path(given.source)
    name = given.name or re.sub(r"[^a-z0-9._-]+", "-", source.name.lower().removesuffix(".zip")).strip("-._") or "pack"
    signer = fingerprint_of(Path(given.key)) if given.key else None
    manifest = packs.install(source, name=name, licence=Path(given.licence) if given.licence else None, signer=signer)
    with progress(context, "rules.check.progress"):
        rules = compile_folders([packs.folder_of(manifest)])
    difference = packs.difference(manifest)
    if given.json:
        write_json(_as_json(packs, manifest, rules, difference))
    else:
        _print(context, packs, manifest, rules, difference)
    return 0


def _activate(context: Context, packs: PackStore) -> int:
    """Verified, compiled, and its own cases run: a pack whose cases fail stays off."""
    manifest = packs.find(context.arguments.activate)
    packs.verify(manifest)
    folder = packs.folder_of(manifest)
    rules = compile_folders([folder])
    if not rules.compiled:
        raise KhienError("pack.nothing_compiles", name=manifest.name)
    failed = 0
    if case_files(folder):
        suite = Suite(folder, rules, scratch=context.home.packs / ".scratch", clock=SystemClock())
        with progress(context, "rules.test.progress"):
            failed = sum(one.verdict.problem is not None for one in suite.judge(mutate=False) if one.file in suite.files)
    if failed:
        context.tell(context.say("rules.import.cases_failed", name=manifest.name, failed=failed))
        return EXIT_FAILED
    packs.activate(manifest)
    rejected = sum(rules.rejected().values())
    context.tell(context.say("rules.import.activated", name=manifest.name, compiled=rules.compiled, rejected=rejected))
    return 0


def _list(context: Context, packs: PackStore) -> int:
    active = packs.active()
    found = packs.packs()
    if context.arguments.json:
        write_json([{**one.as_json(), "files": len(one.files), "active": active.get(one.name) == one.digest} for one in found])
        return 0
    for one in found:
        state = context.say("rules.import.on" if active.get(one.name) == one.digest else "rules.import.off")
        sys.stdout.write(f"{one.name}@{one.digest[:16]}  {state}  {one.licence}  {one.imported}  {one.source}\n")
    return 0


def _as_json(packs: PackStore, manifest: Manifest, rules: RuleSet, difference: Difference | None) -> dict[str, object]:
    return {
        "pack": {**manifest.as_json(), "files": len(manifest.files), "folder": str(packs.folder_of(manifest))},
        "documents": rules.documents,
        "compiled": rules.compiled,
        "rejected": rules.rejected(),
        "disabled": rules.disabled,
        "difference": None
        if difference is None
        else {"added": list(difference.added), "removed": list(difference.removed), "changed": list(difference.changed)},
    }


def _print(context: Context, packs: PackStore, manifest: Manifest, rules: RuleSet, difference: Difference | None) -> None:
    installed = "rules.import.known_on" if packs.active().get(manifest.name) == manifest.digest else "rules.import.installed"
    context.tell(
        context.say(
            installed,
            name=manifest.name,
            digest=manifest.digest[:16],
            licence=manifest.licence,
            source=manifest.source,
        )
    )
    context.tell(
        context.say(
            "rules.check.summary",
            documents=rules.documents,
            compiled=rules.compiled,
            rejected=sum(rules.rejected().values()),
            disabled=rules.disabled,
        )
    )
    signed = "rules.import.signed" if manifest.signer else "rules.import.unsigned"
    context.tell(context.say(signed, signer=manifest.signer))
    for reason, count in rules.rejected().items():
        sys.stdout.write(f"  {reason}: {count}\n")
    if difference is not None:
        for key in ("added", "removed", "changed"):
            ids: tuple[str, ...] = getattr(difference, key)
            sys.stdout.write(f"{context.say(f'difference.{key}', count=len(ids))}\n")
            sys.stdout.write("".join(f"  {one}  {difference.titles[one]}\n" for one in ids[:_SHOWN]))
            if len(ids) > _SHOWN:
                sys.stdout.write(f"  {context.say('rules.import.more', count=len(ids) - _SHOWN)}\n")
    if installed == "rules.import.installed":
        context.tell(context.say("rules.import.next", name=manifest.name))
