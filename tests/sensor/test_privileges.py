"""Root is really gone after the sockets are open; looked up in the kernel's own words."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from khien.errors import KhienError
from sensor.privileges import drop_privileges, prepare_folder

ROOT = Path(__file__).parents[2]
PROGRAM = """
import os, sys
from pathlib import Path
from sensor.privileges import drop_privileges, prepare_folder
folder = Path(sys.argv[1])
prepare_folder(folder, user="nobody")
drop_privileges("nobody", notice=lambda event, fields: print(event, fields["user"]))
(folder / "mine").write_text("x")
for line in Path("/proc/self/status").read_text().splitlines():
    if line.startswith(("Uid", "CapEff", "CapPrm", "CapBnd", "NoNewPrivs")):
        print(*line.split())
try:
    os.setuid(0)
except PermissionError:
    print("root is gone")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give it up")
def test_a_sensor_that_began_as_root_cannot_become_root_again() -> None:
    # Not pytest's own folder: nobody may enter that.
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        command = [sys.executable, "-c", PROGRAM, str(Path(name) / "sensor")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "privileges_dropped nobody"
    assert "root is gone" in lines
    assert "CapEff: 0000000000000000" in lines
    assert "CapPrm: 0000000000000000" in lines
    assert "CapBnd: 0000000000000000" in lines
    assert "NoNewPrivs: 1" in lines
    assert not any(line.startswith("Uid: 0") for line in lines)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_a_user_that_does_not_exist_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(KhienError) as caught:
        prepare_folder(tmp_path / "sensor", user="no-such-user")
    assert caught.value.code == "sensor.invalid_input"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, which is kept here")
def test_root_that_is_kept_is_told() -> None:
    told: list[str] = []
    drop_privileges(None, notice=lambda event, _fields: told.append(event))
    assert told == ["privileges_kept"]


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KhienError) as caught:
        prepare_folder(tmp_path / "file" / "sensor", user=None)
    assert caught.value.code == "spool.unusable"


IDENTITY_PROGRAM = """
import sys
from pathlib import Path
from khien.certificates import CertificateAuthority, Identity
from sensor.privileges import drop_privileges, own_identity, prepare_folder
root = Path(sys.argv[1])
issued = CertificateAuthority(root / "ca", city="test").issue_sensor("s1")
own = own_identity(issued, folder=root / "sensor", user="nobody")
prepare_folder(root / "sensor", user="nobody")
drop_privileges("nobody", notice=lambda event, fields: None)
print(Identity.load(own.certificate).peer().name)
try:
    issued.read()
except Exception as error:
    print(type(error).__name__)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give it up")
def test_a_sensor_reads_its_own_key_after_root_is_gone_and_no_other() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        command = [sys.executable, "-c", IDENTITY_PROGRAM, name]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
        assert ran.stdout.split() == ["s1", "KhienError"], ran.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give it up")
def test_a_folder_that_the_user_may_not_enter_is_refused_by_name() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o700)
        with pytest.raises(KhienError) as refused:
            prepare_folder(Path(name) / "sensor", user="nobody")
        assert refused.value.code == "sensor.folder_closed"
        assert name in refused.value.sentence()
