"""`khien rules import` on SigmaHQ's own files, as a folder and as the zip that a release is."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from correlator import reference
from correlator.compiler.ruleset import compile_folders
from correlator.packs.store import PackStore
from correlator.tuning.in_force import Tuning
from khien.app.cli import main
from khien.clock import SystemClock
from khien.home import Home

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("KHIEN_TEST_DATA", ROOT.parent / "shared" / "data"))
SIGMA = DATA / "sigma"


def run(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> tuple[int, str, str]:
    status = main(["--home", str(home), "--language", "en", "rules", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.skipif(not SIGMA.is_dir(), reason="no test data: set KHIEN_TEST_DATA to a folder with SigmaHQ's rules")
def test_a_release_of_sigmahq_is_installed_activated_and_refused_once_a_byte_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = tmp_path / "sigma_core.zip"
    with zipfile.ZipFile(release, "w") as made:
        made.write(SIGMA / "LICENSE", "LICENSE")
        for path in sorted((SIGMA / "rules" / "linux").rglob("*.yml")):
            made.write(path, f"rules/{path.relative_to(SIGMA / 'rules')}")
    status, out, _ = run(capsys, tmp_path, "import", str(release), "--json")
    found = json.loads(out)
    assert status == 0
    assert found["pack"]["name"] == "sigma_core"
    assert found["pack"]["licence"] == "DRL-1.1"
    assert found["documents"] == found["compiled"] + sum(found["rejected"].values()) + found["disabled"] > 200
    assert run(capsys, tmp_path, "import", "--activate", "sigma_core")[0] == 0
    _, out, _ = run(capsys, tmp_path, "import")
    assert "sigma_core@" in out
    assert "  active  DRL-1.1" in out
    victim = next(Path(found["pack"]["folder"]).rglob("*.yml"))
    victim.chmod(0o644)
    victim.write_bytes(victim.read_bytes() + b"# hello\n")
    status, _, err = run(capsys, tmp_path, "import", "--activate", "sigma_core")
    assert status == 4
    assert f"`{victim.relative_to(found['pack']['folder'])}` of the pack `sigma_core` is not as it was imported" in err


def test_a_pack_whose_own_cases_fail_stays_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "LICENSE").write_text("Apache License\nVersion 2.0\n")
    shipped = ROOT / "rules" / "web"
    for path in shipped.glob("web_attack_tool*.yml"):
        (source / path.name).write_bytes(path.read_bytes())
    cases = source / "web_attack_tool.test.yml"
    cases.write_text(cases.read_text().replace("exactly: 0", "exactly: 7"))
    assert run(capsys, tmp_path, "import", str(source), "--name", "own")[0] == 0
    status, _, err = run(capsys, tmp_path, "import", "--activate", "own")
    assert status == 1
    assert "own stays off" in err
    _, out, _ = run(capsys, tmp_path, "import", "--json")
    assert [one["active"] for one in json.loads(out)] == [False]


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("/no/such/pack.zip",), 3, "`/no/such/pack.zip` does not exist"),
        (("--activate", "nobody"), 2, "No pack `nobody` is installed"),
        ((str(ROOT / "rules" / "self"),), 3, "has no licence file"),
        ((str(ROOT / "rules" / "self"), "--name", "../up", "--licence", str(ROOT / "LICENSE")), 2, "is no name for a pack"),
    ],
)
def test_a_refusal_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, sentence: str
) -> None:
    found, _, err = run(capsys, tmp_path, "import", *words)
    assert (found, sentence in err) == (status, True), err


def test_the_author_stays_with_what_the_rule_says(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(
        "title: R\nid: 11111111-1111-4111-8111-111111111111\nauthor: Nguyễn An, SigmaHQ\n"
        "logsource: {product: khien, service: host.auth}\ndetection: {s: {a.b: 1}, condition: s}\n",
        encoding="utf-8",
    )
    (rule,) = compile_folders([tmp_path]).plan.detections
    assert rule.rule.author == "Nguyễn An, SigmaHQ"


def test_a_signed_folder_travels_and_a_changed_byte_and_a_strange_key_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "province"
    folder.mkdir()
    (folder / "LICENSE").write_text("Apache License 2.0\n")
    shipped = Path(__file__).parents[3] / "rules" / "linux" / "sudo"
    for name in ("sudo_refused.yml", "sudo_shell_opened.yml"):
        (folder / name).write_bytes((shipped / name).read_bytes())
    key = tmp_path / "key.pem"
    status, out, _ = run(capsys, tmp_path, "sign", str(folder), "--key", str(key), "--create", "--json")
    assert status == 0
    signer = json.loads(out)["signer"]
    assert key.stat().st_mode & 0o077 == 0
    assert run(capsys, tmp_path, "verify", str(folder), "--key", f"{key}.pub")[0] == 0
    status, out, _ = run(capsys, tmp_path, "import", str(folder), "--key", f"{key}.pub", "--json")
    assert (status, json.loads(out)["pack"]["signer"]) == (0, signer)
    status, _, err = run(capsys, tmp_path, "verify", str(folder), "--key", str(key))
    assert (status, "is no Ed25519 key" in err) == (3, True)
    other = tmp_path / "other.pem"
    assert run(capsys, tmp_path, "sign", str(folder), "--key", str(other), "--create")[0] == 0
    status, _, err = run(capsys, tmp_path, "import", str(folder))
    assert status == 4
    assert f"should be signed by {signer}" in err
    (folder / "sudo_refused.yml").write_text((folder / "sudo_refused.yml").read_text() + "# hello\n")
    status, _, err = run(capsys, tmp_path, "verify", str(folder))
    assert status == 4
    assert "sudo_refused.yml: not as it was signed" in err
    status, out, _ = run(capsys, tmp_path, "check", str(folder))
    assert status == 4
    assert "sudo_refused.yml: The file is not as its pack recorded it" in out


def own_pack(folder: Path, title: str, *, action: str = "login") -> Path:
    """A pack of one rule whose exception must outlive the pack's next release."""
    folder.mkdir()
    (folder / "LICENSE").write_text("Apache License\nVersion 2.0\n")
    (folder / "rule.yml").write_text(
        f"title: {title}\nname: own_login\nid: 11111111-1111-4111-8111-111111111111\nauthor: Nguyễn An\n"
        "logsource: {product: khien, service: host.auth}\nlevel: high\n"
        f"detection: {{s: {{event.action: {action}}}, condition: s}}\n",
        encoding="utf-8",
    )
    return folder


