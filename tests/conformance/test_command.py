"""The command of the conformance suites says when there was nothing to check."""

from pathlib import Path

import pytest

from tests.conformance.__main__ import main
from tests.conformance.suites import SUITES


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_a_folder_without_captures_is_no_success(suite: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([suite, str(tmp_path)]) == 2
    assert "could be checked" in capsys.readouterr().err
