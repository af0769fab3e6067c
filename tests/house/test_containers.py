"""The compose file and its Dockerfile, checked without an engine: form, pins, privileges, health, and commands that exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from khien.app.cli import build_parser

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
OURS = ("setup", "incident-api", "correlator", "sensor")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    # podman-compose renders the file by itself, but asks for an engine's version first; no engine is needed to render.
    engine = tmp_path_factory.mktemp("engine") / "podman"
    engine.write_text("#!/bin/sh\necho 'podman version 4.3.1'\n", encoding="utf-8")
    engine.chmod(0o755)
    rendered = subprocess.run(
        [BIN / "podman-compose", "--file", ROOT / "docker-compose.yml", "config"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "POSTGRES_PASSWORD": "rendered-in-a-test", "PATH": f"{engine.parent}:{os.environ['PATH']}"},
    )
    assert rendered.returncode == 0, rendered.stderr.decode()
    document: dict[str, Any] = yaml.safe_load(rendered.stdout)
    services: dict[str, Any] = document["services"]
    return services


def test_the_named_services_are_there(services: dict[str, Any]) -> None:
    assert {"elasticsearch", "postgresql", "correlator", "incident-api", "sensor"} <= set(services)


def test_every_lasting_service_says_how_it_is(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if name != "setup" and "healthcheck" not in service] == []


def test_every_image_has_an_exact_version(services: dict[str, Any]) -> None:
    loose = [name for name, service in services.items() if not re.fullmatch(r"[a-z0-9./-]+:\d+\.\d+[\w.-]*", service["image"])]
    assert loose == []


def test_ours_run_without_privileges(services: dict[str, Any]) -> None:
    for name in OURS:
        service = services[name]
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert "no-new-privileges:true" in service["security_opt"], name
    assert set(services["sensor"]["cap_add"]) == {"NET_RAW", "SETUID", "SETGID", "SETPCAP", "CHOWN", "DAC_OVERRIDE", "FOWNER"}


def test_a_missing_password_is_refused() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert "${POSTGRES_PASSWORD:?" in text
    assert re.search(r"POSTGRES_PASSWORD: (?!\$)", text) is None


@pytest.mark.parametrize("name", OURS)
def test_the_command_of_each_service_is_one_that_khien_has(services: dict[str, Any], name: str) -> None:
    command = [str(word) for word in services[name]["command"]]
    parsed = build_parser("en").parse_args([re.sub(r"\$\{KHIEN_INTERFACE:-(\w+)\}", r"\1", word) for word in command])
    assert parsed.command is not None


def test_each_server_has_a_certificate_for_the_name_it_is_called_by(services: dict[str, Any]) -> None:
    for name in ("incident-api", "correlator"):
        command = [str(word) for word in services[name]["command"]]
        assert name in build_parser("en").parse_args(command).name


@pytest.mark.parametrize("name", ["incident-api", "correlator", "sensor"])
def test_the_health_check_of_each_service_is_a_command_that_khien_has(services: dict[str, Any], name: str) -> None:
    test = services[name]["healthcheck"]["test"]
    assert test[:2] == ["CMD", "khien"]
    assert build_parser("en").parse_args(test[2:]).command is not None


def test_hadolint_finds_nothing() -> None:
    checked = subprocess.run(
        [BIN / "hadolint", "--failure-threshold", "warning", ROOT / "deploy" / "containers" / "khien.Dockerfile"],
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout.decode()
