"""One pattern, three readers: what PCRE means is what the engine and the reference find."""

from __future__ import annotations

import json
import re

import pytest
import re2
from khien_engine import detect

from correlator import ir
from correlator.compiler.regex import RegexUnsupportedError, rewrite

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
