"""The portal of the lab: weak as declared, and no weaker."""

import http.client
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from lab.services.portal_application import Portal, prepare_database

_SHELL = b"<?php echo file_get_contents('/etc/passwd'); ?>"


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[int]:
    """A running portal's port, its files in a scratch folder."""
    (tmp_path / "tai-len").mkdir()
    prepare_database(tmp_path / "portal.db")
    handler = type("Handler", (Portal,), {"folder": tmp_path})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def _ask(port: int, method: str, path: str, *, body: bytes = b"", kind: str = "") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body=body, headers={"Content-Type": kind, "Connection": "close"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def _upload(port: int, name: str, content: bytes) -> int:
    part = f'--x\r\nContent-Disposition: form-data; name="tep"; filename="{name}"\r\n\r\n'.encode()
    body = part + content + b"\r\n--x--\r\n"
    return _ask(port, "POST", "/nop-ho-so", body=body, kind="multipart/form-data; boundary=x")[0]


def test_the_search_finds_by_name(portal: int) -> None:
    status, content = _ask(portal, "GET", "/tim-kiem?q=khai%20sinh")
    assert status == 200
    assert content.decode().count("<li>") == 1


def test_the_search_is_injectable(portal: int) -> None:
    union = quote("' UNION ALL SELECT ten,vai_tro,dau_vet FROM tai_khoan-- -")
    assert b"khien-lab-khong-phai-mat-khau" in _ask(portal, "GET", f"/tim-kiem?q={union}")[1]


@pytest.mark.parametrize("text", ["D'Ran", "'; DROP TABLE thu_tuc-- -"])
def test_a_broken_statement_is_status_500_and_changes_nothing(portal: int, text: str) -> None:
    assert _ask(portal, "GET", f"/tim-kiem?q={quote(text)}")[0] == 500
    assert _ask(portal, "GET", "/tim-kiem?q=khai%20sinh")[1].decode().count("<li>") == 1


def test_an_uploaded_shell_is_kept_and_answers_fixed_words_to_every_command(portal: int) -> None:
    assert _upload(portal, "anh-the.php", _SHELL) == 200
    answers = {_ask(portal, "GET", f"/tai-len/anh-the.php?cmd={command}") for command in ("id", "cat%20/etc/shadow")}
    assert answers == {(200, b"uid=33(www-data) gid=33(www-data) groups=33(www-data)\n")}


def test_without_a_command_the_file_comes_back_as_it_was_sent(portal: int) -> None:
    _upload(portal, "anh-the.php", _SHELL)
    assert _ask(portal, "GET", "/tai-len/anh-the.php") == (200, _SHELL)


@pytest.mark.parametrize("path", ["/tai-len/../portal.db", "/tai-len/%2e%2e%2fportal.db", "/tai-len/thieu.php?cmd=id"])
def test_what_was_not_uploaded_is_not_found(portal: int, path: str) -> None:
    assert _ask(portal, "GET", path)[0] == 404


def test_an_upload_with_a_path_in_its_name_is_not_kept(portal: int, tmp_path: Path) -> None:
    _upload(portal, "../anh-the.php", _SHELL)
    assert [path.name for path in tmp_path.rglob("*.php")] == []
