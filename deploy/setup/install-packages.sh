#!/bin/sh
# Debian packages that some tests need; the product itself needs none of them. Run as root.
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

if [ -n "$need" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of package names
    apt-get install -qq -y --no-install-recommends $need >/dev/null
fi
