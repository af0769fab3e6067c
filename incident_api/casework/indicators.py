"""Observables in text that people and alerts wrote: addresses, names, links, hashes, CVE ids and file names.

Reads defanged forms (`hxxp://198[.]51[.]100[.]7`, `name[at]example[.]com`). One pass over the text and a bounded look at each run
of characters: no expression goes back over what it has read, so hostile text costs what its length costs. In doubt it finds
nothing: a name that is not defanged, in a link or in a mail address counts as a domain only under an ending that is in use
(`_ENDINGS`), and `a.sh`, `b.zip` are files.

IPv4 RFC 791, IPv6 RFC 4291 section 2.2, names RFC 1123 section 2.1, links RFC 3986, mail RFC 5321 section 4.1.2 (its usual part).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

#: Of one text; more are counted by the caller.
MOST = 500
#: Read of one text; the rest is said to be unread.
LONGEST = 200_000


class Kind(StrEnum):
    """What an observable is."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    DOMAIN = "domain"
    URL = "url"
    MAIL = "mail"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    CVE = "cve"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One observable in its canonical form: refanged, lower case where case does not matter."""

    kind: Kind
    value: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a text holds, each once in order; `left_out`: beyond the bounds."""

    indicators: tuple[Indicator, ...]
    left_out: int


_DOT = re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\[\.|\.\]", re.IGNORECASE)
_AT = re.compile(r"\[@\]|\[at\]|\(at\)", re.IGNORECASE)
_COLON = re.compile(r"\[:\]|\[://\]|\[:/{2}")
_SCHEME = re.compile(r"(?<![a-z0-9])(?:hxxp|hXXp|h\*\*p|meow)(s?)(?=://)", re.IGNORECASE)
#: No space, quote or bracket that ends a link in prose; RFC 3986 section 2 has neither of these.
_URL = re.compile(r"(?<![a-z0-9])(?:https?|ftp)://[^\s<>\"'`|\\^{}\x00-\x20]{1,2000}", re.IGNORECASE)
_RUN = re.compile(r"[^\s,;\"'<>()\[\]{}|`*=“”‘’…\x00-\x20]+")
#: The same with the brackets of defanging in it.
_ANY_RUN = re.compile(r"[^\s,;\"'<>|`]+")
_EDGE = ".:!?/\\-–_&#%+~$"
_AROUND_URL = ".,;:!?)]*_"
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-fA-F]+")
_HASHES = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256}
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_LONGEST_NAME = 253
_LONGEST_RUN, _LONGEST_FILE, _LONGEST_ADDRESS = 2048, 255, 45
_DOTS_OF_IPV4, _LABELS_OF_A_NAME, _SHORTEST_LABEL = 3, 2, 2
#: Where an IPv6 address that people write about lies: global unicast, unique local, link local; `a::b` of a program is none.
_V6 = tuple(ipaddress.IPv6Network(each) for each in ("2000::/3", "fc00::/7", "fe80::/10"))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Endings that are files before they are domains (zip, sh, py and others are both).
_FILES = _words("""
    7z apk asp aspx bat bin cab chm cmd cpl csv dat db dll doc docm docx dmp dotm elf eml evtx exe gz hta html htm iso img
    inf ini jar jpg jpeg js jse json jsp key lnk log macho mdb msg msi msix odt ole one pcap pcapng pdf pem pfx php php5
    phtml pif pl png ppt pptm pptx ps1 psm1 py pyc rar reg rtf scr sh sqlite sys tar tgz tmp txt vbe vbs vhd vhdx vmdk war
    wim wsf xls xlsb xlsm xlsx xml yml yaml zip
""")
#: Of the longer endings those in common use, abused, or reserved (RFC 2606, RFC 7686), without
#: those that programs use as names (`user.name`, `config.host`); two letters are a country (ISO 3166-1).
_ENDINGS = _words("""
    com net org info biz gov edu mil int arpa mobi asia tel jobs travel museum aero coop cat pro xyz top online site club
    shop app dev vip icu live fun store tech space website cloud link click win bid loan download stream cyou sbs cfd lol
    buzz rest monster quest bond today world life mov digital email network systems services solutions agency media news
    blog wiki city finance bank insurance health university school academy global international racing faith accountant
    cricket webcam gdn kim ltd ninja uno xxx adult sex onion local internal lan corp home intranet example test invalid
    localhost
""")
_COUNTRIES = _words("""
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg
    ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi
    gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw
    ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng
    ni nl no np nr nu nz om pa pe pf pg ph pk pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so
    sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye
    yt za zm zw
""")


def indicators_in(text: str) -> Found:
    """Every observable of a text, once."""
    read = text[:LONGEST]
    found: dict[Indicator, None] = {}
    left_out = 0
    for each in _all(read):
        if each in found:
            continue
        if len(found) >= MOST:
            left_out += 1
            continue
        found[each] = None
    return Found(tuple(found), left_out + (len(text) > LONGEST))


def refanged(text: str) -> str:
    """The text as it was before somebody made it harmless."""
    text = _COLON.sub(lambda found: found.group().strip("[]"), text)
    return _SCHEME.sub(r"http\1", _AT.sub("@", _DOT.sub(".", text)))


def of_value(kind: Kind, text: str) -> Indicator | None:
    """What a person names by hand, in its canonical form; None when it is no such thing."""
    plain = refanged(text.strip())
    return next((each for each in _all(plain) if each.kind is kind), None) or _by_hand(kind, plain)


