"""The ordinary day: habits that go on all the time, and near misses that look like an act but are none.

The near misses are why a rule that merely counts would fire: one mistyped password, a place name with an
apostrophe, a monitoring system that opens every port, a content network with names like noise.
"""

import hashlib
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from lab import visit
from lab.key import Lines, NearMiss, Packets, Text
from lab.plan import (
    ADMIN,
    COMMUNE_AN_BINH,
    COMMUNE_VINH_LOC,
    CONTENT_NETWORK,
    INTERNET,
    MAIL,
    MAILBOX_ADMINISTRATOR,
    MAILBOX_CLERK,
    MAILBOX_DESK,
    MAILBOX_RECEPTION,
    NEWS_NAME,
    PARTNER_DOMAIN,
    PORTAL,
    PORTAL_NAME,
    RESOLVER,
    SOFTWARE_NAME,
    SSH_ADMINISTRATOR,
    SSH_OPERATOR,
    UPDATE_NAME,
    VISITOR,
)
from lab.world import World, filler

_PLAIN, _SECURE = f"http://{PORTAL_NAME}", f"https://{PORTAL_NAME}"
_PAGES = ("/", "/tin-tuc/lich-tiep-dan", "/tin-tuc/tuyen-dung", "/lien-he", "/hoi-dap", "/nop-ho-so", "/tra-cuu")
_SEARCHES = ("khai sinh", "giấy phép xây dựng", "đất đai", "hộ kinh doanh", "lịch tiếp công dân")
_SERVICES = ((PORTAL, (22, 80, 443)), (MAIL, (22, 25, 143, 587, 993)))
_PARTNER_OFFICE = f"vanphong@{PARTNER_DOMAIN}"
_MONITOR = "giam-sat/2.1"


@dataclass(frozen=True, slots=True)
class Habit:
    """Something done again and again, `pause` seconds apart give or take `spread`."""

    name: str
    pause: float
    spread: float
    perform: Callable[[World, random.Random], None]


def _watch_health(world: World, _: random.Random) -> None:
    visit.page(world.admin, f"http://{PORTAL.address}/suc-khoe", agent=_MONITOR)


def _watch_services(world: World, _: random.Random) -> None:
    for plan, ports in _SERVICES:
        visit.check_ports(world.admin, str(plan.address), ports)


def _visit_from_home(world: World, chance: random.Random) -> None:
    base = chance.choice((_PLAIN, _SECURE))
    pages = [base + path for path in chance.sample(_PAGES, 2)]
    visit.page(world.visitor, *pages, visit.query(f"{base}/tim-kiem", q=chance.choice(_SEARCHES)), agent=visit.FIREFOX)


def _visit_by_phone(world: World, chance: random.Random) -> None:
    address = ("--interface", str(VISITOR.also[0]))
    options = (*address, "--tls-max", chance.choice(("1.2", "1.3")))
    visit.page(world.visitor, _SECURE + chance.choice(_PAGES), agent=visit.PHONE, options=options)


def _work_in_an_binh(world: World, chance: random.Random) -> None:
    visit.page(world.an_binh, _PLAIN + chance.choice(_PAGES), agent=visit.CHROME)
    visit.page(world.an_binh, f"https://{NEWS_NAME}/", agent=visit.CHROME)


def _work_in_vinh_loc(world: World, chance: random.Random) -> None:
    words = chance.choice(_SEARCHES)
    visit.page(world.vinh_loc, visit.query(f"{_PLAIN}/tim-kiem", q=words), _PLAIN + "/tra-cuu", agent=visit.CHROME)
    visit.look_up(world.vinh_loc, NEWS_NAME, SOFTWARE_NAME)


def _ask_for_updates(world: World, _: random.Random) -> None:
    visit.page(world.an_binh, f"https://{UPDATE_NAME}/api/phien-ban", agent="cap-nhat/5.0")
    visit.page(world.vinh_loc, f"https://{UPDATE_NAME}/api/phien-ban", agent="cap-nhat/5.0")


def _read_mail(world: World, _: random.Random) -> None:
    visit.read_mail(world.an_binh, MAILBOX_CLERK)
    visit.read_mail(world.vinh_loc, MAILBOX_DESK)


