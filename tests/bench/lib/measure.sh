# shellcheck shell=bash
# Measuring: CPU by process, wrk, pgbench, and the table at the end.
# Variables that tests/bench/run sets: connections, seconds, work, and those of stack.env.
# shellcheck disable=SC2154

report_rows=() report_notes=()

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

# note_cpu NAME: remembers how much CPU each part has used so far, as NAME_edge, NAME_store …
declare -A cpu_noted
note_cpu() {
    cpu_noted[$1 edge]=$(cpu_ticks "$EDGE_PID")
    cpu_noted[$1 store]=$(cpu_ticks "$INVOICE_STORE_PID")
    cpu_noted[$1 ingester]=$(cpu_ticks "$WEBHOOK_INGESTER_PID")
    # shellcheck disable=SC2046 # one word a process
    cpu_noted[$1 postgres]=$(cpu_ticks $(postgres_pids))
}

# cpu_per_request REQUESTS PART...: microseconds of CPU each, between note_cpu before and note_cpu after.
cpu_per_request() {
    local requests=$1 part ticks text=()
    shift
    for part in "$@"; do
        ticks=$((${cpu_noted["after $part"]} - ${cpu_noted["before $part"]}))
        text+=("$part $((ticks * 1000000 / $(getconf CLK_TCK) / requests))")
    done
    (IFS=, && printf '%s\n' "${text[*]}")
}

# add_row WHAT PER_SECOND P50 P99 CPU [PGBENCH]
add_row() {
    local ratio=
    [[ -z ${6:-} ]] || ratio=$(awk -v a="$2" -v b="$6" 'BEGIN { printf "%.2f", a / b }')
    report_rows+=("$(printf '| %s | %.0f | %.2f | %.2f | %s | %s | %s |' "$1" "$2" "$3" "$4" "$5" "${6:-}" "$ratio")")
    say "$1: $(printf '%.0f' "$2")/s${6:+, pgbench $6/s}"
}

# run_wrk SCRIPT ARGUMENT...: wrk on one thread; sets wrk_rate, wrk_p50, wrk_p99, wrk_requests.
run_wrk() {
    local answer
    answer=$(ADMIN_API_KEY=$ADMIN_API_KEY wrk -t1 -c"$connections" -d"${seconds}s" -s "$1" "$EDGE_URL" -- "${@:2}" |
        grep '^{') || die "wrk failed"
    [[ $(jq .errors <<<"$answer") == 0 ]] || die "the edge refused requests: $answer"
    wrk_rate=$(jq .per_second <<<"$answer") wrk_p50=$(jq .p50_ms <<<"$answer")
    wrk_p99=$(jq .p99_ms <<<"$answer") wrk_requests=$(jq .requests <<<"$answer")
}

# run_pgbench SCRIPT...: transactions a second with as many clients as the services had connections.
run_pgbench() {
    local script files=()
    for script in "$@"; do files+=(-f "$script"); done
    "$postgres_bin/pgbench" -n -M prepared -c "$connections" -j 1 -T "$seconds" "${files[@]}" "$DATABASE_URL" \
        >"$work/pgbench.log" 2>&1 || {
        tail "$work/pgbench.log" >&2
        die "pgbench failed"
    }
    awk '/^tps = / { printf "%.0f\n", $3 }' "$work/pgbench.log"
}

print_report() {
    printf '\nQuittance on %s, %s cores, %s. CPU in microseconds a request, by process.\n\n' \
        "$(date -u +%F)" "$(nproc)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
    printf '| %s |\n' 'what | per second | p50 ms | p99 ms | CPU µs | pgbench, the same SQL | ratio' \
        '--- | ---: | ---: | ---: | --- | ---: | ---:'
    printf '%s\n' "${report_rows[@]}"
    printf '\n'
    printf '%s\n' "${report_notes[@]}"
}
