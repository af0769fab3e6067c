"""A version of the rules comes into force by two hands of different homes and in no other way; what is bad is refused by name."""

from __future__ import annotations

import base64
import io
import tarfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from incident_api.audit.models import AuditRow
from incident_api.coordination import differences, life
from incident_api.coordination.models import PolicyRow
from incident_api.coordination.policy import ALL_PARTS
from incident_api.coordination.service import load
from incident_api.coordination.signatures import short_form, sign
from incident_api.coordination.signing import sign_with_fresh_keys
from incident_api.jobs.ticker import Ticker
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS, ManualClock
from khien.errors import KhienError
from tests.incident_api.city import ROOT, START_US, Page, city, settings_in

SHIPPED = ROOT / "coordination" / "vn-2026"
SIGNERS = (("city_pc_office", "pc_office.head"), ("city_police", "police.investigator.1"))
DAY = 24 * 3600 * MICROSECONDS
SCAN = "5" * 64


def files(**changed: Any) -> dict[str, str]:
    """The shipped files; `policy=("old", "new")` changes a text in policy.yaml."""
    found = {
        path.relative_to(SHIPPED).as_posix(): path.read_text(encoding="utf-8")
        for path in SHIPPED.rglob("*.yaml")
        if path.name != "signatures.yaml"
    }
    for part, (old, new) in changed.items():
        assert old in found[f"{part}.yaml"]
        found[f"{part}.yaml"] = found[f"{part}.yaml"].replace(old, new, 1)
    return found


AMENDED = {"policy": ('version: "2026.1"', 'version: "2026.2"')}
FUTURE = {"policy": ('effective_from: "2026-07-01"', 'effective_from: "2026-12-01"')}


class Parties:
    """The two keys, and pages of everybody who has a part."""

    def __init__(self, runtime: Runtime, keys: dict[str, Ed25519PrivateKey]) -> None:
        self.runtime = runtime
        self.keys = keys
        self.leader = Page(runtime, "irt.leader")

    def draft(self, **changed: Any) -> dict[str, Any]:
        answer = self.leader.post("/policy/versions", {"files": files(**changed)})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def sign(self, sha256: str, person: str, *, party: str | None = None, by: str | None = None) -> Any:
        key_id = next(name for name, key in self.runtime.organisation.keys.items() if key.person == person)
        body = {
            "party": party or {name: each for each, name in SIGNERS}[person],
            "person": person,
            "signed_at": "2026-11-23T02:00:00Z",
            "key_id": key_id,
            "sha256": sha256,
            "signature": sign(self.keys[person], sha256),
        }
        return Page(self.runtime, by or person).post(f"/policy/versions/{sha256}/signatures", body)

    def paper(self, sha256: str, by: str, **changed: str) -> Any:
        body = {
            "party": "city_police",
            "person": "police.investigator.1",
            "signed_at": "2026-11-20",
            "document_number": "45/QC-CATP",
            "scan_sha256": SCAN,
            "typed": short_form(sha256).upper(),
            **changed,
        }
        return Page(self.runtime, by).post(f"/policy/versions/{sha256}/paper", body)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_US)


@pytest.fixture
def parties(tmp_path: Path, clock: ManualClock) -> Iterator[Parties]:
    settings = settings_in(tmp_path)
    keys = sign_with_fresh_keys(
        policy_folder=settings.policy_folder, organisation_folder=settings.organisation_folder, signers=SIGNERS, clock=clock
    )
    with city(tmp_path, clock=clock) as runtime:
        yield Parties(runtime, keys)


def acts(runtime: Runtime) -> list[str]:
    with runtime.database.read() as session:
        return [row.act for row in session.query(AuditRow).order_by(AuditRow.seq) if row.act.startswith("policy.")]


def test_a_draft_that_both_sides_sign_replaces_the_rules_in_force(parties: Parties) -> None:
    before = parties.runtime.policy.sha256
    version = parties.draft(**AMENDED)
    assert (version["state"], version["version"]) == ("draft", "2026.2")
    first = parties.sign(version["sha256"], "pc_office.head")
    assert (first.status_code, first.json()["state"]) == (200, "signed_a")
    assert parties.runtime.policy.sha256 == before  # one side alone changes nothing
    second = parties.sign(version["sha256"], "police.investigator.1")
    assert (second.status_code, second.json()["state"]) == (200, "in_force")
    assert parties.runtime.policy.sha256 == version["sha256"]
    listed = {each["sha256"]: each["state"] for each in parties.leader.get("/policy/versions").json()["versions"]}
    assert listed == {before: "superseded", version["sha256"]: "in_force"}
    steps = second.json()["steps"]
    assert [(each["act"], each["to_state"]) for each in steps] == [
        ("draft", "draft"),
        ("sign", "signed_a"),
        ("sign", "signed"),
        ("in_force", "in_force"),
    ]
    # The folder on disk still holds the version before: a restart does not bring it back.
    assert load(parties.runtime, parties.runtime.settings.policy_folder) is None
    assert parties.runtime.policy.sha256 == version["sha256"]


