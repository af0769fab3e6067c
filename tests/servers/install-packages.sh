#!/usr/bin/env bash
# Debian packages for the servers of the tests, and why each is needed. Run as root; installs nothing that is there already.
set -euo pipefail
packages=()
command -v setpriv >/dev/null || packages+=(util-linux)       # setpriv: servers never run as root
command -v mvn >/dev/null || packages+=(maven)                # fetches the Elasticsearch node from Maven Central
ls /usr/lib/jvm/*/bin/java >/dev/null 2>&1 || packages+=(openjdk-17-jre-headless)  # runs Elasticsearch 8.19
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages+=(postgresql)      # a PostgreSQL for the state of people's work
if [ "${#packages[@]}" -gt 0 ]; then
    echo "installing ${packages[*]}" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi
