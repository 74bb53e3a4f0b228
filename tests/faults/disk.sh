# For tests/faults.sh: disks that are full or read-only, limits, and output that goes nowhere.

# A small file system at $1, of this size.
mounted() {
    mkdir -p "$1"
    mount -t tmpfs -o "size=$2" tmpfs "$1" || fail "cannot mount"
    mounts+=("$1")
}

# Fills the file system at $root but for so many pages.
fill() {
    local free
    free=$(($(stat -f -c %a "$root") - $1))
    if ((free > 0)); then
        head -c $((free * 4096)) /dev/zero >"$root/ballast" 2>/dev/null || true
    fi
}

full() {
    local pages=0 before
    begin "a full disk, before the start and amid runs"
    mounted "$root" 8m
    while wants "$(often 50)"; do
        if ((RANDOM % 2)); then
            # Full to within some pages: writes end in the middle.
            fill $((pages++ % 40))
            through timeout 60
            rm -f "$root/ballast"
        else
            before=$(stat -c %s "$log")
            start timeout 60
            pause
            # The disk fills, and later somebody makes room.
            fill 0
            pause
            rm -f "$root/ballast"
            ended "$process"
            tail -c "+$((before + 1))" "$log" >"$folder/said"
        fi
        look
        if grep -q 'No space left' "$folder/said"; then
            strike
        fi
    done
    close
    umount "$root"
    unset 'mounts[-1]'
}

readonly_disk() {
    local before place
    begin "a disk that becomes read-only"
    # The lock is a file that is held open, with which no disk becomes read-only by order.
    for place in runs checkpoints; do
        mounted "$results/$place" 16m
    done
    while wants "$(often 20)"; do
        before=$(stat -c %s "$log")
        start timeout 60
        pause
        for place in runs checkpoints; do
            until mount -o remount,ro "$results/$place" 2>/dev/null; do :; done
        done
        if ((RANDOM % 2)); then
            pause
            mount -o remount,rw "$results/runs"
        fi
        ended "$process"
        for place in runs checkpoints; do
            mount -o remount,rw "$results/$place"
        done
        tail -c "+$((before + 1))" "$log" >"$folder/said"
        look
        if grep -q 'Read-only file system' "$folder/said"; then
            strike
        fi
    done
    close
    for place in runs checkpoints; do
        umount "$results/$place"
        unset 'mounts[-1]'
    done
}

# A limit on the size of files: the write that meets it writes a part.
limited() {
    # shellcheck disable=SC2016 # For the inner shell.
    local wrap=(bash -c 'if [[ $2 == told ]]; then trap "" XFSZ; fi; ulimit -f "$1"; shift 2; exec "$@"' wrap)
    begin "a limit on file size, told or by signal"
    while wants "$(often 20)"; do
        if ((RANDOM % 2)); then
            through "${wrap[@]}" $((1 + RANDOM % largest)) told
        else
            through "${wrap[@]}" $((1 + RANDOM % largest)) killed
        fi
        look
        if ((code == 153)) || grep -q 'File too large' "$said"; then
            strike
        fi
    done
    close
}

# What is said cannot be written.
unheard() {
    begin "output to a full device or to nobody"
    while wants 5; do
        code=0
        case $((RANDOM % 3)) in
            0) run >/dev/full 2>/dev/full || code=$? ;;
            1) run >/dev/full 2>>"$log" || code=$? ;;
            # Nobody reads, which is no error, and no strike.
            2) run 2>&1 | true || true ;;
        esac
        look
        if ((code > 0)); then
            strike
        fi
    done
    close
}

disk() {
    local largest reason=""
    # KiB of the largest record.
    largest=$(($(find "$whole/runs" -type f -printf '%s\n' | sort -n | tail -n 1) / 1024 + 1))
    if [[ $(id -u) != 0 ]]; then
        reason="it needs root"
    elif ! { mkdir -p "$folder/try" && mount -t tmpfs tmpfs "$folder/try" && umount "$folder/try"; } 2>/dev/null; then
        reason="nothing can be mounted here"
    fi
    if [[ -z $reason ]]; then
        full
        readonly_disk
    else
        skip "a full disk, before the start and amid runs" "$reason"
        skip "a disk that becomes read-only" "$reason"
    fi
    limited
    unheard
}
