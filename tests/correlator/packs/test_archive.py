"""A pack is read as hostile: bombs, ways out, links and damage each end with their own sentence, and nothing is written."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from correlator.packs import archive
from correlator.packs.archive import read_pack
from khien.errors import KhienError

RULE = b"title: A rule\n"


def packed(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return path


def code(source: Path) -> str:
    with pytest.raises(KhienError) as caught:
        read_pack(source)
    return caught.value.code


def test_a_zip_and_a_folder_give_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "folder" / "rules").mkdir(parents=True)
    (tmp_path / "folder" / "rules" / "a.yml").write_bytes(RULE)
    (tmp_path / "folder" / "LICENSE").write_bytes(b"x")
    (tmp_path / "folder" / "tool.py").write_bytes(b"import os")
    (tmp_path / "folder" / ".git").mkdir()
    (tmp_path / "folder" / ".git" / "a.yml").write_bytes(RULE)
    made = packed(tmp_path / "p.zip", ("rules/a.yml", RULE), ("LICENSE", b"x"), ("tool.py", b"import os"), (".git/a.yml", RULE))
    assert read_pack(made) == read_pack(tmp_path / "folder") == {"LICENSE": b"x", "rules/a.yml": RULE}


@pytest.mark.parametrize(
    "name", ["../a.yml", "rules/../../a.yml", "/etc/a.yml", "C:\\a.yml", "rules\\..\\a.yml", "a\n.yml", f"{'a' * 300}.yml"]
)
def test_a_name_that_leads_outside_is_refused(tmp_path: Path, name: str) -> None:
    info = zipfile.ZipInfo("x.yml")
    info.filename = name
    assert code(packed(tmp_path / "p.zip", (info, RULE))) == "pack.unsafe"


def test_links_are_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("a.yml")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert code(packed(tmp_path / "p.zip", (info, b"/etc/passwd"))) == "pack.unsafe"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.yml").symlink_to("/etc/passwd")
    assert code(tmp_path / "folder") == "pack.unsafe"


def test_a_bomb_is_stopped_by_what_it_unpacks_to_not_by_what_it_claims(tmp_path: Path) -> None:
    made = packed(tmp_path / "p.zip", ("a.yml", b"a" * (64 << 20)))
    assert made.stat().st_size < 200_000
    assert code(made) == "pack.unsafe"
    raw = bytearray(made.read_bytes())
    place = raw.rindex(b"PK\x01\x02")
    raw[place + 24 : place + 28] = (100).to_bytes(4, "little")  # the header says 100 bytes
    (tmp_path / "liar.zip").write_bytes(raw)
    assert code(tmp_path / "liar.zip") in {"pack.unsafe", "pack.damaged"}


def test_many_small_files_and_many_bytes_are_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = packed(tmp_path / "p.zip", *((f"{number}.yml", RULE * 10) for number in range(12)))
    assert len(read_pack(made)) == 12
    monkeypatch.setattr(archive, "MOST_FILES", 11)
    assert code(made) == "pack.too_large"
    monkeypatch.setattr(archive, "MOST_FILES", 100)
    monkeypatch.setattr(archive, "LARGEST_PACK", 1_000)
    assert code(made) == "pack.too_large"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    assert code(packed(tmp_path / "p.zip", ("a.yml", RULE), ("a.yml", b"title: Another\n"))) == "pack.unsafe"


@pytest.mark.parametrize("damage", ["cut", "flipped", "no zip", "missing"])
def test_damage_is_a_sentence(tmp_path: Path, damage: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        made.writestr("a.yml", RULE * 50)
    raw = bytearray(buffer.getvalue())
    path = tmp_path / "p.zip"
    if damage == "cut":
        raw = raw[: len(raw) // 2]
    elif damage == "flipped":
        raw[60] ^= 0xFF
    elif damage == "no zip":
        raw = bytearray(b"hello")
    if damage != "missing":
        path.write_bytes(raw)
    assert code(path) == ("input.not_found" if damage == "missing" else "pack.damaged")
