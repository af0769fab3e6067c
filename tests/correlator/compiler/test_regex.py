"""One pattern, three readers: what PCRE means is what the engine and the reference find."""

from __future__ import annotations

import json
import random
import re

import pytest
import re2
from khien_engine import detect

from correlator import ir
from correlator.compiler.regex import RegexUnsupportedError, rewrite
from correlator.reference import evaluate, read_event

# Pattern, text, whether PCRE finds it (checked by hand against pcre2 10.42's documentation).
FOUND = [
    (r"\d+$", "abc 12\n", True),
    (r"\d+$", "abc 12\n\n", False),
    (r"^\w+$", "đường", False),
    (r"\s", "a\vb", True),
    (r"[\d]{3}-[\w]+", "123-x", True),
    (r"[^\]]\]", "a]", True),
    (r"[]a]+$", "]a", True),
    (r"a[[b]c", "a[c", True),
    (r"\/etc\/passwd", "/etc/passwd", True),
    (r"\"x\"", '"x"', True),
    (r"\-\-force", "--force", True),
    (r"\$\{jndi", "${jndi", True),
    (r"a\.b", "axb", False),
    (r"[a&&b]", "&", True),
    (r"\D", "1", False),
    (r"\W", "đ", True),
    (r"x\Z", "x\n", True),
    # `\s` is ASCII without PCRE2_UCP (pcre2pattern(3), "Generic character types"): a no-break space is none, `\S` is one.
    (r"a\sb", "a\u00a0b", False),
    (r"a\s?b", "a\u00a0b", False),
    (r"a\Sb", "a\u00a0b", True),
    (r"a[\s]b", "a\u2003b", False),
    (r"\bab", "\u00a0ab", True),
    (r"a.b", "a\u0085b", True),
]


@pytest.mark.parametrize(("pattern", "text", "found"), FOUND)
def test_the_rewritten_pattern_means_what_pcre_means(pattern: str, text: str, *, found: bool) -> None:
    written = rewrite(pattern, flags="")
    line = b'{"event":{"dataset":"host.syslog"},"message":%s}\n' % json.dumps(text).encode()
    assert (re2.search(written, text) is not None) is found
    rules = detect.Ruleset(ir.dumps([ir.Rule("a", ir.Regex("message", written))]))
    assert bool(rules.scan(line)) is found


@pytest.mark.parametrize(
    "pattern", [r"(?=a)b", r"(?<!a)b", r"(a)\1", r"a++", "(?>a)", r"\Gab", "[[:alpha:]]", r"[\D]", "abc\\", "[abc", "a" * 10_001]
)
def test_what_no_linear_engine_runs_is_refused(pattern: str) -> None:
    with pytest.raises(RegexUnsupportedError):
        rewrite(pattern, flags="")


def test_a_dollar_in_a_multiline_pattern_stays() -> None:
    assert rewrite("a$", flags="m") == "a$"


@pytest.mark.parametrize("pattern", ["abc", "a|b", "(?:x{2,3})?y", r"\.\*\+", "[a-z]+", "a.c"])
def test_a_plain_pattern_is_left_as_it_is(pattern: str) -> None:
    assert rewrite(pattern, flags="") == pattern
    assert re.compile(pattern).pattern == pattern


#: Pieces of patterns, and characters on which engines may differ: blanks of Unicode, what folds into ASCII, digits of others.
PIECES = [
    r"\s", r"\s?", r"\s+", r"\S", r"\S+", r"\w", r"\W", r"\d", r"\D", r"\b", r"\B", "a", "k", "s", r"[\s]", r"[^\s]", r"[\w ]",
    "[^a]", ".", "$", "^", "\u00a0", "[\u00a0 ]", r"\x20", r"\xa0", r"[\xa0]", r"\v", r"\t", "đ", " ", r"\ ",
]  # fmt: skip
CHARACTERS = " \u00a0\u2003\u2028\x85\v\f\t\n\rakKsſ\u212a1đ_\u0660\u1680\ufeff"


@pytest.mark.parametrize("seed", range(4))
def test_the_engine_and_the_reference_agree_on_every_blank(seed: int) -> None:
    chance, tried = random.Random(seed), 0
    for _ in range(250):
        flags = chance.choice(["", "", "i", "m", "s", "im"])
        written = rewrite("".join(chance.choices(PIECES, k=chance.randint(1, 4))), flags=flags)
        rule = ir.Rule("a", ir.Regex("f", written, flags))
        rules = detect.Ruleset(ir.dumps([rule]))
        for _ in range(8):
            text = "".join(chance.choices(CHARACTERS, k=chance.randint(0, 4)))
            line = json.dumps({"event": {"dataset": "t"}, "f": text}).encode() + b"\n"
            assert bool(rules.scan(line)) is evaluate(rule, read_event(line)), (written, flags, text)
            tried += 1
    assert tried == 2_000
