"""The page: files that Vite built, and `index.html` rendered with the nonce of each answer."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from khien.errors import KhienError

PLACEHOLDER = "__CSP_NONCE__"
#: As much of a path that is none as an answer repeats.
_SHOWN = 80
_MISSING = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>Khiên</title>
<h1>Khiên</h1><p>Trang chưa được dựng; chạy <code>make web</code>.</p>
<p lang="en">The page is not built; run <code>make web</code>.</p>
"""


def install(application: FastAPI, *, folder: Path | None) -> None:
    """Serve the page below everything that is not the API."""
    built = folder if folder is not None and (folder / "index.html").is_file() else None
    if built is not None and (built / "assets").is_dir():
        application.mount("/assets", _Assets(directory=built / "assets"))

    @application.get("/{path:path}", include_in_schema=False)
    def page(path: str, request: Request) -> Response:
        if path.startswith(("api/", "assets/", "internal/")):
            raise KhienError("request.no_such_path", path=request.url.path)
        if built is None:
            return HTMLResponse(_MISSING, status_code=503)
        file = _file(built, path)
        if file is not None:
            return FileResponse(file)
        return _index(built, nonce=request.state.csp_nonce)


class _Assets(StaticFiles):
    """Names carry the hash of their content, so a browser may keep them for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed through unchanged
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _index(folder: Path, *, nonce: str) -> HTMLResponse:
    text = (folder / "index.html").read_text(encoding="utf-8").replace(PLACEHOLDER, nonce)
    return HTMLResponse(text, headers={"Cache-Control": "no-store"})


def _file(folder: Path, path: str) -> Path | None:
    """A file directly in the folder (icon, manifest); anything else is a view of the page."""
    if not path or "/" in path or path.startswith(".") or path == "index.html":
        return None
    candidate = folder / path
    try:
        return candidate if candidate.is_file() else None
    except OSError as error:
        # A name longer than the file system has (ENAMETOOLONG) names no file and no view.
        raise KhienError("request.no_such_path", path=path[:_SHOWN]) from error
