"""A signed folder of one's own: what is not as it was signed is refused by name, at the start and while it runs."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from correlator.compiler.rejection import Reason
from correlator.compiler.ruleset import compile_folders
from correlator.packs.manifest import hashes_of
from correlator.packs.seal import seal_of
from correlator.packs.signature import SIGNATURE, read_signature, sign
from correlator.rule_reload import RuleReload
from khien.errors import KhienError

#: RFC 8032, section 7.1, test 1: the secret key and its public half.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def rule(number: int, action: str = "login") -> str:
    return (
        f"title: Rule {number}\nid: 11111111-1111-4111-8111-{number:012d}\nname: r{number}\nlevel: low\n"
        f"logsource: {{product: khien, service: host.auth}}\ndetection: {{s: {{event.action: {action}}}, condition: s}}\n"
    )


def seal(folder: Path) -> None:
    files = {path.name: path.read_bytes() for path in folder.glob("*.yml")}
    key = Ed25519PrivateKey.from_private_bytes(SECRET)
    (folder / SIGNATURE).write_bytes(sign(hashes_of(files), name="p", signed="2026-11-23T00:00:00.000000Z", key=key))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        (tmp_path / f"r{number}.yml").write_text(rule(number))
    (tmp_path / "site.yml").write_text("time_zone: Asia/Ho_Chi_Minh\n")
    seal(tmp_path)
    return tmp_path


def told(folder: Path) -> list[str]:
    compiled = compile_folders([folder])
    assert {one.reason for one in compiled.rejections} <= {Reason.PACK_ALTERED}
    return [one.sentence() for one in compiled.rejections]


def test_the_signature_says_whose_it_is(folder: Path) -> None:
    document = orjson.loads((folder / SIGNATURE).read_bytes())
    assert base64.b64decode(document["public_key"]) == PUBLIC
    found = seal_of(folder)
    assert found is not None
    assert found.signer == hashlib.sha256(PUBLIC).hexdigest()[:32]
    assert told(folder) == []


def test_one_changed_byte_is_named_and_the_other_rules_run(folder: Path) -> None:
    (folder / "r1.yml").write_text(rule(1, "logon"))
    assert told(folder) == ["r1.yml: The file is not as its pack recorded it: changed since pack.sig.json was written"]
    assert compile_folders([folder]).compiled == 2


def test_a_time_zone_that_was_changed_changes_every_rule(folder: Path) -> None:
    (folder / "site.yml").write_text("time_zone: UTC\n")
    assert len(told(folder)) == 3
    assert "site.yml" in told(folder)[0]


@pytest.mark.parametrize("change", ["signature", "hash", "key", "form", "empty"])
def test_a_signature_that_does_not_hold_vouches_for_nothing(folder: Path, change: str) -> None:
    document = orjson.loads((folder / SIGNATURE).read_bytes())
    if change == "hash":
        (folder / "r1.yml").write_text(rule(1, "logon"))
        document["files"]["r1.yml"] = hashes_of({"r1.yml": (folder / "r1.yml").read_bytes()})["r1.yml"]
    elif change == "signature":
        document["signature"] = document["signature"].replace(
            document["signature"][0], "B" if document["signature"][0] != "B" else "C", 1
        )
    elif change == "key":
        document["public_key"] = "AAAA"
    elif change == "form":
        document["files"] = ["r1.yml"]
    content = b"" if change == "empty" else orjson.dumps(document)
    (folder / SIGNATURE).write_bytes(content)
    with pytest.raises(KhienError) as caught:
        read_signature(content, path="p")
    assert caught.value.code == "pack.signature_invalid"
    assert len(told(folder)) == 3


def test_while_it_runs_a_changed_rule_goes_on_as_it_was_signed_and_health_names_it(folder: Path) -> None:
    running = RuleReload([folder])
    (folder / "r1.yml").write_text(rule(1, "logon"))
    assert running.look()
    rules = running.take()
    assert rules is not None
    assert rules.compiled == 3
    assert "11111111-1111-4111-8111-000000000001" in rules.kept
    trouble = running.trouble()
    assert trouble is not None
    assert (trouble.code, trouble.location) == ("rule.pack_altered", "r1.yml")
    seal(folder)
    assert running.look(again=True)
    assert running.trouble() is None
