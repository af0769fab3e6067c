"""`khien organisation check | import | export`: the city's data as files, checked, taken over in two steps, and written again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from incident_api.coordination.documents import read_document
from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import policy_of, read_policy_folder
from incident_api.opening import opened
from incident_api.organisation import contacts, importing, reading, service, tables
from incident_api.organisation.reading import YAML_FILE
from incident_api.organisation.schemas import OrganisationPreviewAnswer
from incident_api.people.person import Actor
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of
from khien.clock import SystemClock
from khien.errors import KhienError

_LISTED = 40
_KINDS = {
    "added": "organisation.added",
    "changed": "organisation.changed",
    "ended": "organisation.ended",
    "removed": "organisation.removed",
}


def check(context: Context) -> int:
    """Read the files and look whether the rules find everybody; no store is touched."""
    settings = settings_of(context)
    base = Organisation.load(settings.organisation_folder)
    path = Path(context.arguments.path)
    source = importing.source_of(files_of(path), before=base)
    organisation = reading.organisation_of(
        source,
        rota=_kept(path, settings.organisation_folder, "rota.yaml"),
        keys=_kept(path, settings.organisation_folder, "keys.yaml"),
    )
    policy = policy_of(read_policy_folder(settings.policy_folder), path=settings.policy_folder)
    now = SystemClock().now_us()
    missing = contacts.unreached(organisation, policy, at_us=now)
    if missing:
        raise KhienError("organisation.unreached", policy=policy.id, names=", ".join(missing))
    stale = [each.id for each in contacts.stale(organisation, at_us=now)]
    sentence = context.say(
        "organisation.check.good",
        name=organisation.name.vi if context.language == "vi" else organisation.name.en,
        units=len(organisation.units),
        assets=len(organisation.assets),
        networks=len(organisation.networks),
        people=len(organisation.people),
        contacts=len(organisation.contacts),
    )
    sys.stdout.write(f"{sentence}\n")
    if stale:
        context.tell(context.say("organisation.stale", count=len(stale), names=", ".join(stale[:_LISTED])))
    return 0


def bring_in(context: Context) -> int:
    """Say what an import would change; with `--yes` put it in force."""
    actor = Actor.job("command-line")
    files = files_of(Path(context.arguments.path))
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        found = importing.preview(runtime, files=files, person=actor.id)
        report = service.report(found)
        number = None
        if context.arguments.yes and found.changes:
            number = importing.adopt(runtime, token=found.token, actor=actor)
    if context.arguments.json:
        sys.stdout.write(report.model_dump_json(indent=2, exclude={"token", "expires_us"}) + "\n")
    else:
        _show(context, report)
    if number is not None:
        context.tell(context.say("organisation.adopted", number=number))
    elif found.changes:
        context.tell(context.say("organisation.not_adopted"))
    return 0


def export(context: Context) -> int:
    """Write what is in force; never over a file that is there."""
    target = Path(context.arguments.path)
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        files = service.export(runtime, form=context.arguments.format).files
    existing = [name for name in files if (target / name).exists()]
    if existing:
        raise KhienError("organisation.file_exists", path=str(target / existing[0]))
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (target / name).write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise KhienError("organisation.not_written", path=str(target), reason=error.strerror or type(error).__name__) from error
    context.tell(context.say("organisation.exported", count=len(files), path=str(target)))
    return 0


def files_of(path: Path) -> dict[str, str]:
    """The files of a folder that say something about the organisation. Raises `organisation.no_files`."""
    found = reading.read_files(path, (YAML_FILE,)) or reading.read_files(path, tables.FILES)
    if not found:
        raise KhienError("organisation.no_files", path=str(path))
    return found


def _kept(path: Path, folder: Path, name: str) -> dict[str, Any]:
    """Rota and keys: those beside the files, else those of the organisation of the settings."""
    own = path / name if path.is_dir() else folder / name
    return read_document(own if own.exists() else folder / name)


def _show(context: Context, report: OrganisationPreviewAnswer) -> None:
    sys.stdout.write(context.say("organisation.counts", **report.counts) + "\n")
    for change in report.changes[:_LISTED]:
        kind = context.say(_KINDS[change.kind])
        fields = f"  ({', '.join(change.fields)})" if change.fields else ""
        sys.stdout.write(f"  {kind}  {change.table}  {change.id}{fields}\n")
    beyond = len(report.changes) + report.left_off - _LISTED
    if beyond > 0:
        sys.stdout.write("  " + context.say("organisation.beyond", count=beyond) + "\n")
    if report.working:
        context.tell(context.say("organisation.working", names=", ".join(report.working)))
    if report.stale_contacts:
        names = ", ".join(report.stale_contacts[:_LISTED])
        context.tell(context.say("organisation.stale", count=len(report.stale_contacts), names=names))
