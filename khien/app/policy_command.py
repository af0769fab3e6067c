"""`khien policy check`: whether a policy is whole and signed by both sides."""

from __future__ import annotations

import sys

from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import policy_hash, policy_of, read_policy_folder
from incident_api.coordination.signatures import read_signatures, verify
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of


def check(context: Context) -> int:
    """Schema, totality, hash and both signatures; the first fault is the error."""
    context.arguments.organisation = context.arguments.folder
    context.arguments.database = None
    settings = settings_of(context)
    organisation = Organisation.load(settings.organisation_folder)
    document = read_policy_folder(settings.policy_folder)
    policy, sha256 = policy_of(document, path=settings.policy_folder), policy_hash(document)
    signed = verify(policy=policy, sha256=sha256, signatures=read_signatures(settings.policy_folder), organisation=organisation)
    parties = ", ".join(f"{each.signature.party}: {each.signature.person}" for each in signed)
    sentence = context.say("policy.check.good", id=policy.id, version=policy.version, hash=sha256, parties=parties)
    sys.stdout.write(f"{sentence}\n")
    return 0
