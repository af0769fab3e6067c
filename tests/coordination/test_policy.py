"""The signed policy: what puts it in force, and what must not."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

import pytest
import yaml

from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import Policy, policy_hash, policy_of, read_policy_folder
from incident_api.coordination.signatures import read_signatures, verify
from incident_api.coordination.signing import sign_with_fresh_keys
from khien.clock import ManualClock, parse_utc
from khien.errors import KhienError

ROOT = Path(__file__).resolve().parents[2]
CLOCK = ManualClock(parse_utc("2026-11-23T02:00:00Z"))


@pytest.fixture
def city(tmp_path: Path) -> Path:
    for name in ("vn-2026", "example"):
        shutil.copytree(ROOT / "coordination" / name, tmp_path / name)
    return tmp_path


def check(city: Path) -> Policy:
    document = read_policy_folder(city / "vn-2026")
    policy = policy_of(document, path=city / "vn-2026")
    organisation = Organisation.load(city / "example")
    signatures = read_signatures(city / "vn-2026")
    verify(policy=policy, sha256=policy_hash(document), signatures=signatures, organisation=organisation)
    return policy


def refusal(city: Path) -> str:
    with pytest.raises(KhienError) as caught:
        check(city)
    return caught.value.code


def resign(city: Path, *signers: tuple[str, str]) -> None:
    sign_with_fresh_keys(policy_folder=city / "vn-2026", organisation_folder=city / "example", signers=signers, clock=CLOCK)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_policy_is_signed_by_both_sides_over_the_files_as_they_are() -> None:
    assert check(ROOT / "coordination").id == "vn-2026"


def test_no_private_key_is_in_the_repository() -> None:
    for path in (ROOT / "coordination").rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert "PRIVATE" not in text, path
        assert "private:" not in text, path


ONE_CHARACTER = {
    "policy": ("en: Response team", "en: response team"),
    "assignment": ("en: The shift leads", "en: The shift Leads"),
    "acknowledge": ("minutes: 5", "minutes: 6"),
    "basis": ("(classes of severity)", "(classes of Severity)"),
}


@pytest.mark.parametrize("part", ONE_CHARACTER)
def test_one_changed_character_in_any_file_breaks_the_signatures(city: Path, part: str) -> None:
    edit(city / "vn-2026" / f"{part}.yaml", *ONE_CHARACTER[part])
    assert refusal(city) == "policy.changed_after_signing"


def test_a_comment_or_another_order_of_keys_does_not_break_the_signatures(city: Path) -> None:
    path = city / "vn-2026" / "acknowledge.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    backwards = dict(reversed(list(document.items())))
    path.write_text("# another comment\n" + yaml.safe_dump(backwards, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert check(city).id == "vn-2026"


def test_text_in_decomposed_form_has_the_same_hash(city: Path) -> None:
    path = city / "vn-2026" / "policy.yaml"
    text = path.read_text(encoding="utf-8")
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    path.write_text(decomposed, encoding="utf-8")
    assert check(city).id == "vn-2026"


def test_one_side_alone_puts_nothing_in_force(city: Path) -> None:
    resign(city, ("city_pc_office", "pc_office.head"), ("city_pc_office", "pc_office.deputy"))
    assert refusal(city) == "policy.not_signed_by_both"
    resign(city, ("city_police", "police.investigator.1"))
    assert refusal(city) == "policy.not_signed_by_both"
    resign(city)
    assert refusal(city) == "policy.not_signed_by_both"


def test_both_sides_from_one_home_put_nothing_in_force(city: Path) -> None:
    edit(city / "example" / "organisation.yaml", "city_pc_office: vp-ubnd", "city_pc_office: ca-tp")
    edit(
        city / "example" / "organisation.yaml",
        "roles: [police.investigator], home: ca-tp}\n  unit",
        "roles: [pc_office.head], home: ca-tp}\n  unit",
    )
    resign(city, ("city_pc_office", "police.investigator.2"), ("city_police", "police.investigator.1"))
    assert refusal(city) == "policy.same_home"


def test_a_person_without_a_signing_role_cannot_sign(city: Path) -> None:
    resign(city, ("city_pc_office", "owner.approver"), ("city_police", "police.investigator.1"))
    assert refusal(city) == "policy.wrong_signer"


def test_nobody_signs_for_the_other_party(city: Path) -> None:
    resign(city, ("city_police", "pc_office.head"), ("city_police", "police.investigator.1"))
    assert refusal(city) == "policy.wrong_signer"


def test_a_signature_made_with_another_key_is_refused(city: Path) -> None:
    kept = (city / "vn-2026" / "signatures.yaml").read_text(encoding="utf-8")
    resign(city, ("city_pc_office", "pc_office.head"), ("city_police", "police.investigator.1"))
    fresh = yaml.safe_load((city / "vn-2026" / "signatures.yaml").read_text(encoding="utf-8"))
    old = yaml.safe_load(kept)
    fresh["signatures"][0]["signature"] = old["signatures"][0]["signature"]
    (city / "vn-2026" / "signatures.yaml").write_text(yaml.safe_dump(fresh, allow_unicode=True), encoding="utf-8")
    assert refusal(city) == "policy.bad_signature"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  - id: p99\n    when: {}", "  - id: p99\n    when: {levels: [low]}", "last assignment rule"),
        ("lead: leader\n", "lead: nobody\n", "lead of rule p02"),
        ("role: irt.leader", "role: irt.king", "role of rule p01"),
        ("basis: B01", "basis: B99", "basis of rule p01"),
        ("any_account: true", "any_account: false", "last rung"),
        ("asset_level_at_least: 4", "asset_level_at_least: 9", "less than or equal"),
        ("levels: [critical], asset_level", "level: [critical], asset_level", "Extra inputs"),
    ],
)
def test_a_policy_that_leaves_somebody_out_is_refused_and_says_where(city: Path, old: str, new: str, says: str) -> None:
    edit(city / "vn-2026" / "assignment.yaml", old, new)
    with pytest.raises(KhienError) as caught:
        check(city)
    assert caught.value.code == "policy.invalid"
    assert says in caught.value.sentence()


def test_a_level_without_a_deadline_is_refused(city: Path) -> None:
    edit(city / "vn-2026" / "acknowledge.yaml", "  medium:\n", "  medium_:\n")
    assert refusal(city) == "policy.invalid"


HOSTILE: dict[str, str | bytes] = {
    "alias bomb": "a: &a [x,x]\nb: [*a,*a]\n",
    "python tag": "a: !!python/object/apply:os.system ['true']\n",
    "deep": "a: " + "[" * 2000 + "]" * 2000 + "\n",
    "twice": "id: a\nid: b\n",
    "not a mapping": "- 1\n",
    "not UTF-8": b"a: \xff\n",
    "large": "a: " + "x" * (1 << 20) + "\n",
    "nothing": "",
    "broken": "a: [1,\n",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_one_clear_error(city: Path, case: str) -> None:
    content = HOSTILE[case]
    raw = content if isinstance(content, bytes) else content.encode()
    (city / "vn-2026" / "assignment.yaml").write_bytes(raw)
    with pytest.raises(KhienError) as caught:
        check(city)
    assert caught.value.code == "policy.unreadable"
    assert "assignment.yaml" in caught.value.sentence()


def test_a_missing_file_is_named(city: Path) -> None:
    (city / "vn-2026" / "basis.yaml").unlink()
    with pytest.raises(KhienError, match=r"basis\.yaml"):
        check(city)


def test_the_policy_holds_on_its_own_days_only() -> None:
    policy = check(ROOT / "coordination")
    assert policy.is_effective(parse_utc("2026-06-30T17:00:00Z"))  # 1 July 00:00 in the city
    assert not policy.is_effective(parse_utc("2026-06-30T16:59:59Z"))


def test_every_text_stands_in_both_languages_and_every_basis_has_a_text() -> None:
    policy = check(ROOT / "coordination")
    for rule in policy.rules:
        assert rule.text.vi != rule.text.en
        assert policy.bases[rule.basis].text.vi.startswith("Căn cứ: ")
    assert {basis.status for basis in policy.bases.values()} <= {"S", "A", "L", "S/A"}
