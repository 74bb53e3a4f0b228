# For tests/faults.sh: what people do: two processes at once, files edited on the way, settings
# that diverge; and a panic, which is nobody's wish.

second() {
    begin "a second process in the folder"
    while wants "$(often 10)"; do
        start
        local first=$process
        pause
        through
        ((code == 1)) && grep -q 'another process is working in this folder' "$said" && strike || true
        ended "$first"
        ((code == 0)) || fail "the first process was disturbed"
        look
    done
    close
}

# Both parts, the first of them twice at once; of some one life is killed.
parts() {
    local part processes
    begin "two lives of one part beside another"
    while wants "$(often 10)"; do
        processes=()
        for part in 1/2 1/2 2/2; do
            start
            processes+=("$process")
        done
        pause
        if ((RANDOM % 2)); then
            kill -KILL "${processes[1]}" 2>/dev/null || true
        fi
        if kill -0 "${processes[0]}" 2>/dev/null; then
            strike
        fi
        ended "${processes[1]}"
        for process in "${processes[0]}" "${processes[2]}"; do
            ended "$process"
            ((code == 0)) || fail "a part fails beside another life of it"
        done
        part=
        if grep 'no checkpoint' "$log" >&2; then
            fail "a part is in the way of another's checkpoints"
        fi
        look
        merge --wait 0 || fail "the parts cannot be put together"
        finish made
    done
    told
}

merge() {
    (cd "$folder" && "$program" merge "$name.toml" --out "$root" "$@") >/dev/null 2>>"$log"
}

# Its exit code must be 2, and what it says this.
refused() {
    local words=$1
    shift
    through "$@"
    look
    ((code == 2)) || fail "not refused, but $code: $words"
    grep -q "$words" "$said" || fail "refused, but not because: $words"
    strike
}

# Begins it, and stops it when this file stands.
begun() {
    start
    until [[ -e $results/$1 ]] || ! kill -0 "$process" 2>/dev/null; do
        sleep 0.01
    done
    pause
    kill -TERM "$process" 2>/dev/null || true
    ended "$process"
}

edited() {
    local file=$folder/$name.toml kept=$folder/kept.toml number=0 part=
    begin "the experiment file changed on the way"
    cp "$file" "$kept"
    while wants "$(often 12)"; do
        begun experiment.toml
        look
        case $((number++ % 4)) in
            0)
                # Written half way.
                sed '/^algorithm/{s/po"$//;q}' "$kept" >"$file"
                refused "$name.toml"
                ;;
            1)
                # Another file of the same name.
                mkdir -p "$folder/other"
                cp "$kept" "$folder/other/$name.toml"
                refused 'results of another experiment file' env -C "$folder/other"
                ;;
            2)
                # Other seeds, in a part beside one of the old ones.
                part=1/2
                begun shards/1-of-2.json
                sed 's/^seeds = .*/seeds = "0..3"/' "$kept" >"$file"
                part=2/2
                refused 'other settings, seeds or questions'
                cp "$kept" "$file"
                part=
                # All of it, beside a part.
                refused 'is made in 2 parts'
                merge --close || fail "the parts cannot be closed"
                ;;
            3)
                # A setting that there is not.
                sed 's/^batch = .*/batches = 3/' "$kept" >"$file"
                refused 'batches'
                ;;
        esac
        cp "$kept" "$file"
        rm -rf "$folder/other"
    done
    close
}

# Variants whose runs diverge stand among the others, which are what they were.
diverging() {
    local file=$folder/$name.toml kept=$folder/kept.toml outcomes
    begin "runs that diverge"
    cp "$file" "$kept"
    printf '\n%s\n' '[variant.wild]' 'algorithm = "vpg"' 'vpg.learning_rate = 1e30' >>"$file"
    through
    ((code == 0)) || fail "an experiment with diverging runs ends with $code"
    outcomes=$(find "$results/runs" -path '*/wild/*.json' -exec grep -l '"diverged"' {} + | wc -l)
    struck[$kind]=$outcomes
    (cd "$results" && find runs -path '*/wild/*' -delete && find runs -type d -empty -delete)
    cp "$kept" "$file"
    close
}

# The program has no way to make one; a test brings a task that does.
panics() {
    begin "a panic in a run (tests/custom.rs)"
    (cd "$repository" && "${CARGO:-cargo}" test --release --locked --test custom \
        a_panic_in_one_run_is_its_record_and_the_others_are_what_they_were) >"$log" 2>&1 || fail "the test fails"
    grep -q '1 passed' "$log" || fail "there is no such test"
    strike
    told
}

people() {
    second
    parts
    edited
    diverging
}