def _by_hand(kind: Kind, text: str) -> Indicator | None:
    """A domain under an ending that `_ENDINGS` does not have, a file without one of the endings of `_FILES`."""
    if kind is Kind.DOMAIN:
        return _domain(text, is_meant=True)
    if kind is Kind.FILE and 0 < len(text) <= _LONGEST_FILE and not set(text) & set("\r\n\t/\\"):
        return Indicator(Kind.FILE, text)
    return None


def _all(text: str) -> Iterator[Indicator]:
    plain = refanged(text)
    end = 0
    rest: list[str] = []
    for link in _URL.finditer(plain):
        rest.append(plain[end : link.start()])
        end = link.end()
        yield from _of_link(link.group())
    rest.append(plain[end:])
    # What was defanged is meant as a name, whatever its ending.
    runs = (each.group() for each in _ANY_RUN.finditer(text)) if len(plain) != len(text) else ()
    meant = {refanged(run).strip(_EDGE).lower() for run in runs if _DOT.search(run)}
    for part in rest:
        for run in _RUN.finditer(part):
            if len(run.group()) <= _LONGEST_RUN:
                yield from _of_run(run.group().strip(_EDGE), meant)


def _of_link(raw: str) -> Iterator[Indicator]:
    link = raw.rstrip(_AROUND_URL)
    scheme, _, behind = link.partition("://")
    authority, slash, path = behind.partition("/")
    host = authority.rpartition("@")[2]
    bracketed = host.startswith("[")
    name = host[1:].partition("]")[0] if bracketed else host.partition(":")[0]
    inside = _address(name) or _domain(name, is_meant=True)
    if inside is None:
        return
    written = f"[{inside.value}]" + host.partition("]")[2] if bracketed else inside.value + host[len(name) :]
    yield Indicator(Kind.URL, f"{scheme.lower()}://{written}{slash}{path}")
    yield inside


def _of_run(run: str, meant: set[str]) -> Iterator[Indicator]:
    if not run:
        return
    single = _cve(run) or _hash(run) or _address(run)
    if single is not None:
        yield single
        return
    if "@" in run:
        mail = _mail(run)
        if mail is not None:
            yield mail
            yield Indicator(Kind.DOMAIN, mail.value.rpartition("@")[2])
        return
    # `198.51.100.7:443`, `example.com:8443`, `example.com/path`, `C:\\Users\\a\\evil.exe`
    head = run.partition("/")[0].rpartition(":")
    name = head[0] if head[0] and head[2].isascii() and head[2].isdigit() else run.partition("/")[0]
    named = _address(name)
    if named is None and "\\" not in run:
        named = _domain(name, is_meant=name.lower() in meant or run.lower() in meant)
    if named is not None:
        yield named
        return
    file = _file(run)
    if file is not None:
        yield file


def _cve(run: str) -> Indicator | None:
    return Indicator(Kind.CVE, run.upper()) if _CVE.fullmatch(run) else None


def _hash(run: str) -> Indicator | None:
    value = run.rpartition(":")[2]
    kind = _HASHES.get(len(value))
    return Indicator(kind, value.lower()) if kind is not None and _HEX.fullmatch(value) else None


def _address(run: str) -> Indicator | None:
    if not run.isascii() or len(run) > _LONGEST_ADDRESS or not (run.count(".") == _DOTS_OF_IPV4 or ":" in run):
        return None
    try:
        address = ipaddress.ip_address(run.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return Indicator(Kind.IPV4, str(address))
    return Indicator(Kind.IPV6, str(address)) if any(address in network for network in _V6) else None


def _mail(run: str) -> Indicator | None:
    local, _, name = run.rpartition("@")
    local = local.rpartition(":")[2]
    domain = _domain(name.partition(":")[0], is_meant=True)
    return Indicator(Kind.MAIL, f"{local}@{domain.value}") if domain is not None and _LOCAL.fullmatch(local) else None


def _domain(name: str, *, is_meant: bool) -> Indicator | None:
    """`is_meant`: it stood where only a name can stand, so any ending will do."""
    name = name.rstrip(".").lower()
    is_meant = is_meant or name.rpartition(".")[2].startswith("xn--")
    if not name.isascii():
        name = _to_ascii(name)
    labels = name.split(".")
    if len(name) > _LONGEST_NAME or len(labels) < _LABELS_OF_A_NAME or not all(_LABEL.fullmatch(each) for each in labels):
        return None
    ending = labels[-1]
    if not (ending.isalpha() or ending.startswith("xn--")) or len(ending) < _SHORTEST_LABEL:
        return None
    if not is_meant:
        is_known = ending in _ENDINGS or ending in _COUNTRIES
        # `e.g`, `th.s` and the like are abbreviations.
        if not is_known or ending in _FILES or len(labels[-2]) < _SHORTEST_LABEL:
            return None
    return Indicator(Kind.DOMAIN, name)


def _to_ascii(name: str) -> str:
    """IDNA 2003 as the standard library has it; a name that it refuses is none."""
    if len(name) > _LONGEST_NAME:
        return ""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _file(run: str) -> Indicator | None:
    name = re.split(r"[/\\]", run)[-1]
    stem, dot, ending = name.rpartition(".")
    if not stem or not dot or len(name) > _LONGEST_FILE or ending.lower() not in _FILES:
        return None
    return Indicator(Kind.FILE, name)
