"""Roles and what each may do (response design, section 16): one table, read by every route and by the page.

A role gives rights; a right is a verb on a noun. What a role is not given here it has not.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

Capacity = Literal["responder", "investigator", "approver", "observer"]


class Right(StrEnum):
    """What a route asks for."""

    ALERTS_READ = "alerts.read"
    ALERTS_TRIAGE = "alerts.triage"
    ALERTS_ASSIGN = "alerts.assign"
    ALERTS_IMPORT = "alerts.import"
    INCIDENTS_READ = "incidents.read"
    INCIDENTS_HANDLE = "incidents.handle"
    INCIDENTS_DECIDE = "incidents.decide"
    INCIDENTS_LEAD = "incidents.lead"
    COMMENTS_WRITE = "comments.write"
    TASKS_WORK = "tasks.work"
    MEASURES_WORK = "countermeasures.work"
    PAP_LIFT = "pap.lift"
    REPORTS_READ = "reports.read"
    REPORTS_MAKE = "reports.make"
    APPROVALS_GIVE = "approvals.give"
    PEOPLE_READ = "people.read"
    PEOPLE_CHANGE = "people.change"
    DUTY_READ = "duty.read"
    DUTY_ACT = "duty.act"
    DUTY_EDIT = "duty.edit"
    ORGANISATION_READ = "organisation.read"
    ORGANISATION_CHANGE = "organisation.change"
    POLICY_READ = "policy.read"
    POLICY_DRAFT = "policy.draft"
    POLICY_SIGN = "policy.sign"
    AUDIT_READ = "audit.read"
    AUDIT_VERIFY = "audit.verify"
    LEDGER_READ = "ledger.read"
    RULES_READ = "rules.read"
    DUTIES_FULFIL = "duties.fulfil"
    METRICS_READ = "metrics.read"
    JOBS_READ = "jobs.read"
    JOBS_RUN = "jobs.run"
    NOTICES_TEAM = "notices.team"
    NOTICES_TEST = "notices.test"
    STREAM_READ = "stream.read"


class AuditScope(StrEnum):
    """Whose acts a person sees in the audit log."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"


_QUEUE = {
    Right.ORGANISATION_READ,
    Right.ALERTS_READ,
    Right.STREAM_READ,
    Right.PEOPLE_READ,
    Right.DUTY_READ,
    Right.LEDGER_READ,
    Right.AUDIT_READ,
}
#: Tasks, and what is written about them, are also for those who only help (section 16, "tasks", "own tasks").
_HELP = {Right.INCIDENTS_READ, Right.COMMENTS_WRITE, Right.TASKS_WORK}
_TRIAGE = _QUEUE | _HELP | {Right.DUTY_ACT, Right.ALERTS_TRIAGE, Right.POLICY_READ, Right.INCIDENTS_HANDLE, Right.MEASURES_WORK}
_REPORT = {Right.REPORTS_READ, Right.REPORTS_MAKE}
_TRIAGE |= _REPORT | {Right.METRICS_READ, Right.RULES_READ}
_ASSIGN = _TRIAGE | {
    Right.DUTY_EDIT,
    Right.ALERTS_ASSIGN,
    Right.ALERTS_IMPORT,
    Right.INCIDENTS_DECIDE,
    Right.JOBS_READ,
    Right.DUTIES_FULFIL,
    Right.NOTICES_TEAM,
}
_LEAD = _ASSIGN | {Right.POLICY_DRAFT, Right.INCIDENTS_LEAD, Right.APPROVALS_GIVE}
_STEER = {
    Right.POLICY_SIGN,
    Right.ORGANISATION_READ,
    Right.POLICY_READ,
    Right.AUDIT_READ,
    Right.DUTY_READ,
    Right.DUTY_ACT,
    Right.INCIDENTS_READ,
    Right.REPORTS_READ,
}
_PARTY = {Right.ORGANISATION_READ, Right.INCIDENTS_READ, Right.APPROVALS_GIVE}

