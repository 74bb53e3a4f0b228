# For tests/faults.sh: ends by signals at random moments, and damage done to files between them.

# A signal, the exit code that says that it ended the program, how often.
by_signal() {
    while wants "$3"; do
        # Whoever starts this may ignore SIGHUP.
        start env --default-signal=HUP
        pause
        kill "-$1" "$process" 2>/dev/null || true
        ended "$process"
        look
        if ((code == $2)); then
            strike
        fi
    done
    close
}

signals() {
    local many
    many=$(often 50)
    if [[ -n $1 ]]; then
        many=25
    fi
    begin "SIGKILL$1"
    by_signal KILL 137 "$many"
    begin "SIGTERM$1"
    by_signal TERM 143 "$many"
    begin "SIGHUP$1"
    by_signal HUP 143 "$(often 20)"
}

# A file of those of runs of this kind, not yet damaged, and no checkpoint whose record stands:
# those are removed unread.
target() {
    local file record
    find "$results/$1" -type f -name 'seed-*' ! -name '*.damaged' ! -name '*.tmp' 2>/dev/null | shuf --random-source="$program" |
        while read -r file; do
            record=${file/$name\/checkpoints/$name\/runs}
            if [[ $1 == checkpoints && -e ${record%.checkpoint}.json ]]; then
                continue
            fi
            if ! grep -q "^$(b2sum <"$file" | cut -d' ' -f1)" "$folder/damaged"; then
                echo "$file"
                break
            fi
        done
}

flip() {
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    printf "\\x$(printf %02x $((byte ^ 16)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# Damages a file in the way of this number: cut at each tenth of its length, or a bit flipped,
# or of records a number replaced by another, of checkpoints a bit flipped behind their head.
harm() {
    local file=$1 length
    length=$(stat -c %s "$file")
    case $2:$file in
        10:*)
            # In the first half: the provenance of a record, which no digest covers, is last.
            flip "$file" $((RANDOM % (length / 2)))
            ;;
        11:*.json)
            sed -i -E 's/("return":\[|"returns":\[)-?[0-9.e-]+/\112345.5/' "$file"
            ;;
        11:*)
            flip "$file" $((length / 2 + RANDOM % (length / 2)))
            ;;
        *)
            truncate -s $((length * $2 / 10)) "$file"
            ;;
    esac
    b2sum "$file" >>"$folder/damaged"
    incidents=$((incidents + 1))
}

# After every end one file is damaged.
damage() {
    local what number file ways=(0 5 10 11 9 1 2 3 4 6 7 8)
    for what in runs checkpoints; do
        case $what in
            runs) begin "a record cut or changed${1:-}" ;;
            checkpoints) begin "a checkpoint cut or changed${1:-}" ;;
        esac
        number=0
        while wants "$(often 36)"; do
            start
            pause
            kill -KILL "$process" 2>/dev/null || true
            ended "$process"
            look
            file=$(target "$what" || true)
            if [[ -n $file ]]; then
                harm "$file" "${ways[$((number++ % 12))]}"
                strike
                # What was damaged is no loss.
                grep -avF ".${file#"$results"}:" "$folder/before" >"$folder/now" || true
                mv "$folder/now" "$folder/before"
            fi
        done
        close
    done
}
