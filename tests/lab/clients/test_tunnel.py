"""The names that carry the marker are legal DNS names and carry all of it."""

import base64
import hashlib

from lab.clients.tunnel import marker, names, question


def test_the_marker_is_sha256_of_the_seed_and_a_counter() -> None:
    second = hashlib.sha256(b"KHIEN-LAB-MARKER\x00\x00\x00\x01").digest()
    assert marker(64)[32:] == second


def test_every_name_is_legal_and_unique_and_the_pieces_make_the_marker() -> None:
    made = list(names("dong-bo.example", 50))
    assert len(set(made)) == 50
    assert max(len(name) for name in made) <= 253
    assert max(len(label) for name in made for label in name.split(".")) <= 63
    pieces = [label for name in made for label in name.split(".")[1:3]]
    assert b"".join(base64.b32decode(piece.upper()) for piece in pieces) == marker(50 * 60)


def test_a_question_is_the_wire_form_of_rfc_1035() -> None:
    wire = bytes.fromhex("1234 0100 0001 0000 0000 0000 0161 076578616d706c65 00 0010 0001".replace(" ", ""))
    assert question("a.example", 0x1234) == wire
