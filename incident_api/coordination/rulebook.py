"""The rule book: a version of the coordination rules as tables in both languages, for reading and for asking "what if"."""

from __future__ import annotations

from pathlib import Path

from incident_api.coordination import life, words
from incident_api.coordination.case import Severity
from incident_api.coordination.explanation import STEPS
from incident_api.coordination.obligations import ObligationRule
from incident_api.coordination.organisation import Text
from incident_api.coordination.policy import AssignmentRule, Policy, policy_of
from incident_api.coordination.rulebook_schemas import (
    BookAssignment,
    BookFlag,
    BookObligation,
    BookQuestion,
    BookRecipient,
    BookRung,
    Choice,
    ClassRule,
    ClassRules,
    DueWhen,
    JoinWhen,
    LeadWhen,
    OutsideRule,
    PeriodicRule,
    PoliceRequestRule,
    ReminderStep,
    Rulebook,
    TakeBy,
    TakeStep,
    TwoPartyRule,
    TwoPartyRules,
)
from incident_api.coordination.schemas import BasisOf
from incident_api.coordination.severity import LeadRule
from incident_api.coordination.signatures import short_form
from incident_api.http.schemas import LocalText
from incident_api.runtime import Runtime
from khien.alert import Level


def read(runtime: Runtime, sha256: str | None) -> Rulebook:
    """The book of a version, or of the one in force. Raises `policy.not_found`, `policy.none_in_force`."""
    if sha256 is None or sha256 == runtime.policy.sha256:
        return book(runtime.policy.policy, sha256=runtime.policy.sha256)
    with runtime.database.read() as session:
        document = life.row_of(session, sha256).document
    return book(policy_of(document, path=Path("state.db")), sha256=sha256)


def book(policy: Policy, *, sha256: str) -> Rulebook:
    """The whole of it, in the order of the files."""
    outside = policy.severity.outside
    return Rulebook(
        sha256=sha256,
        short=short_form(sha256),
        version=policy.version,
        title=_local(policy.title),
        classes=[_class(policy, severity) for severity in Severity],
        outside=OutsideRule(
            text=_local(outside.text),
            when=_local(words.condition(policy, outside.when)),
            lead=_local(policy.leads[outside.lead]),
            basis=_basis(policy, outside.basis),
        ),
        joins=[
            JoinWhen(
                id=each.id,
                text=_local(each.text),
                when=_local(words.condition(policy, each.when)),
                basis=_basis(policy, each.basis),
            )
            for each in policy.severity.joins
        ],
        obligations=[_obligation(policy, each) for each in policy.obligations.rules],
        reminders=[
            ReminderStep(
                percent=each.percent,
                tell=[_local(words.told(policy, name)) for name in each.tell],
                second_channel=each.second_channel,
                late_reason=each.late_reason,
            )
            for each in policy.obligations.steps
        ],
        reminders_basis=_basis(policy, policy.obligations.steps_basis),
        approvals=_approvals(policy),
        assignment=[_assignment(policy, each) for each in policy.rules],
        ladder=[BookRung(id=each.id, text=_local(each.text), unattended=each.unattended) for each in policy.ladder],
        take_by=[_take_by(policy, level) for level in sorted(Level, key=lambda each: -each.severity)],
        take_by_basis=_basis(policy, policy.acknowledge_basis),
        requests=[
            PoliceRequestRule(
                code=each.code,
                text=_local(each.text),
                hours=each.hours,
                urgent_hours=each.urgent_hours,
                basis=_basis(policy, each.basis),
            )
            for each in policy.requests.kinds.values()
        ],
        periodic=[
            PeriodicRule(
                code=each.code,
                text=_local(each.text),
                when=_local(words.periodic(each)),
                to=[_local(words.told(policy, name)) for name in each.to],
                basis=_basis(policy, each.basis),
            )
            for each in policy.periodic.duties
        ],
        questions=[
            BookQuestion(
                id=name,
                type=each.type,
                text=_local(each.text),
                choices=[Choice(id=choice, text=_local(text)) for choice, text in each.choices.items()],
            )
            for name, each in policy.severity.facts.items()
        ],
        flags=[
            BookFlag(id=name, text=_local(each.text), implies=list(each.implies)) for name, each in policy.severity.flags.items()
        ],
    )


