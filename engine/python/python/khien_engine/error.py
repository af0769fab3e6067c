"""The one exception that native code raises: a stable code, its parameters and a place to look."""

from collections.abc import Mapping


class EngineError(Exception):
    """A failure told by the engine.

    `code` is `noun.what_is_wrong`; `params` are plain texts, so that any language can build the sentence; `location`
    says where to look (a path, `packet 1042`, `line 77`) or is `None`.
    """

    code: str
    params: dict[str, str]
    location: str | None

    def __init__(self, code: str, params: Mapping[str, str], location: str | None = None) -> None:
        super().__init__(code, dict(params), location)
        self.code = code
        self.params = dict(params)
        self.location = location

    def __str__(self) -> str:
        """Return code, place and parameters on one line, for logs; people are shown the registry's text."""
        details = ", ".join(f"{name}={value}" for name, value in sorted(self.params.items()))
        place = f" at {self.location}" if self.location else ""
        return f"{self.code}{place}" + (f" ({details})" if details else "")
