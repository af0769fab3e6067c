"""A pack keeps its licence and its bytes: what changed after the import is named and not run, the others are."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from correlator.compiler.rejection import Reason
from correlator.compiler.ruleset import compile_folders
from correlator.packs.archive import read_pack
from correlator.packs.manifest import MANIFEST, digest_of, hashes_of
from correlator.packs.signature import SIGNATURE, fingerprint, fingerprint_of, new_key, sign
from correlator.packs.store import PackStore
from khien.clock import SystemClock
from khien.errors import KhienError

DRL = "Detection Rule License (DRL) 1.1\n\nPermission is hereby granted …\n"


def rule(number: int, level: str = "low") -> str:
    return (
        f"title: Rule {number}\nid: 11111111-1111-4111-8111-{number:012d}\nauthor: An\nlevel: {level}\n"
        "logsource: {product: khien, service: host.auth}\ndetection: {s: {event.action: login}, condition: s}\n"
    )


def signed_by(folder: Path, key: Ed25519PrivateKey) -> None:
    files = {name: content for name, content in read_pack(folder).items() if name not in {SIGNATURE, MANIFEST}}
    path = folder / SIGNATURE
    path.unlink(missing_ok=True)
    path.write_bytes(sign(hashes_of(files), name="p", signed="2026-11-23T00:00:00.000000Z", key=key))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "LICENSE").write_text(DRL)
    for number in range(3):
        (folder / f"r{number}.yml").write_text(rule(number))
    return folder


@pytest.fixture
def packs(tmp_path: Path) -> PackStore:
    return PackStore(tmp_path / "packs", clock=SystemClock())


def test_a_pack_is_off_until_it_is_activated(packs: PackStore, source: Path) -> None:
    manifest = packs.install(source, name="sigma")
    assert (manifest.licence, manifest.licence_file) == ("DRL-1.1", "LICENSE")
    assert packs.active_folders() == ([], [])
    packs.activate(manifest)
    assert packs.active_folders() == ([packs.folder_of(manifest)], [])
    packs.deactivate("sigma")
    assert packs.active_folders() == ([], [])


def test_the_same_bytes_are_the_same_pack(packs: PackStore, source: Path) -> None:
    assert packs.install(source, name="sigma").digest == packs.install(source, name="sigma").digest
    assert len(packs.packs()) == 1


def test_a_newer_pack_is_compared_with_the_active_one(packs: PackStore, source: Path) -> None:
    packs.activate(packs.install(source, name="sigma"))
    (source / "r0.yml").unlink()
    (source / "r1.yml").write_text(rule(1, "high"))
    (source / "r9.yml").write_text(rule(9))
    newer = packs.install(source, name="sigma")
    difference = packs.difference(newer)
    assert difference is not None
    assert [one[-1] for one in (*difference.added, *difference.removed, *difference.changed)] == ["9", "0", "1"]
    assert packs.active()["sigma"] != newer.digest


@pytest.mark.parametrize(
    ("change", "rejected", "runs"),
    [
        ("byte", {"r1.yml: changed since pack.json was written"}, 2),
        ("new", {"more.yml: not in pack.json"}, 3),
        ("gone", {"r1.yml: taken away"}, 2),
    ],
)
def test_a_file_that_was_changed_after_the_import_is_named_and_not_run_and_the_others_are(
    packs: PackStore, source: Path, change: str, rejected: set[str], runs: int
) -> None:
    bad = packs.install(source, name="bad")
    packs.activate(bad)
    folder = packs.folder_of(bad)
    victim = folder / "r1.yml"
    victim.chmod(0o644)
    if change == "byte":
        victim.write_text(rule(1).replace("login", "logout"))
    elif change == "new":
        (folder / "more.yml").write_text(rule(7))
    else:
        victim.unlink()
    folders, errors = packs.active_folders()
    assert folders == [folder]
    assert [error.code for error in errors] == ["pack.altered"]
    compiled = compile_folders(folders)
    assert {f"{one.location}: {one.detail}" for one in compiled.rejections} == rejected
    assert {one.reason for one in compiled.rejections} == {Reason.PACK_ALTERED}
    assert compiled.compiled == runs
    with pytest.raises(KhienError) as caught:
        packs.activate(bad)
    assert caught.value.code == "pack.altered"


@pytest.mark.parametrize("change", ["manifest", "hashes", "digest"])
def test_a_pack_whose_record_was_changed_is_left_out_whole_and_the_others_run(packs: PackStore, source: Path, change: str) -> None:
    good = packs.install(source, name="good")
    bad = packs.install(source, name="bad")
    for manifest in (good, bad):
        packs.activate(manifest)
    folder = packs.folder_of(bad)
    text = (folder / MANIFEST).read_text()
    if change == "manifest":
        (folder / MANIFEST).write_text("{}")
    else:  # the rule and its hash together: the digest gives it away; and with the digest, what was activated does
        victim = folder / "r1.yml"
        victim.chmod(0o644)
        victim.write_text(rule(1).replace("login", "logout"))
        new = hashes_of({"r1.yml": victim.read_bytes()})["r1.yml"]
        digest = digest_of({**bad.files, "r1.yml": new}) if change == "digest" else bad.digest
        (folder / MANIFEST).write_text(text.replace(bad.files["r1.yml"], new).replace(bad.digest, digest))
    folders, errors = packs.active_folders()
    assert folders == [packs.folder_of(good)]
    assert [(error.code, error.params["name"]) for error in errors] == [("pack.record_altered", "bad")]


def test_a_signed_pack_pins_its_signer(packs: PackStore, source: Path, tmp_path: Path) -> None:
    key, other = new_key(tmp_path / "key"), new_key(tmp_path / "other")
    signed_by(source, key)
    first = packs.install(source, name="sigma")
    assert first.signer == fingerprint(key) == fingerprint_of(tmp_path / "key.pub")
    (source / "r9.yml").write_text(rule(9))
    for refused in ("unsigned", "other"):
        if refused == "unsigned":
            (source / SIGNATURE).unlink()
        else:
            signed_by(source, other)
        with pytest.raises(KhienError) as caught:
            packs.install(source, name="sigma")
        assert caught.value.code == "pack.signer_changed"
    assert packs.install(source, name="sigma", signer=fingerprint(other)).signer == fingerprint(other)


def test_a_pack_is_refused_when_its_signature_does_not_cover_every_byte(packs: PackStore, source: Path, tmp_path: Path) -> None:
    signed_by(source, new_key(tmp_path / "key"))
    for name, text in (("more.yml", rule(8)), ("r2.yml", rule(2, "high"))):
        (source / name).write_text(text)
        with pytest.raises(KhienError) as caught:
            packs.install(source, name="sigma")
        assert caught.value.code == "pack.signature_invalid"


def test_a_signature_that_was_put_in_place_of_the_first_is_noticed_at_the_start(
    packs: PackStore, source: Path, tmp_path: Path
) -> None:
    signed_by(source, new_key(tmp_path / "key"))
    manifest = packs.install(source, name="sigma")
    packs.activate(manifest)
    signed_by(packs.folder_of(manifest), new_key(tmp_path / "other"))
    folders, errors = packs.active_folders()
    assert folders == []
    assert [error.code for error in errors] == ["pack.record_altered"]


def test_a_pack_without_a_licence_is_refused_unless_one_is_given(packs: PackStore, source: Path, tmp_path: Path) -> None:
    (source / "LICENSE").unlink()
    with pytest.raises(KhienError) as caught:
        packs.install(source, name="sigma")
    assert caught.value.code == "pack.no_licence"
    (tmp_path / "DRL.txt").write_text(DRL)
    assert packs.install(source, name="sigma", licence=tmp_path / "DRL.txt").licence == "DRL-1.1"
