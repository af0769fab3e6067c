"""The strip above the queue: each group in one piece of time, and the pieces together exactly the list."""

from __future__ import annotations

from incident_api.alerts.strip import width_of
from incident_api.runtime import Runtime
from khien.alert import Level
from tests.incident_api.city import START_US, Page, alert, post

MINUTE_US = 60_000_000
ANALYST = "irt.analyst.2"


def over_time(runtime: Runtime, count: int) -> None:
    levels = list(Level)
    post(
        runtime,
        *(
            alert(number, rule=f"rule-{number}", level=levels[number % 4], at_us=START_US - number * 7 * MINUTE_US)
            for number in range(count)
        ),
    )


def test_the_pieces_of_a_window_are_the_rows_of_that_window(runtime: Runtime) -> None:
    over_time(runtime, 40)
    page = Page(runtime, ANALYST)
    strip = page.get("/alerts/strip").json()
    assert strip["total"] == page.get("/alerts").json()["total"] == 40
    chosen = strip["bins"][3:9]
    window = {"since_us": chosen[0]["from_us"], "before_us": chosen[-1]["from_us"] + strip["width_us"]}
    answer = page.get("/alerts", **window).json()
    assert answer["total"] == sum(sum(each["counts"]) for each in chosen) > 0
    assert answer["outside_window"] == 40 - answer["total"]
    # What a window hides is what the strip is for.
    assert page.get("/alerts/strip", **window).json()["bins"] == strip["bins"]


def test_a_strip_counts_by_severity_and_under_the_filter(runtime: Runtime) -> None:
    over_time(runtime, 8)
    page = Page(runtime, ANALYST)
    totals = [sum(each["counts"][place] for each in page.get("/alerts/strip").json()["bins"]) for place in range(4)]
    assert totals == [2, 2, 2, 2]
    only = page.get("/alerts/strip", severity="critical").json()
    assert (only["total"], [sum(each["counts"][:3]) for each in only["bins"]]) == (2, [0] * len(only["bins"]))


def test_an_empty_list_has_an_empty_strip(runtime: Runtime) -> None:
    strip = Page(runtime, ANALYST).get("/alerts/strip").json()
    assert (strip["from_us"], strip["to_us"], strip["total"], strip["bins"]) == (None, None, 0, [])


def test_a_strip_never_has_more_pieces_than_room() -> None:
    # 3 hours in quarter hours would be 12 pieces; in minutes 180, in five minutes 36.
    assert width_of(180 * MINUTE_US) == 5 * MINUTE_US
    assert width_of(0) == MINUTE_US
    hundred_years = 36_525 * 1_440 * MINUTE_US
    assert hundred_years // width_of(hundred_years) <= 94


def test_a_contact_of_another_unit_sees_nothing_in_the_strip(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh"))
    assert Page(runtime, "unit.contact.p-an-binh").get("/alerts/strip").json()["total"] == 1
    assert Page(runtime, "unit.contact.x-vinh-loc").get("/alerts/strip").json()["total"] == 0