def _write_mail(world: World, chance: random.Random) -> None:
    to = chance.choice((MAILBOX_DESK, MAILBOX_RECEPTION, _PARTNER_OFFICE))
    visit.send_mail(world.an_binh, sender=MAILBOX_CLERK, to=to, subject="Trao đổi công việc", size=600)


def _receive_mail(world: World, _: random.Random) -> None:
    visit.deliver_from_outside(world.internet, sender=_PARTNER_OFFICE, to=MAILBOX_RECEPTION, subject="Cong van")


HABITS = (
    Habit("health check", 5.0, 0.0, _watch_health),
    Habit("service check", 25.0, 0.0, _watch_services),
    Habit("visitor at home", 7.0, 3.0, _visit_from_home),
    Habit("visitor by phone", 9.0, 4.0, _visit_by_phone),
    Habit("work in An Bình", 13.0, 5.0, _work_in_an_binh),
    Habit("work in Vĩnh Lộc", 11.0, 4.0, _work_in_vinh_loc),
    Habit("update check", 20.0, 0.2, _ask_for_updates),
    Habit("reading mail", 18.0, 2.0, _read_mail),
    Habit("writing mail", 31.0, 9.0, _write_mail),
    Habit("mail from outside", 43.0, 9.0, _receive_mail),
)


