# shellcheck shell=bash
# Whether a stack runs, and stopping it.

# stack_is_whole DIR: every service that was started is being watched.
stack_is_whole() {
    local file
    [[ -e $1/stack.env && -d $1/run ]] || return 1
    for file in "$1"/run/*.supervisor; do
        recorded_pid "$file" >/dev/null || return 1
    done
}

# remove_home HOME: of a PostgreSQL that has ended. Where it was killed, its processes may still write a last word.
remove_home() {
    local deadline=$((SECONDS + 30))
    until rm -rf "$1" 2>/dev/null; do
        ((SECONDS < deadline)) || die "$1 cannot be removed"
        sleep 0.1
    done
}

# stop_stack DIR: stops in reverse order, each with time to drain, and removes what only a running stack needs.
stop_stack() {
    local dir=$1 i home observer
    [[ -d $dir/run ]] || return 0
    for observer in "${stack_observers[@]}"; do
        stop_service "$dir/run" "$observer" "${STOP_SECONDS:-45}"
    done
    for ((i = ${#stack_services[@]} - 1; i >= 0; i--)); do
        stop_service "$dir/run" "${stack_services[i]}" "${STOP_SECONDS:-45}"
    done
    if { read -r home <"$dir/run/postgres.home"; } 2>/dev/null; then remove_home "$home"; fi
    release_ports "$dir/run"
    rm -rf "$dir/run" "$dir/keys" "$dir/stack.env"
}