def test_a_second_process_learns_what_the_first_put_in_force_at_its_next_bell(
    parties: Parties, tmp_path: Path, clock: ManualClock
) -> None:
    with city(tmp_path, clock=clock, log_ins=False) as second:
        before = second.policy.sha256
        assert not life.follow(second)
        version = parties.draft(**AMENDED)
        for _, person in SIGNERS:
            parties.sign(version["sha256"], person)
        assert (parties.runtime.policy.sha256, second.policy.sha256) == (version["sha256"], before)
        ticker = Ticker(second)
        wait(ticker.ring())
        ticker.stop()
        assert (second.policy.sha256, second.policy.policy.version) == (version["sha256"], "2026.2")


def test_what_was_altered_in_the_store_is_not_followed(parties: Parties, tmp_path: Path, clock: ManualClock) -> None:
    with city(tmp_path, clock=clock, log_ins=False) as second:
        before = second.policy.sha256
        version = parties.draft(**AMENDED)
        for _, person in SIGNERS:
            parties.sign(version["sha256"], person)
        with parties.runtime.database.write() as session:
            row = session.get_one(PolicyRow, version["sha256"])
            row.document = {**row.document, "policy": {**row.document["policy"], "version": "2026.3"}}
        with pytest.raises(KhienError) as caught:
            life.follow(second)
        assert caught.value.code == "policy.changed_after_signing"
        assert second.policy.sha256 == before


@pytest.mark.parametrize(
    ("last", "light", "word"),
    [("2027-01-23", "ok", "có hiệu lực"), ("2027-01-22", "degraded", "còn 60 ngày"), ("2026-11-22", "degraded", "đã hết hiệu lực")],
)
def test_health_says_in_time_that_the_rules_end(parties: Parties, last: str, light: str, word: str) -> None:
    in_force = parties.runtime.policy
    ending = in_force.policy.model_copy(update={"effective_to": last})
    parties.runtime.put_in_force(replace(in_force, policy=ending))
    checks = {each["name"]: each for each in Page(parties.runtime, None).get("/health").json()["checks"]}
    assert checks["policy"]["light"] == light
    assert word in checks["policy"]["text"]["vi"]


def test_rules_signed_for_the_future_wait_for_their_first_day(parties: Parties, clock: ManualClock) -> None:
    before = parties.runtime.policy.sha256
    version = parties.draft(**FUTURE)
    parties.sign(version["sha256"], "police.investigator.1")
    assert parties.sign(version["sha256"], "pc_office.head").json()["state"] == "signed"
    assert life.activate(parties.runtime, clock.now_us()) == "nothing is due"
    assert parties.runtime.policy.sha256 == before
    # 30/11/2026 23:59 in the city, and one minute later.
    midnight = START_US + 7 * DAY + 15 * 3600 * MICROSECONDS
    life.activate(parties.runtime, midnight - 60 * MICROSECONDS)
    assert parties.runtime.policy.sha256 == before
    assert "is in force" in life.activate(parties.runtime, midnight)
    assert parties.runtime.policy.sha256 == version["sha256"]


@pytest.mark.parametrize(
    ("person", "party", "by", "code"),
    [
        ("pc_office.head", None, "pc_office.deputy", "policy.wrong_signer"),  # handed in by somebody else
        ("pc_office.head", "city_police", None, "policy.wrong_signer"),  # for the other party
    ],
)
def test_a_signature_is_given_by_its_own_person_for_its_own_party(
    parties: Parties, person: str, party: str | None, by: str | None, code: str
) -> None:
    version = parties.draft(**AMENDED)
    answer = parties.sign(version["sha256"], person, party=party, by=by)
    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_a_signature_over_another_hash_and_a_second_of_the_same_side_are_refused(parties: Parties) -> None:
    version = parties.draft(**AMENDED)
    parties.keys["pc_office.head"], kept = Ed25519PrivateKey.generate(), parties.keys["pc_office.head"]
    assert parties.sign(version["sha256"], "pc_office.head").json()["code"] == "policy.bad_signature"
    parties.keys["pc_office.head"] = kept
    assert parties.sign(version["sha256"], "pc_office.head").status_code == 200
    assert parties.sign(version["sha256"], "pc_office.head").json()["code"] == "policy.already_signed"


