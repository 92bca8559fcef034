# shellcheck shell=bash
# Measuring: CPU and memory by process, wrk, pgbench.
# Variables that tests/bench/run sets: connections, seconds, tries, work, and those of stack.env.
# shellcheck disable=SC2154,SC2153

measured_services=(edge invoice_store webhook_ingester stripe_gateway)

# service_pid SERVICE: as it was at the start; a service that died meanwhile fails the load that it had.
service_pid() {
    local name=${1^^}_PID
    printf '%s\n' "${!name}"
}

# cpu_ticks PID...: user and system time of these processes and of the children that they have waited for.
cpu_ticks() {
    local pid stat fields sum=0
    for pid in "$@"; do
        { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
        read -ra fields <<<"${stat##*) }"
        sum=$((sum + fields[11] + fields[12] + fields[13] + fields[14]))
    done
    printf '%d\n' "$sum"
}

# postgres_pids: the server and its present children.
postgres_pids() {
    printf '%s\n' "$POSTGRES_PID"
    cat "/proc/$POSTGRES_PID/task/$POSTGRES_PID/children"
}

# note_cpu NAME: remembers how much CPU each part has used so far.
declare -A cpu_noted
note_cpu() {
    cpu_noted[$1 edge]=$(cpu_ticks "$EDGE_PID")
    cpu_noted[$1 store]=$(cpu_ticks "$INVOICE_STORE_PID")
    cpu_noted[$1 ingester]=$(cpu_ticks "$WEBHOOK_INGESTER_PID")
    cpu_noted[$1 gateway]=$(cpu_ticks "$STRIPE_GATEWAY_PID")
    cpu_noted[$1 emulator]=$(cpu_ticks "$STRIPE_EMULATOR_PID")
    # shellcheck disable=SC2046 # one word a process
    cpu_noted[$1 PostgreSQL]=$(cpu_ticks $(postgres_pids))
}

# cpu_of PART REQUESTS: microseconds of CPU each, between note_cpu before and note_cpu after.
cpu_of() {
    local ticks=$((${cpu_noted["after $1"]} - ${cpu_noted["before $1"]}))
    printf '%d\n' $((ticks * 1000000 / $(getconf CLK_TCK) / $2))
}

# cpu_per_request REQUESTS PART...: the same for several, as text.
cpu_per_request() {
    local requests=$1 part text=''
    shift
    for part in "$@"; do text+="${text:+, }$part $(cpu_of "$part" "$requests")"; done
    printf '%s\n' "$text"
}

# resident_mib PID
resident_mib() {
    awk '/^VmRSS/ { printf "%.1f\n", $2 / 1024 }' "/proc/$1/status"
}

# wrk_report CONNECTIONS SECONDS SCRIPT ARGUMENT...: wrk on one thread against the edge; prints the script's line of JSON.
wrk_report() {
    local answer left
    for ((left = tries - 1; ; left--)); do
        answer=$(ADMIN_API_KEY=$ADMIN_API_KEY BILLING_TOKEN=$BILLING_TOKEN wrk -t1 -c"$1" -d"${2}s" --timeout 30s \
            -s "$bench/lib/$3" "$EDGE_URL" -- "${@:4}" | grep '^{') || die "wrk failed"
        [[ $(field errors "$answer") != 0 ]] || break
        ((left > 0)) || die "the edge refused requests: $answer"
    done
    printf '%s\n' "$answer"
}

# wrk_answers CONNECTIONS SECONDS SCRIPT ARGUMENT...: as wrk_report, for twice the time where that was not enough for a single
# answer, and again: a slow machine shows by its figures.
wrk_answers() {
    local answer duration=$2
    while :; do
        answer=$(wrk_report "$1" "$duration" "${@:3}") || return 1
        (($(field requests "$answer") == 0)) || break
        ((duration < 60)) || die "not one answer to $3 in $duration s"
        duration=$((duration * 2))
    done
    printf '%s\n' "$answer"
}

# run_wrk SCRIPT ARGUMENT...: with the connections and seconds of this run; sets wrk_rate, wrk_p50, wrk_p99, wrk_requests.
run_wrk() {
    local answer
    answer=$(wrk_answers "$connections" "$seconds" "$@") || exit 1
    wrk_rate=$(field per_second "$answer") wrk_p50=$(field p50_ms "$answer")
    wrk_p99=$(field p99_ms "$answer") wrk_requests=$(field requests "$answer")
}

# run_pgbench SCRIPT: transactions a second with as many clients as the services had connections.
run_pgbench() {
    "$postgres_bin/pgbench" -n -M prepared -c "$connections" -j 1 -T "$seconds" -f "$1" "$DATABASE_ADMIN_URL" \
        >"$work/pgbench.log" 2>&1 || {
        tail "$work/pgbench.log" >&2
        die "pgbench failed"
    }
    awk '/^tps = / { printf "%.0f\n", $3 }' "$work/pgbench.log"
}

# load_webhooks [FLAG VALUE]...: the generator's report, one JSON object.
load_webhooks() {
    "$BIN_DIR/quittance-webhook-load" --pattern "$repository/tests/data/stripe/fixtures/invoice_paid.json" "$@"
}

# send_webhooks CONNECTIONS EVENTS: to the ingester, every event a new one; sets `webhook_answer`.
first_event=1
send_webhooks() {
    local left taken=''
    for ((left = tries - 1; ; left--)); do
        webhook_answer=$(SECRET=$STRIPE_WEBHOOK_SECRET load_webhooks --target "${WEBHOOK_URL#http://}" --events "$2" \
            --first "$first_event" --connections "$1") && taken=1
        first_event=$((first_event + $2))
        [[ -z $taken ]] || break
        ((left > 0)) || die "the ingester refused webhooks: $webhook_answer"
    done
}
