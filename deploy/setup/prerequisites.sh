#!/bin/sh
# Says in one sentence which tool is missing, and its Debian package, before anything is changed.
# What is checked: Python 3.11+ with venv, Node 20 with npm, and (unless the engine's wheel is kept) Rust with a C linker.
set -eu

missing=0
say() {
    printf 'error: %s\n\nhint: %s\n' "$1" "$2" >&2
    missing=1
}

python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null 2>&1; then
    say "Python 3.11 or newer is missing" "apt-get install python3 python3-venv"
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "\`$python\` is older than Python 3.11" "apt-get install python3 python3-venv, or set PYTHON=/path/to/python3.11"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    say "Python's venv module is missing" "apt-get install python3-venv"
fi

if ! command -v node >/dev/null 2>&1; then
    say "Node 20 or newer is missing" "apt-get install nodejs npm"
elif [ "$(node -p 'parseInt(process.versions.node)')" -lt 20 ]; then
    say "Node is older than 20" "apt-get install nodejs npm (Debian 13), or nodejs.org for Debian 12"
elif ! command -v npm >/dev/null 2>&1; then
    say "npm is missing" "apt-get install npm"
fi

if [ "${1:-}" != "--engine-kept" ]; then
    if ! command -v cargo >/dev/null 2>&1; then
        say "Rust 1.95 or newer is missing" "apt-get install rustup && rustup toolchain install 1.95.0"
    else
        version=$(cargo --version 2>/dev/null | cut -d' ' -f2)
        minor=$(printf '%s' "$version" | cut -d. -f2)
        if [ -z "$minor" ] || [ "$minor" -lt 95 ]; then
            say "Rust is older than 1.95 (found ${version:-none})" "apt-get install rustup && rustup toolchain install 1.95.0"
        fi
    fi
    if ! command -v cc >/dev/null 2>&1; then
        say "a C linker (cc) is missing, which Rust needs" "apt-get install gcc libc6-dev"
    fi
fi

[ "$missing" -eq 0 ] || exit 2
