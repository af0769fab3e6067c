"""What the demo asks the incident API, over HTTPS with the own CA, as any script would."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import httpx

_PAGE = 200


class ApiClient:
    """A logged-in person."""

    def __init__(self, url: str, *, authority: Path, account: str, password: str) -> None:
        context = ssl.create_default_context(cafile=str(authority))
        self._client = httpx.Client(base_url=f"{url}/api/v1", verify=context, trust_env=False, timeout=30.0)
        answer = self._client.post("/session", json={"account": account, "password": password}, headers={"Origin": url})
        answer.raise_for_status()

    def ledger(self) -> dict[str, Any]:
        """The ledger that the page shows."""
        return self._get("/ledger")

    def groups(self, dataset: str) -> list[dict[str, Any]]:
        """Every open group of a dataset, whoever has it."""
        rows: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            query: dict[str, Any] = {"tab": "team", "dataset": dataset, "limit": _PAGE} | ({"after": after} if after else {})
            page = self._get("/alerts", query)
            rows += page["rows"]
            after = page["next"]
            if after is None:
                return rows

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _get(self, path: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._client.get(path, params=query)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
