#!/usr/bin/env bash
# The tests of what holds unsafe code and stands on it, up to training, under
# AddressSanitizer: they use every kernel that this CPU has. In a folder of its own,
# since everything is compiled otherwise; without what brings polars, minutes less.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ $(uname -sm) != "Linux x86_64" ]]; then
    echo "SKIPPED: kernels under AddressSanitizer, on Linux and x86-64 alone" >&2
    exit
fi
# The stable compiler knows sanitizers, but takes them for unfinished.
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="${RUSTFLAGS:-} -Zsanitizer=address"
"${CARGO:-cargo}" test --release --locked --target x86_64-unknown-linux-gnu \
    --target-dir "${CARGO_TARGET_DIR:-target}/sanitizer" \
    --no-default-features --features train --lib "$@"
