"""SMB in EVE: one record a command, by the checks of public captures; what EVE has no name for is left out."""

from typing import Any

from khien.eve import eve


def event(action: str, smb: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "@timestamp": "2026-11-10T02:00:00.123456Z",
        "event": {"kind": "event", "action": action, "dataset": "network.smb", "module": "khien"},
        "network": {"transport": "tcp", "type": "ipv4", "protocol": "smb"},
        "source": {"ip": "10.0.0.1", "port": 49_152},
        "destination": {"ip": "10.0.0.2", "port": 445},
        "smb": smb,
        "khien": {"schema": 1, "flow": {"id": "0011223344556677"}, "tx": 3, "packet": 9},
        **more,
    }


def smb_of(found: dict[str, Any] | None) -> dict[str, Any]:
    assert found is not None
    assert found["event_type"] == "smb"
    members: dict[str, Any] = found["smb"]
    return members


def test_a_share_of_pipes_has_another_name_where_it_is_connected() -> None:
    share = {"share": "\\\\dc1\\IPC$", "share_type": "PIPE", "command": "SMB2_COMMAND_TREE_CONNECT"}
    found = smb_of(eve(event("smb-tree", share)))
    assert found["named_pipe"] == "\\\\dc1\\IPC$"
    assert "share" not in found
    found = smb_of(eve(event("smb-tree", share | {"share_type": "FILE"})))
    assert found["share"] == "\\\\dc1\\IPC$"


def test_transactions_count_from_one() -> None:
    assert smb_of(eve(event("smb-echo", {"command": "SMB2_COMMAND_KEEPALIVE"})))["id"] == 4


def test_an_opened_file_has_its_times_in_seconds_and_a_pipe_has_zeros() -> None:
    opened = {"fuid": "00000049-0000-0000-0001-0000ffffffff", "command": "SMB2_COMMAND_CREATE"}
    file = {"path": "temp\\a.exe", "size": 7, "mtime": "2017-12-01T23:32:15.777050Z"}
    found = smb_of(eve(event("smb-open", opened, file=file)))
    assert (found["filename"], found["size"], found["modified"], found["created"]) == ("temp\\a.exe", 7, 1_512_171_135, 0)
    assert smb_of(eve(event("smb-open", opened)))["filename"] == "<share_root>"


def test_a_login_stands_inside_the_record_of_its_session_and_has_none_of_its_own() -> None:
    user, ntlm = {"name": "lan", "domain": "CITY"}, {"host": "PC-7"}
    found = smb_of(eve(event("smb-session", {"command": "SMB2_COMMAND_SESSION_SETUP"}, user=user, ntlm=ntlm)))
    assert found["ntlmssp"] == {"user": "lan", "domain": "CITY", "host": "PC-7"}
    login = event("ntlm-login", {}, user=user, ntlm=ntlm)
    login["event"]["dataset"] = "network.ntlm"
    assert eve(login) is None
    assert eve(event("smb-sealed", {"encrypted_messages": 2})) is None


def test_a_deletion_and_a_renaming_say_what_became_of_the_file() -> None:
    deleted = smb_of(eve(event("smb-delete", {"command": "SMB2_COMMAND_SET_INFO"}, file={"path": "a"})))
    assert (deleted["access"], deleted["filename"]) == ("delete on close", "a")
    renamed = smb_of(eve(event("smb-rename", {"rename": {"from": "a", "to": "b"}}, file={"path": "a"})))
    assert renamed["rename"] == {"from": "a", "to": "b"}
