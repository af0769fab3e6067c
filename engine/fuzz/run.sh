#!/bin/sh
# Fuzzes every target for FUZZ_SECONDS, from the kept seeds; a crash ends the run and leaves its input under artifacts/.
set -eu
cd "$(dirname "$0")"
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    echo "error: cargo-fuzz with nightly Rust is missing; hint: rustup toolchain install nightly && cargo install --locked cargo-fuzz" >&2
    exit 2
fi
for target in ${FUZZ_TARGETS:-$(cargo +nightly fuzz list --fuzz-dir .)}; do
    mkdir -p "corpus/$target" "seeds/$target"
    cargo +nightly fuzz run --fuzz-dir . "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=1024 -max_len=2048 -print_final_stats=1
done
