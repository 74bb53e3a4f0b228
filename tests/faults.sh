#!/usr/bin/env bash
# What machines and people do to runs: killed fifty times in the middle of
# whatever they do, and between that stopped by SIGTERM, which leaves
# checkpoints; after every end a record and a checkpoint damaged: cut at every
# tenth of its length in turn, a byte flipped, a number replaced by another.
# Afterwards no digest may have changed, no file may be there that does not
# belong, and every incident must have been said. `--short`: ten times; `--others`: the
# algorithms that sample by themselves, tests/determinism-others.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C

rounds=50
name=determinism
for argument; do
    case $argument in
        --short) rounds=10 ;;
        --others) name=determinism-others ;;
        *)
            echo "usage: tests/faults.sh [--short] [--others]" >&2
            exit 2
            ;;
    esac
done
# Of the moments of the ends. Which is met depends on the machine as well.
RANDOM=1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [[ -z ${TRPO_LAB:-} ]]; then
    "${CARGO:-cargo}" build --release --locked
    TRPO_LAB=${CARGO_TARGET_DIR:-target}/release/trpo-lab
fi
cp "$TRPO_LAB" "$folder/trpo-lab"
results=$folder/disturbed/$name
log=$folder/errors
damaged=$folder/damaged
touch "$log" "$damaged"

# The sweep, with the folder of its results; `exec`: in place of the shell.
sweep() {
    ${2:-} "$folder/trpo-lab" run "tests/$name.toml" --steps "$steps" --out "$1"
}

fail() {
    echo "$1" >&2
    tail -n 20 "$log" >&2
    exit 1
}

# Milliseconds that the whole sweep takes.
undisturbed() {
    rm -rf "$folder/whole"
    local start
    start=$(date +%s%N)
    sweep "$folder/whole" >/dev/null 2>&1
    echo $((($(date +%s%N) - start) / 1000000))
}

# As many steps as keep this machine, however fast, busy for some five seconds:
# there are records when half of the rounds are over, and work for the others.
steps=10240
took=$(undisturbed)
# The first sweeps are mostly start, and say little of longer ones.
for ((try = 0; try < 3 && took < 4000; try++)); do
    steps=$((steps * 5000 / took + 256))
    took=$(undisturbed)
done
echo "undisturbed: $took ms"

# Ends the sweep by a signal, after 20 to 720 ms.
end_by() {
    # Not a shell that waits for it: the signal is for the program.
    sweep "$folder/disturbed" exec >/dev/null 2>>"$log" &
    local process=$! wait=$((20 + RANDOM % 700))
    sleep "0.$(printf %03d "$wait")"
    kill "-$1" "$process" 2>/dev/null || true
    { wait "$process" || true; } 2>/dev/null
}

# The digests of files, and the files.
digests() {
    (cd "$1" && find . -path './runs/*.json' | sort | while read -r file; do
        echo "$file $(sed -E 's/.*"digest":"([0-9a-f]*)".*/\1/' "$file")"
    done)
}

# Damages one file of those in a folder, another one each time: none of those
# that are damaged already.
incidents=0
declare -A damages=([runs]=0 [checkpoints]=0)
damage() {
    local files file length
    mapfile -t files < <(find "$results/$1" -type f -name 'seed-*' ! -name '*.damaged' 2>/dev/null | sort)
    for ((try = 0; try < ${#files[@]}; try++)); do
        file=${files[$(((incidents * 7 + try) % ${#files[@]}))]}
        if ! grep -q "^$(b2sum <"$file" | cut -d' ' -f1)" "$damaged"; then
            break
        fi
        file=
    done
    if [[ -z ${file:-} ]]; then
        return
    fi
    length=$(stat -c %s "$file")
    case $((incidents % 12)) in
        [0-9])
            truncate -s $((length * (incidents % 12) / 10)) "$file"
            ;;
        10)
            # In the first half: the provenance, which no digest covers, is last.
            local place=$((RANDOM % (length / 2))) byte
            byte=$(od -An -tu1 -j "$place" -N 1 "$file")
            printf "\\x$(printf %02x $((byte ^ 16)))" |
                dd of="$file" bs=1 seek="$place" conv=notrunc status=none
            ;;
        11)
            sed -i -E 's/("theta":\[|"return":\[|"returns":\[)-?[0-9.e-]+/\112345.5/' "$file"
            ;;
    esac
    b2sum "$file" >>"$damaged"
    incidents=$((incidents + 1))
    damages[$1]=$((damages[$1] + 1))
}

for ((round = 0; round < rounds; round++)); do
    end_by TERM
    damage checkpoints
    end_by KILL
    damage runs
    damage checkpoints
done
printed=$(sweep "$folder/disturbed" 2>>"$log") || fail "the last run failed"

changed=$(diff <(digests "$folder/whole/$name") <(digests "$results") | grep -c '^>' || true)
((changed == 0)) || fail "$changed digests changed"

# The files that belong there, and those set aside, which were all named.
diff <(cd "$folder/whole/$name" && find . -type f | sort) \
    <(cd "$results" && find . -type f ! -name '*.damaged' | sort) >&2 || fail "stray or missing files"
for kind in runs checkpoints; do
    ((damages[$kind] >= rounds / 4)) || fail "only ${damages[$kind]} $kind were there to be damaged"
done
aside=$(find "$results" -name '*.damaged' | wc -l)
((aside == incidents)) || fail "$incidents files were damaged, $aside set aside"
find "$results" -name '*.damaged' | while read -r file; do
    grep -qF "$(basename "$(dirname "$file")")/$(basename "$file")" "$log" || fail "nothing was said of $file"
done
if grep -q 'panicked\|internal error' "$log"; then
    fail "the program panicked"
fi
echo "$printed"
echo "$rounds times killed and stopped, ${damages[runs]} records and" \
    "${damages[checkpoints]} checkpoints damaged, all set aside and named:" \
    "0 digests changed, no stray file"
