"""A result takes its place when it is whole, and never the place of what it is made of."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from khien.app.output_file import output_file
from khien.errors import KhienError


def test_an_input_is_refused_under_any_of_its_names(tmp_path: Path) -> None:
    capture = tmp_path / "a.pcap"
    capture.write_bytes(b"evidence")
    (tmp_path / "link").symlink_to(capture)
    (tmp_path / "hard").hardlink_to(capture)
    for name in ("a.pcap", "link", "hard", "./a.pcap"):
        with (
            pytest.raises(KhienError, match="one of the files to be read"),
            output_file(f"{tmp_path}/{name}", inputs=[str(capture)]),
        ):
            pass
    with pytest.raises(KhienError) as caught, output_file(str(capture), inputs=["-", str(tmp_path)]):
        pass
    assert caught.value.code == "output.is_input"
    assert capture.read_bytes() == b"evidence"


def test_what_was_there_stays_until_the_new_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_bytes(b"old")
    target.chmod(0o640)
    with pytest.raises(LookupError), output_file(str(target)) as file:
        _fail_half_way(file)
    assert target.read_bytes() == b"old"
    with output_file(str(target)) as file:
        file.write(b"new")
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"new", 0o640)
    assert os.listdir(tmp_path) == ["out.jsonl"]  # noqa: PTH208 - names alone


def _fail_half_way(file: BinaryIO) -> None:
    file.write(b"half")
    raise LookupError


def test_a_link_stays_a_link_and_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    with output_file(str(tmp_path / "link")) as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    with output_file(str(tmp_path / "fresh")) as file:
        file.write(b"")
    (tmp_path / "usual").touch()
    assert (tmp_path / "fresh").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("target", ["/dev/full", "missing/out"])
def test_what_cannot_be_written_is_one_named_error(tmp_path: Path, target: str) -> None:
    place = target if target.startswith("/") else str(tmp_path / target)
    with pytest.raises(KhienError) as caught, output_file(place) as file:
        file.write(bytes(1 << 20))
    assert caught.value.code == "output.not_writable"
