#!/bin/sh
# Fuzzes the targets that are named (all without a name) for FUZZ_SECONDS each: run.sh [TARGET...]
# Beside the seeds in the tree, corpora in FUZZ_CORPUS/TARGET are read and grow (default: corpus/ here, which git ignores).
# Captures of the test data become inputs at run time only: python -m tests.fuzz.captures writes them to FUZZ_CORPUS.
# What crashes, takes over 2 s or over 512 MB is left under artifacts/TARGET/ and ends the run with status 1.
set -eu
cd "$(dirname "$0")"
corpora=${FUZZ_CORPUS:-corpus}
host=$(rustc -vV | sed -n 's/^host: //p')
built=${CARGO_TARGET_DIR:-target}/$host/release
# Coverage for libFuzzer by the compiler's own pass; stable Rust has it, so that no other toolchain is needed. `--target`
# keeps it out of what runs while building.
flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-trace-compares"
flags="$flags -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1"
RUSTFLAGS=$flags cargo build --quiet --release --locked --bins --target "$host"
failed=
for target in ${*:-$(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | grep -v '^khien-fuzz$')}; do
    mkdir -p "$corpora/$target" "seeds/$target" "artifacts/$target"
    # The report goes to a file beside the corpus; its last lines are shown.
    report=$corpora/$target.log
    if ! "$built/$target" "$corpora/$target" "seeds/$target" -artifact_prefix="artifacts/$target/" -timeout=2 -rss_limit_mb=512 \
        -max_total_time="${FUZZ_SECONDS:-60}" -max_len="${FUZZ_LENGTH:-4096}" -print_final_stats=1 >"$report" 2>&1; then
        failed="$failed $target"
        grep -aE -B2 -A12 'panicked at|ERROR: libFuzzer|SUMMARY' "$report" | head -40 >&2
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$report")
    peak=$(sed -n 's/^stat::peak_rss_mb: *//p' "$report")
    cover=$(grep -aoE 'cov: [0-9]+' "$report" | tail -1)
    echo "$target: ${runs:-?} executions in ${FUZZ_SECONDS:-60} s, $cover, ${peak:-?} MB$(case " $failed " in *" $target "*) echo ", FAILED" ;; esac)"
done
[ -z "$failed" ] || { echo "failed:$failed; inputs under $(pwd)/artifacts/" >&2; exit 1; }