#: Roles not named in the queue's first version see nothing of alerts yet: incidents, evidence and requests are their work.
ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    "irt.analyst": frozenset(_TRIAGE),
    "irt.shift_lead": frozenset(_ASSIGN | {Right.APPROVALS_GIVE}),
    "irt.leader": frozenset(_LEAD),
    "irt.deputy": frozenset(_LEAD),
    "irt.liaison": frozenset(_QUEUE | _HELP | _REPORT | {Right.ALERTS_IMPORT, Right.POLICY_READ, Right.DUTIES_FULFIL}),
    "irt.forensic": frozenset({Right.PEOPLE_READ, Right.DUTY_READ, Right.AUDIT_READ} | _PARTY | _HELP),
    "police.duty": frozenset(_TRIAGE | {Right.APPROVALS_GIVE}),
    "police.investigator": frozenset(
        {
            Right.POLICY_READ,
            Right.POLICY_SIGN,
            Right.PEOPLE_READ,
            Right.DUTY_READ,
            Right.AUDIT_READ,
            Right.INCIDENTS_READ,
            Right.COMMENTS_WRITE,
            Right.PAP_LIFT,
        }
    ),
    "ops.admin": frozenset(
        {
            Right.PEOPLE_READ,
            Right.DUTY_READ,
            Right.LEDGER_READ,
            Right.AUDIT_READ,
            Right.MEASURES_WORK,
        }
        | _PARTY
        | _HELP
    ),
    "owner.approver": frozenset({Right.AUDIT_READ, Right.POLICY_READ, Right.COMMENTS_WRITE, Right.REPORTS_READ} | _PARTY),
    "owner.dpo": frozenset({Right.AUDIT_READ, Right.POLICY_READ, Right.COMMENTS_WRITE, Right.REPORTS_READ} | _PARTY),
    "pc_office.head": frozenset(_STEER),
    "pc_office.deputy": frozenset(_STEER),
    "unit.contact": frozenset({Right.ORGANISATION_READ, Right.ALERTS_READ, Right.STREAM_READ, Right.AUDIT_READ} | _HELP),
    "auditor": frozenset(
        {
            Right.METRICS_READ,
            Right.ORGANISATION_READ,
            Right.AUDIT_READ,
            Right.AUDIT_VERIFY,
            Right.POLICY_READ,
            Right.DUTY_READ,
            Right.PEOPLE_READ,
            Right.LEDGER_READ,
            Right.RULES_READ,
        }
    ),
    "sysadmin": frozenset(
        {
            Right.ORGANISATION_READ,
            Right.ORGANISATION_CHANGE,
            Right.PEOPLE_READ,
            Right.PEOPLE_CHANGE,
            Right.DUTY_READ,
            Right.LEDGER_READ,
            Right.RULES_READ,
            Right.AUDIT_READ,
            Right.AUDIT_VERIFY,
            Right.JOBS_READ,
            Right.JOBS_RUN,
            Right.NOTICES_TEAM,
            Right.NOTICES_TEST,
        }
    ),
}

#: The capacity a role acts in; a person acts in one at a time and every audit record stores it.
ROLE_CAPACITY: dict[str, Capacity] = {
    "irt.analyst": "responder",
    "irt.shift_lead": "responder",
    "irt.leader": "approver",
    "irt.deputy": "approver",
    "irt.liaison": "responder",
    "irt.forensic": "responder",
    "police.duty": "responder",
    "police.investigator": "investigator",
    "ops.admin": "responder",
    "owner.approver": "approver",
    "owner.dpo": "approver",
    "pc_office.head": "approver",
    "pc_office.deputy": "approver",
    "unit.contact": "observer",
    "auditor": "observer",
    "sysadmin": "observer",
}

#: Roles that see their own unit's alerts only; everything else is 404 to them.
UNIT_BOUND_ROLES = frozenset({"unit.contact"})


def rights_of(roles: Iterable[str]) -> frozenset[Right]:
    """Every right of these roles."""
    return frozenset().union(*(ROLE_RIGHTS.get(role, frozenset()) for role in roles))


def capacity_of(roles: Iterable[str]) -> Capacity:
    """The capacity of the first role that has one; a stranger observes."""
    return next((ROLE_CAPACITY[role] for role in roles if role in ROLE_CAPACITY), "observer")


def audit_scope_of(roles: Iterable[str]) -> AuditScope:
    """Auditors see all, those who lead see the team, the others themselves."""
    held = set(roles)
    if "auditor" in held:
        return AuditScope.ALL
    if held & {"irt.shift_lead", "irt.leader", "irt.deputy"}:
        return AuditScope.TEAM
    return AuditScope.OWN


def is_unit_bound(roles: Iterable[str]) -> bool:
    """Whether alerts outside the person's own unit do not exist for them."""
    held = set(roles)
    reading = {role for role in held if Right.ALERTS_READ in ROLE_RIGHTS.get(role, frozenset())}
    return bool(reading) and reading <= UNIT_BOUND_ROLES
