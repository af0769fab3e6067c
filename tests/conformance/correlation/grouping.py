"""Groups and aliases."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.correlation.writing import IP, OTHER_IP, Alert, Case, rule


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _groups()
    yield from _aliases()


def _groups() -> Iterator[Case]:
    pair = rule("pair", condition={"gte": 2})
    yield Case("missing", "Without its group field an event has no group", [pair], "0 red ip=-; 1 red ip=-")
    yield Case(
        "missing_among", "… and does not stand in anybody else's", [pair], "0 red; 1 red ip=-; 2 red", [Alert("pair", [1, 3])]
    )
    whole = rule("whole", condition={"gte": 2}, group=None)
    yield Case(
        "no_group_by",
        "Without group-by there is one group for all",
        [whole],
        f"0 red; 1 red ip={OTHER_IP}",
        [Alert("whole", [1, 2])],
    )
    yield Case(
        "no_group_by_field", "… also for events without any field", [whole], "0 red ip=-; 1 red ip=-", [Alert("whole", [1, 2])]
    )
    user = rule("user", condition={"gte": 2}, group=["user.name"])
    yield Case(
        "folded",
        "Group values compare folded; the alert shows the one of the event that fired",
        [user],
        "0 red user.name=An; 1 red user.name=AN",
        [Alert("user", [1, 2], group={"user.name": "AN"})],
    )
    yield Case(
        "folded_vietnamese",
        "Đ and đ are one letter",
        [user],
        "0 red user.name=Đạt; 1 red user.name=đẠT",
        [Alert("user", [1, 2], group={"user.name": "đẠT"})],
    )
    yield Case(
        "normalised",
        "Composed and decomposed letters are one value",
        [user],
        "0 red user.name=\u00e9; 1 red user.name=e\u0301",
        [Alert("user", [1, 2], group={"user.name": "e\u0301"})],
    )
    closing = rule("user", condition={"lt": 3}, group=["user.name"])
    yield Case(
        "folded_closing",
        "Of a closing window it is the one that opened it",
        [closing],
        "0 red user.name=An; 1 red user.name=AN",
        [Alert("user", [1, 2], group={"user.name": "An"})],
    )
    yield Case(
        "number",
        "A number groups by its JSON text",
        [user],
        '0 red user.name=5; 1 red user.name="5"',
        [Alert("user", [1, 2], group={"user.name": "5"})],
    )
    yield Case(
        "truth",
        "So does a truth value",
        [user],
        '0 red user.name=true; 1 red user.name="true"',
        [Alert("user", [1, 2], group={"user.name": "true"})],
    )
    yield Case(
        "list_of_one",
        "A list of one value is that value",
        [user],
        '0 red user.name=["an"]; 1 red user.name=an',
        [Alert("user", [1, 2], group={"user.name": "an"})],
    )
    yield Case(
        "list_of_two",
        "A list of several groups as one",
        [user],
        '0 red user.name=["a","b"]; 1 red user.name=a; 2 red user.name=["a","b"]',
        [Alert("user", [1, 3], group={"user.name": '["a","b"]'})],
    )
    two = rule("two", condition={"gte": 2}, group=["source.ip", "user.name"])
    yield Case(
        "two_fields",
        "All group-by fields decide",
        [two],
        "0 red user.name=a; 1 red user.name=b; 2 red user.name=a",
        [Alert("two", [1, 3], group={"source.ip": IP, "user.name": "a"})],
    )
    yield Case("two_fields_missing", "… and all must be there", [two], "0 red; 1 red user.name=a")


def _aliases() -> Iterator[Case]:
    same = rule(
        "same",
        "temporal",
        rules=["red", "blue"],
        group=["host"],
        aliases={"host": {"red": "source.ip", "blue": "destination.ip"}},
    )
    yield Case(
        "alias",
        "An alias leads to another field in the events of each rule",
        [same],
        f"0 red; 1 blue ip={OTHER_IP} destination.ip={IP}",
        [Alert("same", [1, 2], group={"host": IP})],
    )
    yield Case("alias_other", "… and not to the field of the other rule", [same], f"0 red; 1 blue destination.ip={OTHER_IP}")
    yield Case(
        "alias_two_groups",
        "One event that two rules hit may stand in two groups",
        [same],
        f"0 red+blue destination.ip={OTHER_IP}; 1 blue ip=192.0.2.9 destination.ip={IP}; 2 red ip={OTHER_IP}",
        [Alert("same", [1, 2], group={"host": IP}), Alert("same", [1, 3], group={"host": OTHER_IP})],
    )
    yield Case(
        "alias_one_group",
        "… or, when both fields say the same, in one",
        [same],
        f"0 red+blue destination.ip={IP}",
        [Alert("same", [1], "2", group={"host": IP})],
    )
    partly = rule("partly", "temporal", rules=["red", "blue"], group=["source.ip"], aliases={"source.ip": {"blue": "client.ip"}})
    yield Case(
        "alias_for_one",
        "A rule that the alias does not name keeps the name itself",
        [partly],
        f"0 red; 1 blue ip={OTHER_IP} client.ip={IP}",
        [Alert("partly", [1, 2])],
    )
    chain = [
        rule("burst", condition={"gte": 2}, span="10s"),
        rule(
            "then",
            "temporal_ordered",
            rules=["burst", "blue"],
            group=["host"],
            aliases={"host": {"burst": "source.ip", "blue": "destination.ip"}},
        ),
    ]
    yield Case(
        "alias_of_inner",
        "An alias may lead to an inner group-by name",
        chain,
        f"0 red; 1 red; 5 blue ip={OTHER_IP} destination.ip={IP}",
        [Alert("then", [1, 2, 3], "2", start=1, group={"host": IP})],
    )
    both = {"host": {"red": "source.ip", "blue": "destination.ip"}}
    sums = rule("sums", "value_sum", {"gte": 3, "field": "n"}, rules=["red", "blue"], group=["host"], aliases=both)
    yield Case(
        "alias_two_groups_numbers",
        "An event that stands in two groups brings its numbers to both",
        [sums],
        f"0 red+blue destination.ip={OTHER_IP} n=3",
        [Alert("sums", [1], "3", group={"host": IP}), Alert("sums", [1], "3", group={"host": OTHER_IP})],
    )