def test_paper_counts_when_two_persons_of_different_homes_typed_the_same(parties: Parties) -> None:
    version = parties.draft(**AMENDED)
    sha256 = version["sha256"]
    parties.sign(sha256, "pc_office.head")
    assert parties.paper(sha256, "pc_office.head", typed="0000-0000-0000-0000").json()["code"] == "policy.hash_differs"
    first = parties.paper(sha256, "pc_office.head")
    assert (first.json()["state"], len(first.json()["paper"])) == ("signed_a", 1)
    assert parties.paper(sha256, "pc_office.head").json()["code"] == "policy.paper_same_person"
    assert parties.paper(sha256, "pc_office.deputy").json()["code"] == "policy.same_home"
    other = parties.paper(sha256, "police.investigator.2", document_number="46/QC-CATP")
    assert (other.json()["code"], other.json()["params"]["field"]) == ("policy.paper_differs", "document_number")
    second = parties.paper(sha256, "police.investigator.2")
    assert second.json()["state"] == "in_force"
    (paper,) = [each for each in second.json()["signatures"] if each["method"] == "paper"]
    assert (paper["document_number"], paper["scan_sha256"], paper["side"]) == ("45/QC-CATP", SCAN, "B")
    assert [each["id"] for each in paper["entered_by"]] == ["pc_office.head", "police.investigator.2"]
    assert acts(parties.runtime).count("policy.paper") == 1


def test_a_signature_on_paper_that_nobody_entered_decides_nothing(parties: Parties) -> None:
    version = parties.draft(**AMENDED)
    parties.sign(version["sha256"], "pc_office.head")
    for person in ("pc_office.head", "police.investigator.2"):
        parties.paper(version["sha256"], person)
    assert load(parties.runtime, parties.runtime.settings.policy_folder) is None
    with parties.runtime.database.write() as session:
        row = session.get_one(PolicyRow, version["sha256"])
        row.signatures = [{**each, "scan_sha256": "6" * 64} if each["method"] == "paper" else each for each in row.signatures]
    refused = load(parties.runtime, parties.runtime.settings.policy_folder)
    assert refused is not None
    assert refused.code == "policy.changed_after_signing"


def test_a_withdrawn_version_cannot_be_signed_and_does_not_come_back(parties: Parties) -> None:
    version = parties.draft(**AMENDED)
    parties.sign(version["sha256"], "pc_office.head")
    answer = parties.leader.post(f"/policy/versions/{version['sha256']}/withdrawal", {"reason": "Sai số phiên bản"})
    assert answer.json()["state"] == "withdrawn"
    assert parties.sign(version["sha256"], "police.investigator.1").json()["code"] == "policy.state"
    again = parties.leader.post("/policy/versions", {"files": files(**AMENDED)})
    assert (again.status_code, again.json()["code"]) == (409, "policy.already_known")
    in_force = parties.leader.post(f"/policy/versions/{parties.runtime.policy.sha256}/withdrawal", {"reason": "x"})
    assert in_force.json()["code"] == "policy.state"


def without_next_year(made: dict[str, str]) -> None:
    del made["calendar/2027.yaml"]


def rule_without_basis(made: dict[str, str]) -> None:
    made["obligations.yaml"] = made["obligations.yaml"].replace("basis: B01", "basis: B99", 1)


def alias_bomb(made: dict[str, str]) -> None:
    made["week.yaml"] = "a: &a [x, x]\nb: [*a, *a]\n" + made["week.yaml"]


def no_part(made: dict[str, str]) -> None:
    del made["sharing.yaml"]


def wrong_case(made: dict[str, str]) -> None:
    made["severity.yaml"] = made["severity.yaml"].replace("more_than: 240", "more_than: 400", 1)


def ends_before_it_begins(made: dict[str, str]) -> None:
    made["policy.yaml"] = made["policy.yaml"].replace("effective_to: null", 'effective_to: "2026-01-01"')


def shadowed(made: dict[str, str]) -> None:
    made["assignment.yaml"] = made["assignment.yaml"].replace("when: {asset_level_at_most: 2}", "when: {asset_level_at_most: 5}", 1)


def not_a_policy_file(made: dict[str, str]) -> None:
    made["../keys.yaml"] = "x: 1"


