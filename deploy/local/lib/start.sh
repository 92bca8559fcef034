# shellcheck shell=bash
# Starting a stack's processes and waiting until each serves.

start_postgres() {
    local dir=$1
    say "starting a private PostgreSQL on 127.0.0.1:$postgres_port"
    printf '%s\n' "$postgres_home" >"$dir/run/postgres.home"
    postgres_create "$postgres_home" "$postgres_port" "$postgres_password" \
        ${POSTGRES_SHARED_BUFFERS:+"shared_buffers = $POSTGRES_SHARED_BUFFERS"}
    postgres_server "$postgres_home"
    # SIGINT is PostgreSQL's fast stop: SIGTERM would wait for every client to leave.
    supervise_service "$dir/run" "$dir/log/postgres.log" postgres INT "${postgres_command[@]}"
    wait_for_postgres "$postgres_home" "$postgres_port" 60 || fail_with_log "$dir" postgres 60
    postgres_roles "$postgres_home" "$postgres_port" "$postgres_password" "$postgres_owner_password" \
        "$postgres_store_password"
}

# fail_with_log DIR SERVICE SECONDS
fail_with_log() {
    say "the last lines of $1/log/$2.log:"
    tail -n 30 "$1/log/$2.log" >&2 || true
    die "$2 was not ready within $3 s"
}

# start_services DIR: one after the other, each when the one before answers 200 at /readyz. Their order in
# stack_services is that of who needs whom, so that nobody begins its life with a connection that failed.
start_services() {
    local dir=$1 service program
    for service in "${services[@]}"; do
        [[ $service != postgres ]] || continue
        program=$BIN_DIR/quittance-${service//_/-}
        [[ -x $program ]] || die "there is no $program"
        supervise_service "$dir/run" "$dir/log/$service.log" "$service" TERM "$program"
        wait_until_ready "$dir" "$service"
    done
}

# wait_until_ready DIR SERVICE
wait_until_ready() {
    local dir=$1 service=$2 seconds=${READY_SECONDS:-120} metrics deadline
    deadline=$((SECONDS + seconds))
    metrics=${service^^}_METRICS_LISTEN
    until curl -fsS --max-time 5 -o "$dir/run/readyz" "http://$(address_of "${!metrics}")/readyz" 2>/dev/null; do
        ((SECONDS < deadline)) || fail_with_log "$dir" "$service" "$seconds"
        sleep 0.05
    done
    say "$service is ready"
}
