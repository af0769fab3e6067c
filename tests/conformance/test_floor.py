"""No suite may lose what it once had: `floor.yaml` holds the measured numbers, by suite and kind.

`python -m tests.conformance.floor` writes what rose; nothing lowers a number but a person.
"""

from pathlib import Path

import pytest

from tests.conformance.floor import fallen, floor, folder_of
from tests.conformance.suites import SUITES


@pytest.mark.timeout(300)
@pytest.mark.parametrize("suite", sorted(SUITES))
def test_no_number_falls(suite: str, test_data: Path) -> None:
    report = SUITES[suite].run(folder_of(test_data, suite), lambda _: True)
    assert fallen(report, floor().get(suite, {})) == {}