BAD = {
    without_next_year: ("policy.calendar", "2027"),
    rule_without_basis: ("policy.invalid", "B99"),
    alias_bomb: ("policy.unreadable", "week.yaml"),
    no_part: ("policy.invalid", "sharing"),
    wrong_case: ("policy.golden", "G33"),
    ends_before_it_begins: ("policy.invalid", "effective_to"),
    shadowed: ("policy.shadowed_rule", "p07"),
    not_a_policy_file: ("policy.upload", "keys.yaml"),
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda each: each.__name__)
def test_a_bad_upload_is_refused_with_what_to_mend_and_the_running_rules_stay(parties: Parties, spoil: Any) -> None:
    before, made = parties.runtime.policy.sha256, files()
    spoil(made)
    answer = parties.leader.post("/policy/versions", {"files": made})
    code, says = BAD[spoil]
    assert (answer.status_code >= 400, answer.json()["code"]) == (True, code)
    assert says in answer.json()["text"]["vi"]
    assert parties.runtime.policy.sha256 == before
    assert len(parties.leader.get("/policy/versions").json()["versions"]) == 1


def packed(kind: str) -> str:
    made, buffer = files(**AMENDED), io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in made.items():
                archive.writestr(f"vn-2026/{name}", content)
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, content in made.items():
                info = tarfile.TarInfo(name)
                info.size = len(content.encode())
                tar.addfile(info, io.BytesIO(content.encode()))
    return base64.b64encode(buffer.getvalue()).decode()


def test_a_folder_as_zip_and_as_tar_is_the_same_version(parties: Parties) -> None:
    answer = parties.leader.post("/policy/versions", {"archive": packed("zip")})
    assert answer.status_code == 201, answer.text
    again = parties.leader.post("/policy/versions", {"archive": packed("tar")})
    assert (again.json()["code"], answer.json()["short"] in again.json()["detail"]) == ("policy.already_known", True)


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("week.yaml", b"\0" * (64 << 20))
    return buffer.getvalue()


def linked() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("week.yaml")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    return buffer.getvalue()


@pytest.mark.parametrize("content", [bomb(), linked(), b"PK\x03\x04 and nothing", b"", b"\x1f\x8b\x08"], ids=range(5))
def test_a_hostile_archive_is_refused_in_one_sentence(parties: Parties, content: bytes) -> None:
    answer = parties.leader.post("/policy/versions", {"archive": base64.b64encode(content).decode()})
    assert (answer.status_code, answer.json()["code"]) in {(422, "policy.upload"), (422, "policy.invalid")}


def test_the_differences_are_told_in_words_and_old_cases_are_asked(parties: Parties) -> None:
    made = files(**AMENDED)
    # Two hours become one, with the worked case that names them.
    made["obligations.yaml"] = made["obligations.yaml"].replace(
        "due: [{clock: class, hours: 2}]", "due: [{clock: class, hours: 1}]", 1
    )
    golden = yaml.safe_load(made["golden.yaml"])
    for case in golden["timelines"]:
        if "WR" in case["due"]:
            hours = {"K02": "03:10", "K04": "10:10", "K06": "13:00"}
            case["due"]["WR"] = [f"{case['due']['WR'][0][:11]}{hours[case['id']]}"]
    made["golden.yaml"] = yaml.safe_dump(golden, allow_unicode=True)
    answer = parties.leader.post("/policy/versions", {"files": made})
    assert answer.status_code == 201, answer.text
    sha256 = answer.json()["sha256"]
    found = parties.leader.get(f"/policy/versions/{sha256}/differences").json()
    (changed,) = [each for each in found["rules"] if each["part"] == "obligations"]
    assert (changed["name"], changed["before"], changed["after"]) == ("WR", "2", "1")
    assert changed["text"]["vi"] == "Nghĩa vụ thông báo · rules/WR/due/0/hours “Báo bằng văn bản”: 2 → 1"
    assert {each["name"] for each in found["cases"]} == {each["case"] for each in found["old_cases"]} == {"K02", "K04", "K06"}


def test_every_part_of_a_policy_is_compared() -> None:
    assert set(differences.PARTS) == {*ALL_PARTS, "calendar"}


def test_a_store_whose_policy_was_edited_is_refused_at_the_next_load(parties: Parties) -> None:
    with parties.runtime.database.write() as session:
        session.execute(text("""UPDATE policies SET document = replace(document, '"hours": 24', '"hours": 48')"""))
    refused = load(parties.runtime, parties.runtime.settings.policy_folder)
    # The folder still holds what was signed, so its own bytes are kept; the row's are not what was signed.
    assert refused is None or refused.code == "policy.changed_after_signing"
    with pytest.raises(Exception, match="changed after signing"), parties.runtime.database.read() as session:
        life.checked(parties.runtime, session, session.get_one(PolicyRow, parties.runtime.policy.sha256))
