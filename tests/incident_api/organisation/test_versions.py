"""Versions of the organisation: previewed, adopted, followed; what is broken changes nothing and says what to mend."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.opening import opened
from incident_api.organisation import importing, versions
from incident_api.organisation.models import OrganisationVersion
from incident_api.organisation.writing import as_csv, as_yaml
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.sessions.models import SecondFactor
from khien.clock import ManualClock
from khien.errors import KhienError
from tests.incident_api.city import PASSWORD, START_US, Page, city, settings_in


def edit(folder: Path, old: str, new: str, *, name: str = "organisation.yaml") -> None:
    path = folder / "example" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def with_host(runtime: Runtime, name: str = "may-moi") -> dict[str, str]:
    return {"hosts.csv": as_csv(runtime.organisation)["hosts.csv"] + f"{name},mail,,\r\n"}


def adopted(runtime: Runtime, files: dict[str, str]) -> int:
    page = Page(runtime, "sysadmin")
    previewed = page.request("PUT", "/organisation/import", json={"files": files})
    assert previewed.status_code == 200, previewed.text
    answer = page.post(f"/organisation/import/{previewed.json()['token']}", {})
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["number"]
    return number


def test_a_preview_says_what_would_change_and_changes_nothing(runtime: Runtime) -> None:
    before = runtime.organisation
    rows = as_csv(before)
    files = {
        **with_host(runtime),
        "units.csv": rows["units.csv"].replace(
            "x-phu-my,Xã Phú Mỹ,Phú Mỹ commune,,,", "x-phu-my,Xã Phú Mỹ,Phú Mỹ commune,,2027-12-31,"
        ),
        "assets.csv": rows["assets.csv"].replace(
            "lan-x-phu-my,Mạng nội bộ Xã Phú Mỹ,Phú Mỹ commune LAN,2,x-phu-my,x-phu-my,,,,,,",
            "lan-x-phu-my,Mạng nội bộ Xã Phú Mỹ,Phú Mỹ commune LAN,2,x-phu-my,x-phu-my,,,,,,2027-12-31",
        ),
        "parties.csv": rows["parties.csv"].replace("city_police,ca-tp", "city_police,tt-dl"),
    }
    answer = Page(runtime, "sysadmin").request("PUT", "/organisation/import", json={"files": files}).json()
    assert answer["counts"] == {"added": 1, "changed": 1, "ended": 2, "removed": 0}
    assert {(each["table"], each["id"], each["kind"]) for each in answer["changes"]} == {
        ("hosts", "may-moi", "added"),
        ("units", "x-phu-my", "ended"),
        ("assets", "lan-x-phu-my", "ended"),
        ("parties", "city_police", "changed"),
    }
    assert runtime.organisation is before
    assert Page(runtime, "sysadmin").get("/organisation").json()["number"] == answer["base"]


def test_an_adopted_import_is_used_at_once_with_one_audit_record_and_survives_a_restart(tmp_path: Path) -> None:
    with city(tmp_path) as runtime:
        inventory = runtime.organisation.inventory_on("2026-11-23")["version"]
        records = Page(runtime, "auditor").get("/audit").json()["records"]
        number = adopted(runtime, with_host(runtime))
        fresh = Page(runtime, "auditor").get("/audit").json()["records"]
        assert [each["act"] for each in fresh[: len(fresh) - len(records)]] == ["organisation.adopted"]
        assert (fresh[0]["actor"], fresh[0]["after"]["changes"]["added"]) == ("sysadmin", 1)
        assert runtime.organisation.registry.asset_of_host("may-moi", day="2026-11-23") == "mail"
        assert runtime.organisation.inventory_on("2026-11-23")["version"] != inventory
        assert verify(runtime).is_whole
    with city(tmp_path) as again:
        assert again.organisation_number == number
        assert again.organisation.registry.asset_of_host("may-moi", day="2026-11-23") == "mail"


def test_the_same_token_again_adopts_nothing_and_another_persons_token_does_not_exist(runtime: Runtime) -> None:
    page = Page(runtime, "sysadmin")
    token = page.request("PUT", "/organisation/import", json={"files": with_host(runtime)}).json()["token"]
    first, second = (page.post(f"/organisation/import/{token}", {}).json()["number"] for _ in range(2))
    assert first == second
    with runtime.database.read() as session:
        states = session.scalars(select(OrganisationVersion.state).order_by(OrganisationVersion.number)).all()
    assert states == ["superseded", "in_force"]
    assert page.post(f"/organisation/import/{'x' * 32}", {}).status_code == 404


def test_a_preview_of_a_version_that_is_no_longer_in_force_is_not_adopted(runtime: Runtime) -> None:
    page = Page(runtime, "sysadmin")
    old = page.request("PUT", "/organisation/import", json={"files": with_host(runtime, "mot")}).json()["token"]
    adopted(runtime, with_host(runtime, "hai"))
    answer = page.post(f"/organisation/import/{old}", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "organisation.changed")
    assert runtime.organisation.registry.asset_of_host("mot", day="2026-11-23") is None


def test_of_two_who_adopt_at_once_one_is_told_to_preview_again(runtime: Runtime) -> None:
    tokens = [importing.preview(runtime, files=with_host(runtime, name), person="sysadmin").token for name in ("mot", "hai")]

    def adopt(token: str) -> str:
        try:
            return str(importing.adopt(runtime, token=token, actor=Actor("sysadmin", "observer", "tt-dl")))
        except KhienError as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(adopt, tokens)) == ["2", "organisation.changed"]
    names = [name for name in ("mot", "hai") if runtime.organisation.registry.asset_of_host(name, day="2026-11-23")]
    assert len(names) == 1


def test_a_preview_ends_after_an_hour(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, "sysadmin")
    token = page.request("PUT", "/organisation/import", json={"files": with_host(runtime)}).json()["token"]
    clock.advance(seconds=3601)
    assert Page(runtime, "sysadmin").post(f"/organisation/import/{token}", {}).status_code == 404


@pytest.mark.parametrize(
    ("table", "old", "new", "code"),
    [
        ("contacts.csv", "national_centre,", "national_center,", "organisation.unreached"),
        ("people.csv", "irt.analyst.1,", "irt.analyst.9,", "organisation.invalid"),
        ("people.csv", "level", "level", "organisation.no_files"),
    ],
)
def test_an_import_that_leaves_a_hole_is_refused_and_the_running_version_stays(
    runtime: Runtime, table: str, old: str, new: str, code: str
) -> None:
    before = runtime.organisation
    text = as_csv(before)[table]
    files = {"x.txt": ""} if old == new else {table: text.replace(f"\n{old}", f"\n{new}", 1)}
    answer = Page(runtime, "sysadmin").request("PUT", "/organisation/import", json={"files": files})
    assert answer.json()["code"] == code
    assert answer.status_code == 422
    assert runtime.organisation is before


def test_a_person_who_is_imported_can_be_given_work_and_one_who_is_gone_is_disabled(runtime: Runtime) -> None:
    text = as_csv(runtime.organisation)
    people = text["people.csv"].replace("\nauditor,", "\nauditor.2,")
    contacts = "".join(line for line in text["contacts.csv"].splitlines(keepends=True) if not line.startswith("auditor,"))
    adopted(runtime, {"people.csv": people, "contacts.csv": contacts})
    with runtime.database.read() as session:
        assert session.get_one(PersonRow, "auditor.2").roles == ["auditor"]
        assert session.get_one(PersonRow, "auditor").is_active is False


def test_who_comes_back_by_an_import_can_be_given_work_but_logs_in_with_a_new_password_only(runtime: Runtime) -> None:
    there = Page(runtime, "irt.analyst.5")
    text = as_csv(runtime.organisation)
    without = {
        "people.csv": "".join(line for line in text["people.csv"].splitlines(keepends=True) if not line.startswith("auditor,")),
        "contacts.csv": "".join(line for line in text["contacts.csv"].splitlines(keepends=True) if not line.startswith("auditor,")),
    }
    auditor = Page(runtime, "auditor")
    adopted(runtime, without)
    assert auditor.get("/session").status_code == 401
    adopted(runtime, {name: text[name] for name in without})
    with runtime.database.read() as session:
        row = session.get_one(PersonRow, "auditor")
        assert (row.is_active, row.password_hash, row.left_us) == (True, None, None)
        assert session.get(SecondFactor, "auditor") is None
        acts = session.scalars(select(AuditRow.act).where(AuditRow.object == "person/auditor").order_by(AuditRow.seq)).all()
        assert list(acts)[-2:] == ["person.disable", "person.return"]
    assert Page(runtime, None).log_in("auditor", PASSWORD).status_code == 401
    given = Page(runtime, "sysadmin").post("/people/auditor/log-in", {}).json()
    assert Page(runtime, None).log_in("auditor", given["password"]).status_code == 200
    assert there.get("/session").status_code == 200


def test_whom_people_put_out_no_import_brings_back(runtime: Runtime) -> None:
    Page(runtime, "sysadmin").post("/people/auditor/disable", {})
    text = as_csv(runtime.organisation)
    adopted(runtime, {"people.csv": text["people.csv"].replace("\nirt.analyst.5,", "\nirt.analyst.5,", 1) + "\n"})
    with runtime.database.read() as session:
        assert session.get_one(PersonRow, "auditor").is_active is False


def test_a_changed_folder_is_adopted_at_the_next_start(tmp_path: Path) -> None:
    with city(tmp_path) as runtime:
        first = runtime.organisation_number
    edit(tmp_path, "name: phan-giai", "name: phan-giai-2")
    with city(tmp_path) as runtime:
        assert runtime.organisation_number > first
        assert runtime.organisation.registry.asset_of_host("phan-giai-2", day="2026-11-23") == "ad"
        second = runtime.organisation_number
    edit(tmp_path, "# The fictional city", "# Our fictional city")
    with city(tmp_path) as runtime:
        assert runtime.organisation_number == second


def test_a_broken_folder_changes_nothing_and_the_page_says_what_to_mend(tmp_path: Path) -> None:
    with city(tmp_path) as runtime:
        first = runtime.organisation_number
    edit(tmp_path, "level: 2, owner: vp-ubnd", "level: 7, owner: vp-ubnd")
    with city(tmp_path) as runtime:
        assert runtime.organisation_number == first
        refused = Page(runtime, "sysadmin").get("/organisation").json()["refused"]
        assert refused["code"] == "organisation.invalid"
        assert "`organisation.yaml`, dòng 25" in refused["text"]["vi"]


def test_the_first_start_with_a_broken_folder_does_not_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    edit(tmp_path, "level: 2, owner: vp-ubnd", "level: 7, owner: vp-ubnd")
    with pytest.raises(KhienError) as caught, opened(settings, clock=ManualClock(START_US)):
        pytest.fail("it started")
    assert caught.value.code == "policy.invalid"


def test_after_an_import_a_changed_file_is_reported_and_not_taken_but_keys_follow(tmp_path: Path) -> None:
    with city(tmp_path) as runtime:
        number = adopted(runtime, with_host(runtime))
    edit(tmp_path, "name: phan-giai", "name: phan-giai-2")
    with city(tmp_path) as runtime:
        assert runtime.organisation_number == number
        assert Page(runtime, "sysadmin").get("/organisation").json()["refused"]["code"] == "organisation.folder_differs"
        # What the command line imports is what the file says, and then file and store agree.
        adopted(runtime, {"organisation.yaml": (tmp_path / "example" / "organisation.yaml").read_text(encoding="utf-8")})
        assert runtime.organisation.registry.asset_of_host("may-moi", day="2026-11-23") is None


def test_an_import_elsewhere_reaches_a_process_that_runs(tmp_path: Path) -> None:
    with city(tmp_path) as server:
        with city(tmp_path, log_ins=False) as command_line:
            adopted(command_line, with_host(command_line))
        assert server.organisation.registry.asset_of_host("may-moi", day="2026-11-23") is None
        assert versions.run(server, START_US) == f"version {server.organisation_number} (new)"
        assert server.organisation.registry.asset_of_host("may-moi", day="2026-11-23") == "mail"
        assert versions.follow(server) is False


def test_what_is_stored_is_the_organisation_itself(runtime: Runtime) -> None:
    with runtime.database.read() as session:
        row = session.scalars(select(OrganisationVersion)).one()
    assert type(runtime.organisation).model_validate(row.document) == runtime.organisation


def test_a_contact_sees_its_own_unit_only_in_lists_counts_and_look_ups(runtime: Runtime) -> None:
    page, analyst = Page(runtime, "unit.contact.p-an-binh"), Page(runtime, "irt.analyst.2")
    assert [each["id"] for each in page.get("/organisation/units").json()["units"]] == ["p-an-binh"]
    assert [each["id"] for each in page.get("/organisation/assets").json()["assets"]] == ["lan-p-an-binh"]
    assert {each["unit"] for each in page.get("/organisation/contacts").json()["contacts"]} == {"p-an-binh"}
    overview = page.get("/organisation").json()
    assert (overview["units"], overview["assets"], overview["networks"], overview["people"]) == (1, 1, 1, 1)
    assert overview["contacts"] == 2
    assert page.get("/organisation/place", address="10.30.2.21").status_code == 404
    assert page.get("/organisation/place", address="10.30.9.77").status_code == 404
    assert page.get("/organisation/place", address="10.30.1.21").json()["asset"] == "lan-p-an-binh"
    assert len(analyst.get("/organisation/units").json()["units"]) == 12
    assert analyst.get("/organisation/place", address="10.30.9.77").json()["is_known"] is False


def test_the_operator_sees_the_systems_it_runs(runtime: Runtime) -> None:
    found = Page(runtime, "ops.admin.1").get("/organisation/assets", limit=200).json()
    assert {each["operator"] for each in found["assets"]} == {"tt-dl"}
    assert found["total"] == 13


def test_assets_are_listed_by_page_as_of_a_day(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.2")
    first = page.get("/organisation/assets", limit=10).json()
    rest = page.get("/organisation/assets", limit=200, after=first["next"]).json()
    ids = [each["id"] for each in (*first["assets"], *rest["assets"])]
    assert ids == sorted(runtime.organisation.assets)
    old = page.get("/organisation/assets", unit="q-trung-tam", at_us=1_750_000_000_000_000).json()
    assert [each["id"] for each in old["assets"]] == ["lan-p-an-binh", "lan-p-sen-hong"]
    assert old["assets"][0]["networks"] == ["10.30.1.0/24"]
    health = page.get("/organisation/assets", unit="so-yt").json()["assets"]
    assert [each["personal_data"] for each in health] == [None, {"kind": "sensitive", "subjects": 12000, "sensitive": 12000}]


@pytest.mark.parametrize("form", ["yaml", "csv"])
def test_what_is_exported_can_be_imported_and_changes_nothing(runtime: Runtime, form: str) -> None:
    page = Page(runtime, "sysadmin")
    files = page.get("/organisation/export", format=form).json()["files"]
    assert files == (as_yaml(runtime.organisation) if form == "yaml" else as_csv(runtime.organisation))
    answer = page.request("PUT", "/organisation/import", json={"files": files}).json()
    assert answer["changes"] == []
