"""`khien policy check`: whether a policy is whole, answers its worked cases, and is signed by both sides."""

from __future__ import annotations

import sys
from collections import Counter

from incident_api.coordination.golden_run import check_golden
from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import policy_hash, policy_of, read_policy_folder
from incident_api.coordination.signatures import read_signatures, verify
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of


def check(context: Context) -> int:
    """Schema, totality, worked cases, hash and both signatures; the first fault is the error."""
    context.arguments.organisation = context.arguments.folder
    context.arguments.database = None
    settings = settings_of(context)
    organisation = Organisation.load(settings.organisation_folder)
    document = read_policy_folder(settings.policy_folder)
    policy, sha256 = policy_of(document, path=settings.policy_folder), policy_hash(document)
    check_golden(policy)
    signed = verify(policy=policy, sha256=sha256, signatures=read_signatures(settings.policy_folder), organisation=organisation)
    parties = ", ".join(f"{each.signature.party}: {each.signature.person}" for each in signed)
    sentence = context.say("policy.check.good", id=policy.id, version=policy.version, hash=sha256, parties=parties)
    sys.stdout.write(f"{sentence}\n")
    counted = Counter(policy.status_of(rule) for rule in policy.obligations.rules)
    told = context.say(
        "policy.check.counts",
        cases=len(list(policy.golden.cases())),
        obligations=len(policy.obligations.rules),
        sourced=counted["S"],
        partly=counted["S/A"],
        assumed=counted["A"],
        legacy=counted["L"],
    )
    sys.stdout.write(f"{told}\n")
    return 0
