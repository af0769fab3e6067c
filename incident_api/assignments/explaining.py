"""The stored reason of an assignment: codes of what was compared, and texts copied in: a later policy changes no old reason."""

from __future__ import annotations

from typing import Any

from incident_api.coordination.assignment import Decision, Facts, holds
from incident_api.organisation.parts import Text
from incident_api.runtime import PolicyInForce


def of_decision(policy: PolicyInForce, decision: Decision, *, rota_version: str) -> dict[str, Any]:
    """Policy and rota, matched rules, every rung and every candidate with exclusion or scores, and the hash of the inputs."""
    return _with_texts(
        policy,
        {
            **_head(policy, rota_version),
            "matched": list(decision.matched),
            "deciding_rule": decision.deciding_rule,
            "lead": decision.lead,
            "rungs": [{"id": each.id, "eligible": each.eligible} for each in decision.rungs],
            "weighed": [
                {"person": each.person, "exclusion": each.exclusion, "scores": dict(each.scores)} for each in decision.weighed
            ],
            "decided_by": decision.decided_by,
            "is_unattended": decision.is_unattended,
            "inputs_sha256": decision.inputs_sha256,
        },
    )


def of_name(policy: PolicyInForce, facts: Facts, *, decided_by: str, is_unattended: bool, rota_version: str) -> dict[str, Any]:
    """Somebody was named by a person or by the ladder; nothing was weighed."""
    matched = [rule for rule in policy.policy.rules if holds(rule, facts, unknown_level=policy.policy.unknown_asset_level)]
    return _with_texts(
        policy,
        {
            **_head(policy, rota_version),
            "matched": [rule.id for rule in matched],
            "deciding_rule": matched[0].id,
            "lead": matched[0].lead,
            "rungs": [],
            "weighed": [],
            "decided_by": decided_by,
            "is_unattended": is_unattended,
            "inputs_sha256": "",
        },
    )


def _head(policy: PolicyInForce, rota_version: str) -> dict[str, Any]:
    return {
        "policy_id": policy.policy.id,
        "policy_version": policy.policy.version,
        "policy_sha256": policy.sha256,
        "rota_version": rota_version,
    }


def _with_texts(policy: PolicyInForce, explanation: dict[str, Any]) -> dict[str, Any]:
    rules, bases = {rule.id: rule for rule in policy.policy.rules}, policy.policy.bases
    return {
        **explanation,
        "rules": [
            {
                "id": rule_id,
                "text": _words(rules[rule_id].text),
                "basis": {
                    "id": rules[rule_id].basis,
                    "status": bases[rules[rule_id].basis].status,
                    "text": _words(bases[rules[rule_id].basis].text),
                },
            }
            for rule_id in explanation["matched"]
        ],
        "lead_text": _words(policy.policy.leads[explanation["lead"]]),
        "rung_texts": {rung.id: _words(rung.text) for rung in policy.policy.ladder},
    }


def _words(text: Text) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en}
