# shellcheck shell=bash
# What the scripts say: one line per step on standard error, each with the seconds since the script began, so that
# standard output is free for a result (an invoice, a process id).

# One clock for a script and those that it calls.
export CONSOLE_STARTED=${CONSOLE_STARTED:-${EPOCHREALTIME/[.,]/}}

say() {
    local tenths=$(((${EPOCHREALTIME/[.,]/} - CONSOLE_STARTED) / 100000))
    printf '[%3d.%d s] %s\n' $((tenths / 10)) $((tenths % 10)) "$*" >&2
}

die() {
    say "error: $*"
    exit 1
}

# run_logged LOGFILE COMMAND...: quiet while it works, its last lines where it fails.
run_logged() {
    local log=$1
    shift
    if ! "$@" </dev/null >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        die "failed: $* (whole output in $log)"
    fi
}
