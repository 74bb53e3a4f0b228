# For tests/faults.sh: clocks that are wrong, that stand, and that jump.

# Whether a clock that is set like this is not that of the machine.
is_wrong() {
    local now
    now=$("$@" date +%s) || return 1
    (((now - $(date +%s)) ** 2 > 86400 ** 2))
}

set_to() {
    begin "the clock: $1"
    shift
    is_wrong "$@" || fail "faketime does not change the clock"
    while wants "$(often 6)"; do
        # In two lives: what one left, the other looks at with its own clock.
        start timeout 60 "$@"
        pause
        kill -TERM "$process" 2>/dev/null || true
        ended "$process"
        look
        ((code != 124)) || fail "it does not come to an end"
        strike
    done
    close
}

jumping() {
    local places=('+3650d' '-3650d' '+1d' '-1h' '+0') place=0
    export FAKETIME_TIMESTAMP_FILE=$folder/clock FAKETIME_NO_CACHE=1
    begin "the clock jumps back and forth"
    while wants "$(often 10)"; do
        echo "${places[0]}" >"$folder/clock"
        start timeout 60 env LD_PRELOAD="$library"
        place=0
        while kill -0 "$process" 2>/dev/null; do
            place=$((place + 1))
            # Never half a line: the clock is read all the time.
            echo "${places[$((place % 5))]}" >"$folder/clock.new"
            mv "$folder/clock.new" "$folder/clock"
            sleep 0.05
        done
        ended "$process"
        look
        ((code != 124)) || fail "it does not come to an end"
        if ((place > 2)); then
            strike
        fi
    done
    unset FAKETIME_TIMESTAMP_FILE FAKETIME_NO_CACHE
    close
}

clock() {
    local library=""
    if command -v faketime >/dev/null; then
        # As the program of this name does, which waits beside what it starts.
        # shellcheck disable=SC2016 # For the inner shell.
        library=$(faketime -f +0 bash -c 'echo "$LD_PRELOAD"')
    fi
    if [[ -z $library ]]; then
        local clock
        for clock in "the clock: in 2100" "the clock: 1970" "the clock: stands still" "the clock: ten times as fast" \
            "the clock jumps back and forth"; do
            skip "$clock" "there is no faketime"
        done
        return
    fi
    set_to "in 2100" env LD_PRELOAD="$library" FAKETIME="@2100-01-01 00:00:00"
    set_to "1970" env LD_PRELOAD="$library" FAKETIME="@1970-01-02 00:00:00"
    set_to "stands still" env LD_PRELOAD="$library" FAKETIME="2001-01-01 00:00:00"
    set_to "ten times as fast" env LD_PRELOAD="$library" FAKETIME="+400d x10"
    jumping
}
