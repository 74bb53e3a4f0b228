# For tests/faults.sh: calls of the system that fail, by strace, and calls that do a part of what
# they were asked to.

# Calls, the error (or the signal) that they end with, how often that is to strike, and among
# how many first calls. Every thread counts its calls by itself: from one of the first on each of
# a later few fails, or with a signal that one ends the program.
failing() {
    local call=$1 fault=$2 trace=$folder/trace when
    while wants "$3"; do
        when=$((1 + RANDOM % $4))
        if [[ $fault != signal=* ]]; then
            when+=+$((2 + RANDOM % $4))
        fi
        through timeout 60 strace -f -qq -y -o "$trace" -e "trace=$call" \
            -e "inject=$call:$fault:when=$when"
        look
        case $fault in
            signal=*) ((code == 137)) && grep -q "$results/" "$trace" && strike ;;
            # Those that hit something else, as what is said, do not count.
            *) grep 'INJECTED' "$trace" | grep -q "$results/" && strike ;;
        esac || true
    done
    close
}

# A library in front of the system's, whose reads and writes of files do half of what they are
# asked to, truly, and each third is interrupted before it does anything.
halving() {
    local halved=$folder/halved
    begin "short and interrupted reads and writes"
    cat >"$folder/halving.c" <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long calls;

static int halves(size_t *length) {
    int told = open(getenv("HALVED"), O_WRONLY | O_APPEND);
    if (told >= 0) {
        syscall(SYS_write, told, "x", 1);
        close(told);
    }
    *length = (*length + 1) / 2;
    return __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED) % 3 == 2;
}

ssize_t write(int file, const void *bytes, size_t length) {
    if (file > 2 && length > 16 && halves(&length)) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_write, file, bytes, length);
}

ssize_t read(int file, void *bytes, size_t length) {
    if (file > 2 && length > 16 && halves(&length)) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_read, file, bytes, length);
}
END
    cc -O1 -shared -fPIC -o "$folder/halving.so" "$folder/halving.c" || fail "the library cannot be built"
    while wants "$(often 10)"; do
        : >"$halved"
        start env LD_PRELOAD="$folder/halving.so" HALVED="$halved"
        pause
        kill -TERM "$process" 2>/dev/null || true
        ended "$process"
        look
        if [[ -s $halved ]]; then
            strike
        fi
    done
    close
}

calls() {
    local number label call fault first many
    many=$(often 10)
    # Names of calls differ between processors: those with `?` may be absent.
    local of=(
        "a write fails: ENOSPC|write|error=ENOSPC"
        "a write fails: EIO|write|error=EIO"
        "a write is interrupted: EINTR|write|error=EINTR"
        "fsync fails: EIO|fsync,fdatasync|error=EIO"
        "rename fails: EIO|?rename,?renameat,renameat2|error=EIO"
        "a file cannot be opened: EMFILE|?open,openat|error=EMFILE"
        "a folder or file cannot be made: ENOSPC|?open,openat,?mkdir,mkdirat|error=ENOSPC"
        "a file cannot be removed: EIO|?unlink,unlinkat|error=EIO|4"
        "SIGKILL in a write|write|signal=SIGKILL"
        "SIGKILL in fsync|fsync,fdatasync|signal=SIGKILL"
        "SIGKILL in rename|?rename,?renameat,renameat2|signal=SIGKILL"
        "SIGKILL in a removal|?unlink,unlinkat|signal=SIGKILL|4"
    )
    local can=yes
    strace -f -qq -o /dev/null -e trace=write -e inject=write:error=EIO:when=1000 true 2>/dev/null || can=no
    for number in "${!of[@]}"; do
        IFS='|' read -r label call fault first <<<"${of[$number]}"
        if [[ $can == yes ]]; then
            begin "$label"
            failing "$call" "$fault" "$many" "${first:-16}"
        else
            skip "$label" "there is no strace that may trace"
        fi
    done
    if command -v cc >/dev/null; then
        halving
    else
        skip "short and interrupted reads and writes" "there is no cc"
    fi
}
