"""The real server with the recorded lab day in it: sensor, correlator, incident API and page, as `make demo` runs them.

`python -m tests.e2e.lab_day` prints one line of JSON (the environment that `npm run e2e` reads) and stays up until it is stopped.
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import threading
from pathlib import Path

from khien.app.demo.__main__ import DATASET, SENSOR, Demo
from khien.app.demo.client import ApiClient
from khien.app.demo.day import LabDay
from khien.home import Home
from tests.e2e import people, planted
from tests.e2e.serve import PASSWORD

#: Everybody who has to do with the case of the day.
ACCOUNTS = {
    **people.PEOPLE,
    "irt.analyst.4": "irt.analyst",
    "irt.analyst.6": "irt.analyst",
    "irt.shift_lead.1": "irt.shift_lead",
    "irt.shift_lead.3": "irt.shift_lead",
    "irt.deputy": "irt.deputy",
    "police.duty": "police.duty",
    "owner.approver": "owner.approver",
}


def main() -> int:
    """Command line."""
    with tempfile.TemporaryDirectory(prefix="khien-e2e-lab-") as folder:
        return _serve(Path(folder))


def _serve(folder: Path) -> int:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    demo = Demo(home=Home(folder / "home"), build=folder, language="en", password=PASSWORD)
    demo.home.root.mkdir()
    demo.khien("setup", "--sensor", SENSOR)
    people.write(home=demo.home, password=PASSWORD, people=ACCOUNTS)
    try:
        demo.start(None)
        day = LabDay.load()
        capture = planted.write(folder / "planted.pcap", year=day.year)
        demo.run_sensor(LabDay(key=day.key, inputs=(*day.inputs, str(capture)), year=day.year))
        client = ApiClient(demo.url, authority=demo.authority, account="irt.leader", password=PASSWORD)
        try:
            demo.settle(client)
            groups = client.groups(DATASET)
        finally:
            client.close()
        found = {
            "KHIEN_E2E_URL": demo.url,
            "KHIEN_E2E_ACCOUNT": "irt.shift_lead.2",
            "KHIEN_E2E_PASSWORD": PASSWORD,
            "KHIEN_E2E_DATASET": DATASET,
            "KHIEN_E2E_HOME": str(demo.home.root),
            "KHIEN_E2E_LAB": ",".join(sorted({row["rule_name"] for row in groups})),
            "KHIEN_E2E_KHIEN": f"{sys.executable} -m khien --home {demo.home.root}",
        }
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        while not stopped.wait(0.2) and demo.server is not None and demo.server.poll() is None:
            pass
    finally:
        demo.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
