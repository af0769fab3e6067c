#!/bin/sh
# Debian packages that some tests need; of the product only the server does, and only for reports as PDF. Run as root.
#   libpango-1.0-0, libpangoft2-1.0-0  the lines of a report as PDF (the server needs them, too)
#   fonts-liberation        the letters of a report as PDF: as wide as Times New Roman, Vietnamese included (the server, too)
#   chromium                the page's tests in a real browser
#   fonts-noto-core         Vietnamese letters on the pictures that the browser tests take
#   postgresql              the relational store's contract suite on a real server
#   openjdk-17-jre-headless a real Elasticsearch node (fetched by maven)
#   maven                   fetches that node, an artifact of Maven Central
#   iproute2                network namespaces of the live-sensor and lab tests
#   util-linux              setpriv: servers never run as root; unshare: tshark runs without network
#   tshark                  the second opinion (`khien read --compare tshark`)
set -eu
export DEBIAN_FRONTEND=noninteractive

need=""
want() { # want <command> <package>
    command -v "$1" >/dev/null 2>&1 || need="$need $2"
}
want chromium chromium
[ -d /usr/share/fonts/truetype/noto ] || need="$need fonts-noto-core"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need="$need postgresql"
want java openjdk-17-jre-headless
want mvn maven
want ip iproute2
want setpriv util-linux
want tshark tshark
ls /usr/lib/*/libpango-1.0.so.0 /usr/lib/*/libpangoft2-1.0.so.0 >/dev/null 2>&1 || need="$need libpango-1.0-0 libpangoft2-1.0-0"
[ -d /usr/share/fonts/truetype/liberation ] || need="$need fonts-liberation"

if [ -n "$need" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of package names
    apt-get install -qq -y --no-install-recommends $need >/dev/null
fi
