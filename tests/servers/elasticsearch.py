"""A real Elasticsearch node without its optional modules, from Maven Central, on one loopback port.

8.19 runs on JDK 17, 9 on JDK 21 or later. The node has no security and no replicas: for tests only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import (
    SERVERS,
    CannotStart,
    Running,
    as_user,
    exclusive,
    free_port,
    launch,
    load,
    reaches,
    save,
    scratch_folder,
    wait_until,
)

#: Name of the server → version and the least JDK it runs on.
VERSIONS = {"elasticsearch": ("8.19.21", 17), "elasticsearch9": ("9.5.3", 21)}
START_SECONDS = 150.0
_USER = "nobody"
_CONFIG = """\
cluster.name: khien-tests
node.name: one
discovery.type: single-node
network.host: 127.0.0.1
http.port: {http_port}
transport.port: {transport_port}
path.data: {scratch}/data
path.logs: {scratch}/logs
path.repo: {scratch}/snapshots
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
"""


@dataclass(frozen=True, slots=True)
class Jdk:
    """A Java that was found."""

    home: Path
    major: int


def start(name: str = "elasticsearch", *, owner: str = "") -> Running:
    """The node of this name, started unless it runs; CannotStart with what is missing."""
    with exclusive(name):
        running = load(name)
        if running is not None:
            return running
        version, least_java = VERSIONS[name]
        jdk = find_jdk(least_java)
        running = _launch(name, program=_program(version), jdk=jdk, owner=owner)
        save(running)
        return running


def find_jdk(least: int) -> Jdk:
    """The oldest installed JDK that is new enough: nearest to what the node was tested with."""
    homes = [os.environ.get("ES_JAVA_HOME"), os.environ.get("JAVA_HOME"), *sorted(map(str, Path("/usr/lib/jvm").glob("*")))]
    found = [jdk for home in homes if home and (jdk := _jdk_at(Path(home))) is not None and jdk.major >= least]
    if not found:
        message = f"no JDK {least} or later: install Debian's openjdk-17-jre-headless, or name one in ES_JAVA_HOME"
        raise CannotStart(message)
    return min(found, key=lambda jdk: jdk.major)


def _jdk_at(home: Path) -> Jdk | None:
    release = home / "release"
    if not (home / "bin" / "java").exists() or not release.exists():
        return None
    version = re.search(r'JAVA_VERSION="(\d+)', release.read_text(encoding="utf-8"))
    return Jdk(home, int(version[1])) if version else None


def _program(version: str) -> Path:
    """The unpacked node; fetched once into the local Maven repository, unpacked once."""
    folder = SERVERS / f"elasticsearch-{version}"
    if not (folder / ".complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        with zipfile.ZipFile(_archive(version)) as archive:
            archive.extractall(SERVERS)
        for script in (folder / "bin").iterdir():
            script.chmod(0o755)
        (folder / ".complete").touch()
    return folder


def _archive(version: str) -> Path:
    group = "org/elasticsearch/distribution/integ-test-zip/elasticsearch"
    repository = Path(os.environ.get("MAVEN_REPOSITORY", Path.home() / ".m2" / "repository"))
    archive = repository / group / version / f"elasticsearch-{version}.zip"
    if archive.exists():
        return archive
    maven = shutil.which("mvn")
    if maven is None:
        message = "`mvn` (Debian package maven) is missing; it fetches the Elasticsearch node"
        raise CannotStart(message)
    artifact = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{version}:zip"
    fetched = subprocess.run(
        [maven, "-B", "-q", "dependency:get", "-Dtransitive=false", f"-Dartifact={artifact}"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if fetched.returncode or not archive.exists():
        message = f"Maven could not fetch {artifact}: {(fetched.stdout + fetched.stderr)[-500:]}"
        raise CannotStart(message)
    return archive


def _launch(name: str, *, program: Path, jdk: Jdk, owner: str) -> Running:
    scratch = scratch_folder(name, user=_USER)
    if os.geteuid() == 0 and not reaches(program, user=_USER):
        program = Path(shutil.copytree(program, scratch / program.name))
    configuration = scratch / "config"
    shutil.copytree(program / "config", configuration)
    ports = {"http_port": free_port(), "transport_port": free_port()}
    (configuration / "elasticsearch.yml").write_text(_CONFIG.format(scratch=scratch, **ports), encoding="utf-8")
    options = configuration / "jvm.options.d"
    options.mkdir(exist_ok=True)
    (options / "heap.options").write_text("-Xms512m\n-Xmx512m\n", encoding="utf-8")
    (scratch / "tmp").mkdir()  # its own folder: the node refuses one that holds its configuration
    _give(scratch)
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(scratch),
        "ES_JAVA_HOME": str(jdk.home),
        "ES_PATH_CONF": str(configuration),
        "ES_TMPDIR": str(scratch / "tmp"),
    }
    log = scratch / "console.log"
    process = launch(
        [*as_user(_USER), str(program / "bin" / "elasticsearch"), "-p", str(scratch / "pid")],
        environment=environment,
        scratch=scratch,
        log=log,
    )
    url = f"http://127.0.0.1:{ports['http_port']}"
    wait_until(lambda: _is_ready(url), process=process, seconds=START_SECONDS, log=log)
    return Running(name, process.pid, url, str(scratch), owner)


def _give(scratch: Path) -> None:
    if os.geteuid() != 0:
        return
    for path in (scratch, *scratch.rglob("*")):
        shutil.chown(path, user=_USER)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