class EverydayLife:
    """All habits at once, one thread each, from `start` to `stop`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._is_over = threading.Event()
        self._failures: list[str] = []
        self._threads = [threading.Thread(target=self._live, args=(habit,), name=habit.name) for habit in HABITS]

    def start(self) -> None:
        """Lets the day begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[str]:
        """Ends the day; returns what went wrong in it, one sentence each."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(timeout=60.0)
        return self._failures

    def _live(self, habit: Habit) -> None:
        chance = random.Random(habit.name)
        due = time.monotonic() + chance.uniform(0.0, habit.pause)
        while not self._is_over.wait(max(0.0, due - time.monotonic())):
            try:
                habit.perform(self._world, chance)
            except Exception as error:  # noqa: BLE001 -- boundary: thread main; the recorder fails with it
                self._failures.append(f"{habit.name}: {error}")
                return
            due = max(due + habit.pause + chance.uniform(-habit.spread, habit.spread), time.monotonic())


def _mistype_password(world: World) -> None:
    server = str(MAIL.address)
    visit.log_in_with_password(world.admin, server, "uptime", user=SSH_ADMINISTRATOR, typed="Lab-quantri-7319")
    visit.log_in_with_password(world.admin, server, "uptime", user=SSH_ADMINISTRATOR)


def _mistype_mailbox_password(world: World) -> None:
    visit.read_mail(world.vinh_loc, MAILBOX_DESK, password="123456a")
    visit.read_mail(world.vinh_loc, MAILBOX_DESK, password="123456A@")
    visit.read_mail(world.vinh_loc, MAILBOX_DESK)


def _run_maintenance(world: World) -> None:
    for server in (PORTAL, MAIL, PORTAL, MAIL, PORTAL, MAIL):
        visit.log_in_with_key(world.admin, str(server.address), "df -h / | tail -1")
    for server in (PORTAL, ADMIN):
        visit.log_in_with_password(world.admin, str(server.address), "uptime", user=SSH_OPERATOR)


def _search_place_name(world: World) -> None:
    visit.page(world.visitor, visit.query(f"{_PLAIN}/tim-kiem", q="nhà máy nước D'Ran"))
    visit.page(world.visitor, visit.query(f"{_PLAIN}/tim-kiem", q="Trade Union selection 2026 -- hạn nộp"))


def _look_up_case(world: World) -> None:
    visit.page(world.visitor, f"{_PLAIN}/tra-cuu?cmd=ho-so&id=HS-2026-00177", f"{_PLAIN}/tin-tuc/php-la-gi")


def _ask_question(world: World) -> None:
    text = "Tôi muốn hỏi về thủ tục cấp lại giấy khai sinh; nộp ở đâu?"
    visit.form(world.visitor, f"{_PLAIN}/hoi-dap", tieu_de="Hỏi về khai sinh", noi_dung=text)


def _upload_papers(world: World) -> None:
    address = f"{_PLAIN}/nop-ho-so"
    picture = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + filler("picture", 60_000) + b"\xff\xd9"
    visit.upload(world.visitor, address, name="anh-chan-dung.jpg", content=picture, kind="image/jpeg")
    visit.page(world.visitor, f"{_PLAIN}/tai-len/anh-chan-dung.jpg")
    paper = b"%PDF-1.7\n" + filler("paper", 40_000)
    visit.upload(world.visitor, address, name="huong-dan-php.pdf", content=paper, kind="application/pdf")


def _upload_too_much(world: World) -> None:
    size = "Content-Length: 9000000"
    visit.page(world.visitor, f"{_PLAIN}/nop-ho-so", options=("-X", "POST", "-H", size, "-H", "Expect: 100-continue"))


def _mistype_addresses(world: World) -> None:
    wrong = [f"{_PLAIN}{path}" for path in ("/tin-tuc.htm", "/favicon.ico", "/tinh/thieu.png", "/lien-he.html")]
    visit.page(world.visitor, *wrong)


def _download(world: World) -> None:
    visit.page(world.visitor, f"{_PLAIN}/tinh/quy-hoach-2030.pdf")
    visit.page(world.vinh_loc, f"https://{SOFTWARE_NAME}/bo-go-tieng-viet.zip", agent=visit.CHROME)


def _read_slowly(world: World) -> None:
    world.an_binh.spawn(sys.executable, "-m", "lab.clients.slow_reader", NEWS_NAME, "17", "31", "22")


def _load_content_network(world: World) -> None:
    names = [f"{hashlib.sha256(bytes([number])).hexdigest()[:20]}.{CONTENT_NETWORK}" for number in range(24)]
    visit.look_up(world.an_binh, *names)


def _mistype_names(world: World) -> None:
    visit.look_up(world.vinh_loc, "cong-t.bensen.example", "tin-tucc.example", "mail.bensen.exmaple", "phan-mem.exampel")


def _check_sender(world: World) -> None:
    visit.look_up(world.mail, PARTNER_DOMAIN, f"_dmarc.{PARTNER_DOMAIN}", f"k1._domainkey.{PARTNER_DOMAIN}", kind="TXT")


def _circular(world: World) -> None:
    for to in (MAILBOX_CLERK, MAILBOX_DESK, MAILBOX_RECEPTION):
        visit.send_mail(world.admin, sender=MAILBOX_ADMINISTRATOR, to=to, subject="Thông báo bảo trì", size=1500)


def _lines(file: str, *words: str, at_least: int = 1) -> Lines:
    return Lines(file, words, at_least)


def _to_portal(source: str, *contains: str) -> Packets:
    return Packets(source, str(PORTAL.address), "tcp", 1, port=80, contains=contains)


_HOME = str(VISITOR.address)
_ADMIN = str(ADMIN.address)
_ACCESS, _ERRORS = f"{PORTAL.name}/nginx/access.log", f"{PORTAL.name}/nginx/error.log"

NEAR_MISSES = (
    NearMiss(
        "ssh-mistyped-password",
        Text("Quản trị viên gõ sai mật khẩu SSH một lần rồi vào được", "The administrator mistypes the SSH password once"),
        "ssh-password-guessing",
        (_lines(f"{MAIL.name}/auth.log", "Failed password for quantri", _ADMIN),),
        _mistype_password,
    ),
    NearMiss(
        "mailbox-mistyped-password",
        Text("Bàn một cửa gõ sai mật khẩu thư hai lần rồi vào được", "The desk mistypes its mail password twice"),
        "mail-password-guessing",
        (_lines(f"{MAIL.name}/mail.log", "auth failed", MAILBOX_DESK, str(COMMUNE_VINH_LOC.address)),),
        _mistype_mailbox_password,
    ),
    NearMiss(
        "ssh-maintenance",
        Text("Đợt bảo trì: nhiều lần đăng nhập SSH đúng liên tiếp", "Maintenance: many correct SSH log-ins in a row"),
        "ssh-password-guessing",
        (_lines(f"{PORTAL.name}/auth.log", "Accepted publickey for quantri", _ADMIN, at_least=3),),
        _run_maintenance,
    ),
    NearMiss(
        "search-with-apostrophe",
        Text(
            "Tìm địa danh có dấu nháy và cụm từ tiếng Anh",
            "A search for a place name with an apostrophe, and English words",
        ),
        "sql-injection",
        (_lines(_ACCESS, "D%27Ran", '" 500 '), _lines(_ACCESS, "Union+selection")),
        _search_place_name,
    ),
    NearMiss(
        "case-look-up-with-cmd",
        Text("Tra cứu hồ sơ bằng tham số tên là cmd", "A case look-up whose parameter is called cmd"),
        "web-shell",
        (_lines(_ACCESS, "/tra-cuu?cmd=ho-so"),),
        _look_up_case,
    ),
    NearMiss(
        "question",
        Text("Gửi câu hỏi qua biểu mẫu", "A question sent through the form"),
        "sql-injection",
        (_to_portal(_HOME, "POST /hoi-dap"),),
        _ask_question,
    ),
    NearMiss(
        "upload-of-papers",
        Text("Nộp ảnh và tệp PDF có chữ php trong tên", "Upload of a picture, and of a PDF with php in its name"),
        "web-shell",
        (_lines(_ACCESS, "POST /nop-ho-so", at_least=2), _to_portal(_HOME, "huong-dan-php.pdf")),
        _upload_papers,
    ),
    NearMiss(
        "upload-too-large",
        Text("Tệp tải lên quá lớn bị từ chối", "An upload that is too large is refused"),
        "web-shell",
        (_lines(_ERRORS, "client intended to send too large body"),),
        _upload_too_much,
    ),
    NearMiss(
        "mistyped-addresses",
        Text("Vài địa chỉ trang gõ sai, trả về 404", "A few mistyped page addresses, answered 404"),
        "port-scan",
        (_lines(_ACCESS, '" 404 ', at_least=4), _lines(_ERRORS, "thieu.png", "No such file or directory")),
        _mistype_addresses,
    ),
    NearMiss(
        "slow-reader",
        Text("Một phiên TLS mở lâu, giữa các lần đọc có nghỉ", "One long TLS session with pauses between requests"),
        "beacon",
        (Packets(str(COMMUNE_AN_BINH.address), str(INTERNET.address), "tcp", 5, port=443),),
        _read_slowly,
    ),
    NearMiss(
        "large-downloads",
        Text("Tải tệp lớn bình thường", "Ordinary large downloads"),
        "dns-exfiltration",
        (Packets(str(PORTAL.address), _HOME, "tcp", 300),),
        _download,
    ),
    NearMiss(
        "content-network",
        Text("Mạng phân phối nội dung với nhiều tên miền như ngẫu nhiên", "A content network with many names like noise"),
        "dns-exfiltration",
        (Packets(str(COMMUNE_AN_BINH.address), str(RESOLVER.address), "udp", 24, port=53),),
        _load_content_network,
    ),
    NearMiss(
        "mistyped-names",
        Text("Gõ sai vài tên miền (NXDOMAIN)", "A few mistyped domain names (NXDOMAIN)"),
        "dns-exfiltration",
        (Packets(str(COMMUNE_VINH_LOC.address), str(RESOLVER.address), "udp", 4, port=53, contains=("exmaple",)),),
        _mistype_names,
    ),
    NearMiss(
        "sender-check",
        Text("Máy chủ thư kiểm tra bản ghi TXT của bên gửi", "The mail host checks a sender's TXT records"),
        "dns-exfiltration",
        (Packets(str(MAIL.address), str(RESOLVER.address), "udp", 3, port=53, contains=("_dmarc",)),),
        _check_sender,
    ),
    NearMiss(
        "circular",
        Text("Thông báo gửi nhiều hộp thư", "A circular to several mailboxes"),
        "mail-password-guessing",
        (_lines(f"{MAIL.name}/mail.log", "sasl_username=quantri@bensen.example", at_least=3),),
        _circular,
    ),
)