def test_a_second_import_changes_nothing_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, home = own_pack(tmp_path / "own", "A login"), tmp_path / "home"
    assert "it is off" in run(capsys, home, "import", str(source))[2]
    assert run(capsys, home, "import", "--activate", "own")[0] == 0

    def state() -> dict[str, tuple[bytes, int]]:
        found = sorted(path for path in home.rglob("*") if path.is_file())
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in found}

    before = state()
    status, out, err = run(capsys, home, "import", str(source))
    assert (status, "already active; nothing changed" in err, "it is off" in err) == (0, True, False)
    assert state() == before
    _, out, _ = run(capsys, home, "import", "--json")
    first = json.loads(out)[0]["imported"]
    _, out, _ = run(capsys, home, "import", str(source), "--json")
    assert json.loads(out)["pack"]["imported"] == first


def test_an_altered_pack_is_whole_again_after_its_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the hint of `pack.altered` promises."""
    source, home = own_pack(tmp_path / "own", "A login"), tmp_path / "home"
    _, out, _ = run(capsys, home, "import", str(source), "--json")
    victim = Path(json.loads(out)["pack"]["folder"]) / "rule.yml"
    victim.chmod(0o644)
    victim.write_text("altered")
    assert run(capsys, home, "import", "--activate", "own")[0] == 4
    assert run(capsys, home, "import", str(source))[0] == 0
    assert run(capsys, home, "import", "--activate", "own")[0] == 0


def test_an_exception_outlives_the_next_release_of_its_pack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    run(capsys, home, "import", str(own_pack(tmp_path / "first", "A login")), "--name", "own")
    run(capsys, home, "import", "--activate", "own")
    who = ("--owner", "lan", "--reason", "the backup account logs in hourly")
    status, _, err = run(capsys, home, "except", "own_login", "user.name=backup", *who)
    assert (status, "T0001 is in force for own_login" in err) == (0, True), err
    second = own_pack(tmp_path / "second", "A login, told better", action="[login, logon]")
    run(capsys, home, "import", str(second), "--name", "own")
    assert run(capsys, home, "import", "--activate", "own")[0] == 0
    packs = PackStore(Home(home).packs, clock=SystemClock())
    folders, errors = packs.active_folders()
    assert (len(folders), errors) == (1, [])
    tuned = Tuning(Home(home).tuning, clock=SystemClock()).tune(compile_folders(folders))
    assert tuned.without_rule == ()
    (rule,) = [one for one in tuned.rules.plan.detections if not one.is_silent]
    assert rule.rule.title["en"] == "A login, told better"

    def hits(user: str) -> bool:
        event = {"event": {"dataset": "host.auth", "action": "logon"}, "user": {"name": user}}
        return reference.evaluate(rule.program, reference.read_event(json.dumps(event)))

    assert (hits("root"), hits("backup")) == (True, False)
