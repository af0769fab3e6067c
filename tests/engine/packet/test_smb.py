"""SMB: what public captures hold, by their own tests and sensing.md section 16."""

from pathlib import Path
from typing import Any

from tests.engine.packet.reading import read


def events(captures: Path, name: str, dataset: str) -> list[dict[str, Any]]:
    folder = captures / name
    path = folder if folder.is_file() else next(folder.glob("*.pcap"))
    return read(str(path)).events(f"network.{dataset}")


def actions(found: list[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    return [event for event in found if event["event"]["action"] == action]


def test_a_copied_program_is_one_file_with_the_hash_of_its_bytes(captures: Path) -> None:
    found = events(captures, "suricata-verify/smb2-05", "smb")
    assert len(found) == 15
    (tree,) = actions(found, "smb-tree")
    assert (tree["smb"]["share"], tree["smb"]["share_type"]) == ("\\\\admin-pc\\c$", "FILE")
    file = max(events(captures, "suricata-verify/smb2-05", "file"), key=lambda event: event["file"]["size"])
    assert file["file"]["name"] == "mimikatz.exe"
    assert file["file"]["path"] == "temp\\mimikatz.exe"
    assert (file["file"]["size"], file["khien"]["file"]["state"]) == (804_352, "closed")
    assert file["khien"]["file"]["sender"] == "destination"
    # The SHA-256 by which this build of mimikatz is known.
    assert file["file"]["hash"]["sha256"] == "fb55414848281f804858ce188c3dc659d129e283bd62d58d34f6e6f568feab37"
    assert file["smb"]["share"] == "\\\\admin-pc\\c$"


def test_a_part_of_a_file_has_no_hash(captures: Path) -> None:
    (part, _) = sorted(events(captures, "suricata-verify/smb2-05", "file"), key=lambda event: event["file"]["size"])
    assert (part["file"]["size"], part["khien"]["file"]["state"]) == (4_096, "truncated")
    assert "hash" not in part["file"]


def test_an_opened_file_has_the_times_that_the_server_told(captures: Path) -> None:
    (first, *_) = [event for event in events(captures, "suricata-verify/smb2-05", "smb") if "mtime" in event.get("file", {})]
    assert first["file"]["mtime"].startswith("2017-12-01T23:32:15")
    assert first["file"]["created"].startswith("2017-12-06T18:36:39")
    assert first["file"]["size"] == 804_352
    assert first["smb"]["fuid"] == "00000049-0000-0000-0001-0000ffffffff"


def test_a_pipe_is_told_from_a_file_though_its_share_was_connected_before_the_capture(captures: Path) -> None:
    found = events(captures, "suricata-verify/smb2-04", "smb")
    (opened,) = actions(found, "smb-open")
    assert opened["file"]["path"] == "atsvc"
    assert events(captures, "suricata-verify/smb2-04", "file") == []


def test_a_client_that_knows_both_versions_is_answered_in_the_second(captures: Path) -> None:
    (first, second) = actions(events(captures, "suricata-verify/smb2-06", "smb"), "smb-negotiate")
    assert first["smb"]["command"] == "SMB1_COMMAND_NEGOTIATE_PROTOCOL"
    assert first["smb"]["client_dialects"][-1] == "SMB 2.???"
    assert second["smb"]["dialect"] == "2.10"


def test_version_1_tells_systems_and_a_dos_error(captures: Path) -> None:
    found = events(captures, "suricata-verify/smb1-02", "smb")
    assert {event["smb"]["request"]["native_os"] for event in actions(found, "smb-session")} == {"Mac OS X 10.10"}
    refused = actions(found, "smb-logoff")
    assert {(event["smb"]["status"], event["event"]["outcome"]) for event in refused} == {("SRV_BADUID", "failure")}


def test_programs_that_an_exploit_wrote_are_hashed(captures: Path) -> None:
    name = "suricata-verify/filestore-filecontainer-smb1-data-offset"
    files = events(captures, name, "file")
    # Both hashes stand in the capture's own test.
    assert {event["file"]["hash"]["sha256"] for event in files} == {
        "367964b64b83363362805824fae6732858f74f0e9fe527d6e9e05fe2f9e46645",
        "cf99990bee6c378cbf56239b3cc88276eec348d82740f84e9d5c343751f82560",
    }
    assert {event["khien"]["file"]["sender"] for event in files} == {"source"}
    assert {event["smb"]["share"] for event in files} == {"\\\\10.4.30.5\\C$"}


def test_a_deleted_program_is_named(captures: Path) -> None:
    (deleted,) = actions(events(captures, "suricata-verify/smb2-07", "smb"), "smb-delete")
    assert deleted["file"]["name"] == "PSEXESVC.exe"
    assert deleted["event"]["type"][-1] == "deletion"


def test_who_reads_a_file_is_in_the_event_of_the_file(captures: Path) -> None:
    name = "zeek/smb/smb_v2_only_non_zero_reserved1.pcap"
    (file, *_) = [event for event in events(captures, name, "file") if event["file"].get("name") == "Test.txt"]
    assert (file["user"]["name"], file["file"]["size"]) == ("Administrator", 189)


def test_bytes_written_twice_are_an_anomaly(captures: Path) -> None:
    found = events(captures, "suricata-verify/smb-eicar-overlap", "anomaly")
    assert [event["khien"]["anomaly"]["name"] for event in found] == ["smb_file_overlap"]


def test_a_chain_without_end_is_cut_and_told(captures: Path) -> None:
    found = events(captures, "zeek/smb/smb1-logoff-andx-advance.pcap", "anomaly")
    assert [event["khien"]["anomaly"]["name"] for event in found] == ["smb_chain_too_long"]
