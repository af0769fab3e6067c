"""What runs together with a part of a rule pack: a rule's cases mean the same alone, in their folder, and in the whole pack.

A correlation names rules of other folders, a rule is silent because one of another folder looks at it, and `site.yml` stands at the
top. So the cases below a folder are judged with the rules of the pack that the folder belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from correlator.compiler.correlation_condition import names_in
from correlator.compiler.documents import Document, read_documents
from correlator.compiler.rejection import RejectedDocumentError
from correlator.compiler.ruleset import rule_files
from correlator.compiler.settings import FILE as SITE
from correlator.packs.manifest import MANIFEST

#: What marks the top of a pack, and what no pack reaches beyond.
_TOPS = (SITE, MANIFEST)
_ENDS = (".git", "pyproject.toml")


def pack_of(given: Path, *, here: Path) -> Path:
    """The folder whose rules run together with those below `given`.

    The nearest folder at or above it that a `site.yml` or an imported pack's record marks; without one, `given` itself, or, when
    its correlations name rules that are not in it, the first folder above it, inside of `here`, in which they are.
    """
    folder = given if given.is_dir() else given.parent
    for above in _upward(folder.resolve()):
        if any((above / name).is_file() for name in _TOPS):
            return _as_given(above, folder)
    wanted = missing_references(given)
    if not wanted:
        return given
    for above in _upward(folder.resolve()):
        if above == here.resolve() or not above.is_relative_to(here.resolve()):
            break
        if not missing_references(above) & wanted:
            return _as_given(above, folder)
    return given


def missing_references(given: Path) -> frozenset[str]:
    """The rules that correlations below `given` name and that are not there. Raises `rule.path_missing` and `rule.none_found`."""
    known: set[str] = set()
    named: set[str] = set()
    for document in _documents(given):
        known |= {str(document.content[key]) for key in ("id", "name") if document.content.get(key)}
        named |= set(references_of(document))
    return frozenset(named - known)


def references_of(document: Document) -> tuple[str, ...]:
    """The rules that a correlation names, as written; nothing for any other document."""
    body = document.content.get("correlation")
    if not isinstance(body, dict):
        return ()
    rules = body.get("rules")
    if not rules:
        return names_in(body.get("condition"))
    return tuple(str(one) for one in (rules if isinstance(rules, list) else [rules]))


def needed_by(document: Document, others: list[Document]) -> list[Document]:
    """Of the others what this document's meaning hangs on: what it names, also through other correlations, and every filter."""
    by_name = {str(one.content[key]): one for one in others for key in ("id", "name") if one.content.get(key)}
    waiting, found = list(references_of(document)), dict[str, Document]()
    while waiting:
        one = by_name.get(waiting.pop())
        if one is not None and one.location not in found:
            found[one.location] = one
            waiting += references_of(one)
    filters = [one for one in others if "filter" in one.content]
    return [*found.values(), *filters]


def _upward(folder: Path) -> Iterator[Path]:
    """The folder and those above it, up to the repository that holds them."""
    for above in (folder, *folder.parents):
        yield above
        if any((above / name).exists() for name in _ENDS):
            return


def _as_given(above: Path, folder: Path) -> Path:
    """Written as the person wrote it, as far as that goes."""
    steps = len(folder.resolve().relative_to(above).parts)
    written = folder.parents[steps - 1] if 0 < steps <= len(folder.parents) else folder
    return written if written.resolve() == above else above


def _documents(given: Path) -> Iterator[Document]:
    for path, name in rule_files([given]):
        try:
            yield from read_documents(path, shown_as=name)
        except RejectedDocumentError:
            continue  # the load accounting has it
