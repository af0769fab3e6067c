"""`khien rules sign` and `verify`: a publisher signs a folder of rules, whoever gets it checks every byte."""

from __future__ import annotations

from pathlib import Path

from correlator.packs.archive import read_pack
from correlator.packs.manifest import MANIFEST, hashes_of
from correlator.packs.signature import SIGNATURE, fingerprint, fingerprint_of, new_key, private_key, read_signature, sign
from khien.app.command import Context
from khien.app.rules_output import EXIT_REJECTED, write_file, write_json
from khien.clock import SystemClock, format_utc
from khien.errors import KhienError


def sign_(context: Context) -> int:
    """Write the signature of a folder; `--create` makes the key first."""
    given = context.arguments
    folder, key_file = Path(given.source), Path(given.key)
    if given.create and key_file.exists():
        raise KhienError("output.not_writable", path=str(key_file), reason="exists")
    files = _files(folder)
    key = new_key(key_file) if given.create else private_key(key_file)
    name = given.name or folder.resolve().name
    signed = format_utc(SystemClock().now_us())
    write_file(str(folder / SIGNATURE), sign(hashes_of(files), name=name, signed=signed, key=key))
    if given.json:
        write_json({"name": name, "files": len(files), "signer": fingerprint(key), "signature": str(folder / SIGNATURE)})
    context.tell(context.say("rules.sign.done", name=name, files=len(files), signer=fingerprint(key)))
    return 0


def verify(context: Context) -> int:
    """Compare a folder with its signature. Exit 4 when it does not hold, or another key made it."""
    given = context.arguments
    source = Path(given.source)
    content = read_pack(source)
    if SIGNATURE not in content:
        raise KhienError("pack.signature_invalid", path=str(source), reason=SIGNATURE)
    signature = read_signature(content.pop(SIGNATURE), path=str(source))
    content.pop(MANIFEST, None)
    found = hashes_of(content)
    wrong = sorted(name for name in found.keys() | signature.files.keys() if found.get(name) != signature.files.get(name))
    expected = fingerprint_of(Path(given.key)) if given.key else signature.signer
    if expected != signature.signer:
        raise KhienError("pack.signer_changed", name=signature.name, expected=expected, found=signature.signer)
    if given.json:
        write_json({"name": signature.name, "signed": signature.signed, "signer": signature.signer, "wrong": wrong})
    for name in wrong:
        context.tell(context.say("rules.verify.wrong", name=name))
    done = "rules.verify.failed" if wrong else "rules.verify.done"
    context.tell(context.say(done, name=signature.name, files=len(found), wrong=len(wrong), signer=signature.signer))
    return EXIT_REJECTED if wrong else 0


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise KhienError("pack.no_pack", path=str(folder))
    files = read_pack(folder)
    for record in (SIGNATURE, MANIFEST):
        files.pop(record, None)
    if not any(name.endswith((".yml", ".yaml")) for name in files):
        raise KhienError("pack.no_pack", path=str(folder))
    return files
