#!/bin/sh
# Measures trpo-lab and its peers in turn and writes RESULTS.md and
# results.json next to this file. Arguments go to bench.py; `--quick` only
# checks that everything works.
#
# The first run installs the peers into .venv here and in their folders, 3 GB to fetch, 7 GB
# on disk; later runs need no network. RLtools needs g++ and Debian's libopenblas-dev.
set -eu
cd "$(dirname "$0")"

fail() {
    echo "bench-peers: $1" >&2
    exit 1
}

command -v python3 >/dev/null || fail "needs python3, 3.11 or later, which was not found"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "needs python3 3.11 or later, and this is $(python3 --version)"
python3 -c 'import venv, ensurepip' 2>/dev/null ||
    fail "needs pip and venv, which this python3 lacks (Debian: apt install python3-venv)"

# The copy of the requirements is written last: it stands for a whole .venv.
if ! cmp -s requirements.txt .venv/requirements.txt; then
    python3 -m venv --clear .venv
    .venv/bin/python -m pip install --no-deps --requirement requirements.txt ||
        fail "the peers could not be installed"
    cp requirements.txt .venv/
fi

# What a peer needs beside them; one that cannot be installed is left out of the results.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
for peer in tianshou skrl rltools; do
    (
        cd "$peer"
        cmp -s requirements.txt .venv/requirements.txt && exit
        python3 -m venv --clear .venv &&
            .venv/bin/python -m pip install --no-deps --requirement requirements.txt &&
            printf '%s\n' "$site" >"$(.venv/bin/python -c \
                'import sysconfig; print(sysconfig.get_path("purelib"))')/peers.pth" &&
            cp requirements.txt .venv/ && exit
        rm -rf .venv
        echo "bench-peers: $peer could not be installed and is left out" >&2
    )
done
../../src/env/mujoco/fetch.sh
exec .venv/bin/python bench.py "$@"
