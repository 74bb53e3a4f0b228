# For tests/faults.sh: how an experiment is run and compared, and the table.

kinds=()
declare -A struck=() lost=() changed=() skipped=()

# Strikes: the first in the whole form, else five.
often() {
    if [[ $is_whole == yes ]]; then echo "$1"; else echo 5; fi
}

fail() {
    echo "faults: ${kind:-}: $1" >&2
    tail -n 20 "$log" >&2
    exit 1
}

# The experiment of this name undisturbed, in $whole, with as many steps as keep this machine,
# however fast, busy for so long that a fault finds records there and work left.
prepare() {
    name=$1
    whole=$folder/whole/$name
    kind="undisturbed $name"
    log=$folder/errors
    root=$folder/whole
    : >"$log"
    local steps=512 took=0 start try wanted=400
    for ((try = 0; try < 4 && took < wanted; try++)); do
        ((try == 0)) || steps=$((steps * (wanted * 4 / 3) / took + 256))
        sed -i "s/^steps = .*/steps = $steps/" "$folder/$name.toml"
        rm -rf "$whole"
        start=$(date +%s%N)
        run >>"$log" 2>&1 || fail "it cannot be made"
        took=$((($(date +%s%N) - start) / 1000000))
    done
    # Moments of faults: not the whole sweep, so that some are left for the next.
    latest=$((took * 2 / 5 + 50))
    contents "$whole" >"$folder/whole.contents"
    echo "$name undisturbed: $(wc -l <"$folder/whole.contents") runs of $steps steps, $took ms"
}

# A kind of fault begins, with a folder of results of its own.
begin() {
    kind=$1
    kinds+=("$kind")
    struck[$kind]=0
    lost[$kind]=0
    changed[$kind]=0
    incidents=0
    tries=0
    : >"$folder/damaged"
    rm -rf "$folder/disturbed"
    root=$folder/disturbed
    results=$root/$name
    log=$folder/errors
    : >"$log"
    : >"$folder/before"
}

skip() {
    begin "$1"
    skipped[$kind]=$2
}

# Whether strikes are wanted still; gives up after four tries for each.
wants() {
    if ((struck[$kind] >= $1 || tries >= 4 * $1)); then
        return 1
    fi
    tries=$((tries + 1))
    if [[ -e $results/manifest.json ]]; then
        finish
    fi
}

strike() {
    struck[$kind]=$((struck[$kind] + 1))
}

# The sweep into $root, with checkpoints after every update, in place of this shell; before it
# what it is run by.
launch() {
    cd "$folder"
    exec "$@" "$program" run "$name.toml" --checkpoint-every 0 --out "$root" ${part:+--shard "$part"}
}

run() {
    (launch "$@")
}

# The same in the background, as $process.
start() {
    launch "$@" >/dev/null 2>>"$log" &
    process=$!
}

# The same to its end, which is $code; what was said is in $said as well.
through() {
    said=$folder/said
    code=0
    # Not straight into a file: limits of files are not for what is said.
    { run "$@" 2>&1 >/dev/null || echo $? >"$folder/code"; } | cat >"$said"
    if [[ -e $folder/code ]]; then
        code=$(cat "$folder/code")
        rm "$folder/code"
    fi
    cat "$said" >>"$log"
}

ended() {
    code=0
    wait "$1" 2>/dev/null || code=$?
}

# Some time, while work is done.
pause() {
    sleep "$(printf "0.%03d" $((20 + RANDOM % (latest < 900 ? latest : 900))))"
}

# All that digests cover of every record: the provenance, which they do not, is last.
contents() {
    (cd "$1" && find . -path './runs/*' -name 'seed-*.json' -exec grep -aHoP '^.*"provenance":(?=.*\}\}$)' {} + | sort) || true
}

# Looks at the records after a fault: each that stood before it stands, and none differs from
# that of the undisturbed experiment, as half of one does.
look() {
    local files sound unread
    [[ -d $results ]] || return 0
    contents "$results" | comm -12 - "$folder/whole.contents" >"$folder/now"
    lost[$kind]=$((lost[$kind] + $(comm -23 "$folder/before" "$folder/now" | wc -l)))
    files=$(find "$results/runs" -name 'seed-*.json' 2>/dev/null | wc -l) || true
    sound=$(wc -l <"$folder/now")
    # But for those that this script damaged, and nobody has read since.
    unread=$(grep -s '/runs/' "$folder/damaged" | sort -u | b2sum -c 2>/dev/null | grep -c ': OK$') || true
    changed[$kind]=$((changed[$kind] + files - unread - sound))
    mv "$folder/now" "$folder/before"
}

# What belongs to runs, and what never stays.
listed() {
    (cd "$1" && find . -type f ! -name '*.damaged' \( -path './runs/*' -o -path './checkpoints/*' \
        -o -path './shards/*' -o -name '*.tmp' -o -name planned.json \) | sort)
}

# Completes the experiment without a fault, unless that was done, and compares all of it. Files
# are set aside where this script damaged them, $incidents, and nowhere else.
finish() {
    local aside
    if [[ ${1:-} != made ]]; then
        run >/dev/null 2>>"$log" || fail "the last run failed"
    fi
    look
    lost[$kind]=$((lost[$kind] + $(comm -13 "$folder/before" "$folder/whole.contents" | wc -l)))
    diff <(listed "$whole") <(listed "$results") >&2 || fail "stray or missing files"
    cmp "$whole/manifest.json" "$results/manifest.json" || fail "another manifest"
    aside=$(find "$results" -name '*.damaged' | wc -l)
    ((aside == incidents)) || fail "$incidents files were damaged, $aside set aside"
    find "$results" -name '*.damaged' | while read -r file; do
        grep -qF "$(basename "$(dirname "$file")")/$(basename "$file")" "$log" || fail "nothing was said of $file"
    done
    if grep -q 'panicked\|internal error' "$log"; then
        fail "the program panicked"
    fi
    incidents=0
    : >"$folder/before"
    # What is mounted there stays.
    find "$root" -depth -mindepth 1 -delete 2>/dev/null || true
}

# The end of a kind of faults.
close() {
    finish
    told
}

told() {
    printf '%-44s %4d\n' "$kind" "${struck[$kind]}"
}

table() {
    local problems=0
    printf '\n%-44s | %6s | %9s | %15s\n' fault struck "runs lost" "digests changed"
    for kind in "${kinds[@]}"; do
        if [[ -n ${skipped[$kind]:-} ]]; then
            printf '%-44s | skipped: %s\n' "$kind" "${skipped[$kind]}"
            continue
        fi
        printf '%-44s | %6d | %9d | %15d\n' "$kind" "${struck[$kind]}" "${lost[$kind]}" "${changed[$kind]}"
        ((struck[$kind] > 0 && lost[$kind] + changed[$kind] == 0)) || problems=$((problems + 1))
    done
    printf '%s\n' "MuJoCo's own errors: tests/mujoco.rs, an_unstable_simulation_ends_the_episode_as_a_fault and" \
        "a_fault_stands_in_the_record_and_the_run_goes_on (make test-mujoco)" "$SECONDS seconds"
    if ((problems > 0)); then
        echo "faults: $problems kinds lost a run, changed a digest, or never struck" >&2
        exit 1
    fi
}
