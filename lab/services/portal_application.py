"""The city portal's application of the lab: pages, a search, a question form, an upload form.

Deliberately weak, and only here: the search glues its input into SQL (on a read-only SQLite file with nothing
in it worth reading), and the upload keeps any file name. Nothing that is uploaded is ever executed: asked for a
`.php` file with `cmd`, it answers a fixed text, as a web shell's first answer would look.

Usage: `python -m lab.services.portal_application FOLDER` (listens on 127.0.0.1:8080).
"""

import html
import re
import sqlite3
import sys
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

_BODY_LIMIT_BYTES = 4 * 1024 * 1024
_SAFE_NAME = re.compile(r"[A-Za-z0-9._-]{1,80}")
# The stand-in's whole power: the same harmless words for every command.
_SHELL_ANSWER = "uid=33(www-data) gid=33(www-data) groups=33(www-data)\n"
_PROCEDURES = (
    ("Đăng ký khai sinh", "Hộ tịch", "Ủy ban nhân dân phường, xã"),
    ("Cấp bản sao trích lục hộ tịch", "Hộ tịch", "Ủy ban nhân dân phường, xã"),
    ("Cấp giấy phép xây dựng nhà ở riêng lẻ", "Xây dựng", "Sở Xây dựng"),
    ("Đăng ký biến động đất đai", "Đất đai", "Văn phòng đăng ký đất đai"),
    ("Cấp giấy chứng nhận đăng ký hộ kinh doanh", "Kinh doanh", "Ủy ban nhân dân phường, xã"),
    ("Hỗ trợ nhà máy nước D'Ran", "Hạ tầng", "Sở Khoa học và Công nghệ"),
)
_TYPES = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}


def prepare_database(path: Path) -> None:
    """Writes the portal's small database anew."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE thu_tuc (ten TEXT, linh_vuc TEXT, co_quan TEXT)")
        database.executemany("INSERT INTO thu_tuc VALUES (?, ?, ?)", _PROCEDURES)
        database.execute("CREATE TABLE tai_khoan (ten TEXT, vai_tro TEXT, dau_vet TEXT)")
        database.execute("INSERT INTO tai_khoan VALUES ('bientap', 'biên tập', 'khien-lab-khong-phai-mat-khau')")


class Portal(BaseHTTPRequestHandler):
    """One request to the portal."""

    protocol_version = "HTTP/1.1"
    server_version = "CongTT"
    sys_version = ""
    folder = Path()

    def do_GET(self) -> None:
        """Pages, search and uploaded files."""
        address = urlsplit(self.path)
        query = parse_qs(address.query, keep_blank_values=True, errors="replace")
        path = unquote(address.path, errors="replace")
        if path == "/tim-kiem":
            self._search(query.get("q", [""])[0])
        elif path.startswith("/tai-len/"):
            self._uploaded(path.removeprefix("/tai-len/"), is_command="cmd" in query)
        elif path == "/suc-khoe":
            self._answer(HTTPStatus.OK, b'{"trang_thai":"tot"}\n', content_type="application/json")
        elif path in {"/", "/hoi-dap", "/nop-ho-so", "/tra-cuu", "/lien-he"} or path.startswith("/tin-tuc/"):
            self._page("Cổng thông tin thành phố Bến Sen", f"<p>{html.escape(path)}</p>" + "<p>Nội dung.</p>" * 40)
        else:
            self._page("Không tìm thấy trang", "", status=HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """The question form and the upload form."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= _BODY_LIMIT_BYTES:
            self._page("Tệp quá lớn", "", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(length)
        path = urlsplit(self.path).path
        if path == "/hoi-dap":
            fields = parse_qs(body.decode("utf-8", "replace"))
            self._page("Đã nhận câu hỏi", f"<p>Mã: {len(fields.get('noi_dung', [''])[0]):04d}</p>")
        elif path == "/nop-ho-so":
            self._upload(body)
        else:
            self._page("Không tìm thấy trang", "", status=HTTPStatus.NOT_FOUND)

    def _search(self, text: str) -> None:
        # Injectable on purpose; the file is opened read-only and SQLite runs one statement at most.
        statement = f"SELECT ten, linh_vuc, co_quan FROM thu_tuc WHERE ten LIKE '%{text}%'"
        try:
            with sqlite3.connect(f"file:{self.folder / 'portal.db'}?mode=ro", uri=True) as database:
                rows = database.execute(statement).fetchmany(50)
        except (sqlite3.Error, sqlite3.Warning) as error:
            self._page("Lỗi truy vấn", f"<pre>{html.escape(str(error))}</pre>", status=HTTPStatus.INTERNAL_SERVER_ERROR)
            return
        cells = "".join("<li>" + html.escape(" · ".join(str(value) for value in row)) + "</li>" for row in rows)
        self._page(f"Kết quả: {len(rows)}", f"<ul>{cells}</ul>")

    def _upload(self, body: bytes) -> None:
        head = f"Content-Type: {self.headers.get('Content-Type', '')}\r\n\r\n".encode("latin-1", "replace")
        saved = []
        for part in BytesParser(policy=HTTP).parsebytes(head + body).walk():
            name = part.get_filename()
            content = part.get_payload(decode=True)
            if name and _SAFE_NAME.fullmatch(name) and isinstance(content, bytes):
                (self.folder / "tai-len" / name).write_bytes(content)
                saved.append(name)
        listed = "".join(f'<li><a href="/tai-len/{name}">{name}</a></li>' for name in saved)
        self._page("Đã nhận hồ sơ", f"<ul>{listed}</ul>")

    def _uploaded(self, name: str, *, is_command: bool) -> None:
        place = self.folder / "tai-len" / name
        if not _SAFE_NAME.fullmatch(name) or not place.is_file():
            self._page("Không tìm thấy tệp", "", status=HTTPStatus.NOT_FOUND)
        elif name.endswith(".php") and is_command:
            self._answer(HTTPStatus.OK, _SHELL_ANSWER.encode(), content_type="text/plain")
        else:
            kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
            self._answer(HTTPStatus.OK, place.read_bytes(), content_type=kind)

    def _page(self, title: str, content: str, *, status: HTTPStatus = HTTPStatus.OK) -> None:
        text = f'<!doctype html><html lang="vi"><title>{html.escape(title)}</title><h1>{html.escape(title)}</h1>{content}'
        self._answer(status, text.encode(), content_type="text/html; charset=utf-8")

    def _answer(self, status: HTTPStatus, content: bytes, *, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Nothing: nginx in front keeps the access log."""


def main(folder: Path) -> None:
    """Serves until it is ended."""
    (folder / "tai-len").mkdir(parents=True, exist_ok=True)
    prepare_database(folder / "portal.db")
    Portal.folder = folder
    ThreadingHTTPServer(("127.0.0.1", 8080), Portal).serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