def _class(policy: Policy, severity: Severity) -> ClassRules:
    return ClassRules(
        severity=severity.value,
        text=_local(policy.severity.classes[severity]),
        rules=[
            ClassRule(
                id=each.id,
                text=_local(each.text),
                when=None if each.when is None else _local(words.alternatives(policy, each.when)),
                basis=_basis(policy, each.basis),
            )
            for each in policy.severity.rules
            if each.severity is severity
        ],
        leads=_leads(policy, severity),
    )


def _leads(policy: Policy, severity: Severity) -> list[LeadWhen]:
    """The rules that can name the lead of a class, up to the first that always does."""
    found = []
    for each in policy.severity.leads:
        if each.when.classes and severity not in each.when.classes:
            continue
        asked = _asked_besides_class(policy, each)
        found.append(LeadWhen(when=None if asked is None else _local(asked), lead=_local(policy.leads[each.lead])))
        if asked is None:
            break
    return found


def _asked_besides_class(policy: Policy, rule: LeadRule) -> Text | None:
    rest = rule.when.model_copy(update={"classes": ()})
    return None if rest == type(rest)() else words.condition(policy, rest)


def _obligation(policy: Policy, rule: ObligationRule) -> BookObligation:
    return BookObligation(
        code=rule.code,
        text=_local(rule.text),
        when=_local(words.alternatives(policy, rule.when)),
        classes=[each.value for each in Severity if any(each in alternative.classes for alternative in rule.when)],
        to=[each for name in rule.to for each in _recipients(policy, rule, name)],
        means=rule.means,
        means_text=_local(words.MEANS[rule.means]),
        due=[
            DueWhen(
                text=_local(words.due(each.model_copy(update={"classes": ()}))),
                clock=each.clock.value,
                classes=[severity.value for severity in each.classes],
            )
            for each in rule.due
        ],
        repeat_hours=None if rule.repeat is None else rule.repeat.hours,
        forms=[_local(each.title) for each in policy.reports.kinds.values() if rule.code in each.fulfils],
        basis=BasisOf.model_validate({"status": policy.status_of(rule), "text": _local(policy.basis_text(rule))}),
    )


def _recipients(policy: Policy, rule: ObligationRule, name: str) -> list[BookRecipient]:
    members = policy.obligations.groups.get(name)
    if members is None:
        is_owner = name == "owner" and rule.each_owner
        return [BookRecipient(id=name, text=_local(words.recipient(policy, name)), classes=[], by_owner=is_owner)]
    return [
        BookRecipient(
            id=each.to,
            text=_local(words.recipient(policy, each.to)),
            classes=[severity.value for severity in each.classes],
            by_owner=False,
        )
        for each in members
    ]


def _approvals(policy: Policy) -> TwoPartyRules:
    rules = policy.approvals
    return TwoPartyRules(
        basis=_basis(policy, rules.basis),
        acts=[
            TwoPartyRule(
                act=name,
                text=_local(each.text),
                first=[_local(words.role(role)) for role in each.first],
                second=[_local(words.role(role)) for role in each.second],
                minutes=rules.minutes(name),
            )
            for name, each in rules.acts.items()
        ],
        silence_minutes=rules.silence_minutes,
        later_approval_hours=rules.later_approval_hours,
    )


def _assignment(policy: Policy, rule: AssignmentRule) -> BookAssignment:
    return BookAssignment(
        id=rule.id,
        text=_local(rule.text),
        when=None if rule.when.is_empty else _local(words.alert_condition(rule.when)),
        role=_local(words.role(rule.role)),
        lead=_local(policy.leads[rule.lead]),
        inform=[_local(words.role(each)) for each in rule.inform],
        basis=_basis(policy, rule.basis),
    )


def _take_by(policy: Policy, level: Level) -> TakeBy:
    found = policy.deadlines[level]
    return TakeBy(
        level=level.value,
        minutes=found.minutes,
        time=found.time,
        steps=[
            TakeStep(
                after_minutes=each.after_minutes,
                text=LocalText(vi=STEPS[each.notify][0], en=STEPS[each.notify][1]),
                channel=each.channel,
            )
            for each in found.steps
        ],
    )


def _basis(policy: Policy, name: str) -> BasisOf:
    found = policy.bases[name]
    return BasisOf(status=found.status, text=_local(found.text))


def _local(text: Text) -> LocalText:
    return LocalText(vi=text.vi, en=text.en)
