# shellcheck shell=bash
# Process records of a stack. DIR/run/NAME.pid holds "PID START": START is the kernel's start time of the process, so
# that a process id which somebody else got since then is never taken for ours.

# In the order in which they start; they stop in the reverse one: no service outlives what it needs.
# shellcheck disable=SC2034
stack_services=(postgres stripe_emulator invoice_store stripe_gateway webhook_ingester edge)

# What deploy/local/observe starts beside a stack. It stops first.
# shellcheck disable=SC2034
stack_observers=(prometheus)

# process_start PID: prints its start time; fails where there is no such process, or only its zombie.
process_start() {
    local stat fields
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra fields <<<"${stat##*) }" # the name before it may contain blanks and parentheses
    [[ ${fields[0]} != [ZX] ]] || return 1
    printf '%s\n' "${fields[19]}"
}

# record_process PID FILE
record_process() {
    local start
    start=$(process_start "$1") || return 0
    printf '%s %s\n' "$1" "$start" >"$2.new"
    mv -f "$2.new" "$2"
}

# recorded_pid FILE: prints the process id if that very process is alive.
recorded_pid() {
    local pid start
    { read -r pid start <"$1"; } 2>/dev/null || return 1
    [[ $(process_start "$pid") == "$start" ]] || return 1
    printf '%s\n' "$pid"
}

# wait_recorded_gone FILE SECONDS: succeeds once that process is gone.
wait_recorded_gone() {
    local deadline=$((SECONDS + $2))
    while recorded_pid "$1" >/dev/null; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# supervise_service RUN LOG NAME STOP_SIGNAL COMMAND...: keeps COMMAND running in the background; its environment is
# this shell's and RUN/NAME.env's. Returns at once.
supervise_service() {
    local run=$1 log=$2 name=$3
    # A session of its own: neither a closed terminal nor its Ctrl-C reaches the stack. The lock stays with the caller.
    setsid bash "$local_lib/supervise" "$run" "$name" "${@:4}" </dev/null >>"$log" 2>&1 9>&- &
    record_process $! "$run/$name.supervisor"
}

# stop_service RUN NAME SECONDS: SIGTERM through its supervisor, SIGKILL after SECONDS. Silent where nothing runs.
stop_service() {
    local run=$1 name=$2 seconds=$3 pid
    if pid=$(recorded_pid "$run/$name.supervisor"); then
        kill -TERM "$pid" 2>/dev/null || true
        if ! wait_recorded_gone "$run/$name.supervisor" "$seconds"; then
            say "$name did not stop within $seconds s: killed"
            kill -KILL "$pid" 2>/dev/null || true
        fi
    fi
    # Left over where the supervisor was killed: nobody else would end it.
    if pid=$(recorded_pid "$run/$name.pid"); then
        kill -KILL "$pid" 2>/dev/null || true
        wait_recorded_gone "$run/$name.pid" 10 || say "$name (process $pid) cannot be killed"
    fi
    rm -f "$run/$name".{pid,supervisor,env}
}
