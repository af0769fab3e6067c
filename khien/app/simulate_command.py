"""`khien policy simulate`: past alerts on another policy, organisation or rota; nothing is written and nobody is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pydantic

from incident_api.assignments import replaying
from incident_api.assignments.schemas import SimulationAnswer
from incident_api.assignments.service import answer
from incident_api.assignments.simulation import Past, past_of_alerts
from incident_api.coordination.documents import read_document
from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import Policy, policy_hash, policy_of, read_policy_folder
from incident_api.duty.rota import Rota
from incident_api.opening import opened
from khien.alert import Alert
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of
from khien.clock import SystemClock, format_city
from khien.errors import KhienError

_WEEK_US = 7 * 86_400 * 1_000_000
_LISTED = 40
#: A file of alerts is read line by line; a line is one alert.
_LINE_BYTES = 4 << 20


def simulate(context: Context) -> int:
    """Replay a period of the store, or a file of alerts, and compare."""
    given = context.arguments
    policy = None if given.policy is None else _policy(Path(given.policy))
    city = None if given.city is None else Organisation.load(Path(given.city))
    rota = None if given.rota is None else _rota(Path(given.rota))
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        now = runtime.clock.now_us()
        end_us = given.until if given.until is not None else now
        start_us = given.since if given.since is not None else end_us - (given.last or _WEEK_US)
        if start_us >= end_us and given.alerts is None:
            raise KhienError("simulation.period")
        alerts = None if given.alerts is None else _alerts(Path(given.alerts), city or runtime.organisation)
        report = replaying.replay(
            runtime, start_us=start_us, end_us=end_us, alerts=alerts, policy=policy, organisation=city, rota=rota
        )
    if given.json:
        sys.stdout.write(answer(report, listed=len(report.outcomes)).model_dump_json(indent=2) + "\n")
    else:
        _show(context, answer(report))
    return 0


def _policy(folder: Path) -> tuple[Policy, str]:
    document = read_policy_folder(folder)
    return policy_of(document, path=folder), policy_hash(document)


def _rota(path: Path) -> Rota:
    try:
        return Rota.model_validate(read_document(path))
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(each) for each in first["loc"]) or "document"
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise KhienError("policy.invalid", path=str(path), place=place, reason=reason, count=error.error_count()) from error


def _alerts(path: Path, organisation: Organisation) -> list[Past]:
    found = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LINE_BYTES), b""), start=1):
                if line.strip():
                    found.append(_alert(path, number, line))
    except OSError as error:
        raise KhienError("policy.unreadable", path=str(path), reason=error.strerror or type(error).__name__) from error
    return past_of_alerts(found, organisation)


def _alert(path: Path, number: int, line: bytes) -> Alert:
    try:
        return Alert.model_validate_json(line)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(each) for each in first["loc"])
        raise KhienError("simulation.bad_alert", path=str(path), line=number, reason=f"{place}: {first['msg']}"[:300]) from error


def _show(context: Context, found: SimulationAnswer) -> None:
    write = sys.stdout.write
    write(
        context.say(
            "policy.simulate.counts",
            alerts=found.alerts,
            changed=found.changed,
            unattended_was=found.unattended_was,
            unattended_would=found.unattended_would,
            broken_was=found.broken_was,
            broken_would=found.broken_would,
        )
        + "\n"
    )
    for share in found.shares:
        write(f"  {share.person}: {share.was} → {share.would}\n")
    differing = [each for each in found.outcomes if each.was != each.would]
    for each in differing[:_LISTED]:
        reason = each.decided_by.vi if context.language == "vi" else each.decided_by.en
        write(f"  {format_city(each.at_us)}  {each.object_id}  {each.level}  {each.was or '–'} → {each.would}  ({reason})\n")
    beyond = found.changed - len(differing[:_LISTED])
    if beyond > 0:
        write("  " + context.say("organisation.beyond", count=beyond) + "\n")
    if found.left_off:
        context.tell(context.say("policy.simulate.left_off", count=found.left_off))
    context.tell(found.assumption.vi if context.language == "vi" else found.assumption.en)
