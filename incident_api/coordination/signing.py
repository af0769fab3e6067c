"""Sign a policy with fresh keys: `python -m incident_api.coordination.signing POLICY ORGANISATION PARTY:PERSON PARTY:PERSON`.

For the example city and for tests: the private keys live in this process only and are gone when it ends, so that the repository
never holds one; `keys.yaml` of the organisation and `signatures.yaml` of the policy are written anew. A city signs
with its own keys.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from incident_api.coordination.golden_run import check_golden
from incident_api.coordination.policy import policy_hash, policy_of, read_policy_folder
from incident_api.coordination.signatures import FILE, part_hashes, sign
from khien.clock import Clock, SystemClock, format_utc

_HEADER = "# Made by `python -m incident_api.coordination.signing`; the private keys were never stored.\n"


def sign_with_fresh_keys(
    *, policy_folder: Path, organisation_folder: Path, signers: tuple[tuple[str, str], ...], clock: Clock
) -> dict[str, Ed25519PrivateKey]:
    """Write keys and signatures of these (party, person) pairs; the private keys are returned for tests and otherwise forgotten."""
    document = read_policy_folder(policy_folder)
    check_golden(policy_of(document, path=policy_folder))
    sha256 = policy_hash(document)
    signed_at = format_utc(clock.now_us())[:19] + "Z"
    keys: dict[str, dict[str, str]] = {}
    signatures = []
    private_keys: dict[str, Ed25519PrivateKey] = {}
    for party, person in signers:
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
        key_id = f"{person}-{public.hex()[:8]}"
        private_keys[person] = key
        keys[key_id] = {"person": person, "public": base64.b64encode(public).decode("ascii")}
        signatures.append(
            {
                "party": party,
                "person": person,
                "signed_at": signed_at,
                "method": "ed25519",
                "key_id": key_id,
                "sha256": sha256,
                "signature": sign(key, sha256),
            }
        )
    _write(organisation_folder / "keys.yaml", keys)
    _write(policy_folder / FILE, {"signatures": signatures, "parts": part_hashes(document)})
    return private_keys


def _write(path: Path, content: object) -> None:
    path.write_text(_HEADER + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")


def main() -> None:
    """Command line."""
    policy, organisation, *pairs = sys.argv[1:]
    signers = tuple((party, person) for party, _, person in (pair.partition(":") for pair in pairs))
    sign_with_fresh_keys(policy_folder=Path(policy), organisation_folder=Path(organisation), signers=signers, clock=SystemClock())


if __name__ == "__main__":
    main()
