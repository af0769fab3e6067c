"""`khien policy`: two people make keys and sign, a case is explained, a change is told in words; bad input is named."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from incident_api.coordination.service import load
from khien.app.cli import main
from khien.clock import ManualClock
from tests.incident_api.city import ROOT, START_US, Page, city

CASE = """
assets: [dvc]
facts: {data_leaked: true, subjects: 2400}
flags: [pd]
detected: "2026-11-10 09:00"
type: data-leak
"""


@pytest.fixture(autouse=True)
def _same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("policy_command", "policy_explain"):
        monkeypatch.setattr(f"khien.app.{module}.SystemClock", lambda: ManualClock(START_US))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("vn-2026", "example"):
        shutil.copytree(ROOT / "coordination" / name, tmp_path / name)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str, language: str = "en") -> tuple[int, str, str]:
    status = main(["--language", language, "policy", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_two_people_make_keys_sign_and_the_policy_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = folder / "vn-2026"
    (policy / "signatures.yaml").unlink()
    keys: dict[str, Any] = {}
    for person in ("pc_office.head", "police.investigator.1"):
        path = folder / f"{person}.pem"
        status, out, _ = run(capsys, "key", str(path), "--person", person)
        assert (status, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
        keys |= yaml.safe_load(out)
    assert run(capsys, "key", str(path), "--person", person)[0] != 0  # never over a key that is there
    (folder / "example" / "keys.yaml").write_text(yaml.safe_dump(keys), encoding="utf-8")
    assert run(capsys, "check", str(policy))[0] == 4
    assert run(capsys, "check", str(policy), "--draft")[0] == 0
    words = ("sign", str(policy), "--key", str(folder / "pc_office.head.pem"), "--person", "pc_office.head", "--party")
    assert "may not sign" in run(capsys, *words, "city_police")[2]
    assert "1 signatures over this hash" in run(capsys, *words, "city_pc_office")[2]
    status, _, err = run(capsys, "check", str(policy))
    assert (status, "(signed: A)" in err) == (4, True)
    key = str(folder / "police.investigator.1.pem")
    status, out, _ = run(
        capsys, "sign", str(policy), "--key", key, "--person", "police.investigator.1", "--party", "city_police", "--json"
    )
    assert (status, len(json.loads(out)["signatures"])) == (0, 2)
    found = json.loads(run(capsys, "check", str(policy), "--json")[1])
    assert [each["side"] for each in found["signatures"]] == ["A", "B"]
    assert found["obligations"] == {"all": 23, "S": 1, "S/A": 11, "A": 11, "L": 0}
    assert run(capsys, "sign", str(policy), "--key", key, "--person", "pc_office.head", "--party", "city_pc_office")[0] == 4


def test_a_changed_rule_is_named_by_its_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "vn-2026" / "acknowledge.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("minutes: 5\n", "minutes: 4\n", 1), encoding="utf-8")
    status, _, err = run(capsys, "check", str(folder))
    assert (status, "(changed: acknowledge.yaml)" in err) == (4, True)


def every_byte_is_found(folder: Path, step: int) -> None:
    """A byte changed in a file of the policy: refused with its name, or the rules are the same (a comment, a space)."""
    path = folder / "vn-2026" / "week.yaml"
    whole = path.read_bytes()
    with city(folder, log_ins=False) as runtime:
        sha256 = runtime.policy.sha256
        found = same = 0
        for place in range(0, len(whole), step):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :])
            refused = load(runtime, folder / "vn-2026")
            assert runtime.policy.sha256 == sha256
            if refused is None:
                same += 1
                continue
            found += 1
            assert "week" in refused.sentence(), (place, refused.sentence())
    assert found > same


def test_one_changed_byte_is_found_and_its_file_is_named(folder: Path) -> None:
    every_byte_is_found(folder, 97)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_changed_byte_is_found_and_its_file_is_named(folder: Path) -> None:
    every_byte_is_found(folder, 1)


def test_a_case_is_explained_as_its_golden_case_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    words = ("explain", str(folder / "case.yaml"), "--policy", str(folder / "vn-2026"))
    status, out, _ = run(capsys, *words, "--json")
    found = json.loads(out)
    # G19 of the coordination design: M2 by s205, the leader leads, eleven obligations.
    assert (status, found["severity"], found["lead"], found["group"]) == (0, "M2", "leader", "N4")
    assert [each["id"] for each in found["reasons"] if each["is_deciding"]] == ["s205"]
    assert sorted({each["code"] for each in found["obligations"]}) == sorted(["TL", "IN", "FR", "U2", "DP", "PN", "BM"])
    assert len(found["obligations"]) == 11
    (notice,) = [each for each in found["obligations"] if each["code"] == "PN"]
    assert notice["due_us"] == 1_794_535_200_000_000  # 13/11/2026 09:00 in the city
    assert "exclude_harm" in {each["act"] for each in found["approvals"]}
    status, out, _ = run(capsys, *words, language="vi")
    assert "Mức M2: Nghiêm trọng" in out
    assert "13/11/2026 09:00  Thông báo vi phạm dữ liệu cá nhân" in out
    assert "giả định nội bộ, chưa có văn bản quy định" in out


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--fact", "data_leaked=perhaps"), 3),
        (("--fact", "data_leaked"), 2),
        (("--flag", "unheard"), 3),
        (("--asset", "dvc:9"), 2),
        (("--detected", "yesterday"), 2),
        (("--type", "no-type"), 3),
        (("/does/not/exist.yaml",), 4),
    ],
)
def test_a_case_that_cannot_be_understood_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int
) -> None:
    assert run(capsys, "explain", *words, "--policy", str(folder / "vn-2026"))[0] == status


def test_the_api_explains_like_the_command_line_and_a_draft_is_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with city(tmp_path) as runtime:
        page = Page(runtime, "irt.shift_lead.2")
        body = {"assets": [{"id": "dvc"}], "facts": {"data_leaked": True, "subjects": 2400}, "flags": ["pd"]}
        answer = page.post("/policy/explain", body)
        assert (answer.status_code, answer.json()["severity"], len(answer.json()["obligations"])) == (200, "M2", 11)
        assert page.post("/policy/explain", {"facts": {"unheard": True}}).json()["code"] == "case.bad_fact"
        opened = page.post("/incidents", {"title": "Cổng gián đoạn", "assets": ["cong-tt"]})
        assert opened.status_code == 201, opened.text
    draft = tmp_path / "vn-2026"
    text = (draft / "severity.yaml").read_text(encoding="utf-8")
    changed = text.replace("{id: s305, class: M3, otherwise: true", "{id: s305, class: M2, otherwise: true")
    assert changed != text
    (draft / "severity.yaml").write_text(changed, encoding="utf-8")
    golden = yaml.safe_load((draft / "golden.yaml").read_text(encoding="utf-8"))
    for case in golden["assessments"]:
        if case["rule"] == "s305":
            case |= {"class": "M2", "lead": "leader", "owes": ["TL", "IN", "FR", "U2"], "count": 8}
    (draft / "golden.yaml").write_text(yaml.safe_dump(golden, allow_unicode=True), encoding="utf-8")
    home = ("--home", str(tmp_path / "home"))
    assert main([*home, "--language", "en", "policy", "backtest", str(draft), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["all"], found["looked_at"], len(found["different"])) == (1, 1, 1)
    (incident,) = found["different"]
    assert (incident["severity_before"], incident["severity_after"], incident["lead_after"]) == ("M3", "M2", "leader")
    assert "IN city_police.intake" in incident["new"]
    assert main([*home, "--language", "vi", "policy", "diff", str(draft)]) == 1
    printed = capsys.readouterr()
    assert "Mức độ và chủ trì · rules/s305/class “Sự cố khác đã xác nhận”: M3 → M2" in printed.out
    assert main([*home, "policy", "diff", str(ROOT / "coordination" / "vn-2026")]) == 0
    capsys.readouterr()
    assert main([*home, "policy", "history", "--json"]) == 0
    (version,) = json.loads(capsys.readouterr().out)["versions"]
    assert (version["state"], version["steps"][0]["act"]) == ("in_force", "in_force")


def test_a_calendar_without_the_package_says_so_and_with_it_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    status, _, err = run(capsys, "calendar", "2029")
    assert (status, "The package `holidays` is not installed" in err) == (2, True)
    library = ModuleType("holidays")
    library.__version__ = "0.109"  # type: ignore[attr-defined]
    names = {"vi": "Quốc khánh (nghỉ bù)", "en_US": "National Day (observed)"}
    library.country_holidays = lambda _country, *, years, language: {  # type: ignore[attr-defined]
        date(years, 9, 3): names[language],
        date(years, 11, 24): names[language],
    }
    monkeypatch.setitem(sys.modules, "holidays", library)
    overrides = tmp_path / "overrides.yaml"
    overrides.write_text(
        'days:\n  - {date: "2029-12-29", kind: override, works: true, source: "Thông báo 1/TB", text: {vi: Làm bù, en: Made up}}\n',
        encoding="utf-8",
    )
    status, out, _ = run(capsys, "calendar", "2029", "--override", str(overrides))
    made = yaml.safe_load(out)
    assert (status, made["year"], [each["date"] for each in made["days"]]) == (0, 2029, ["2029-09-03", "2029-12-29"])
    assert made["days"][0]["text"]["en"] == "National Day (in lieu)"
    assert made["days"][1]["works"] is True
    overrides.write_text("days:\n  - {date: '2029-12-29', kind: generated, source: x, text: {vi: a, en: b}}\n", encoding="utf-8")
    assert run(capsys, "calendar", "2029", "--override", str(overrides))[0] == 4
