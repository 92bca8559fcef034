# shellcheck shell=bash
# `profile`: where the CPU time of each path goes, by kind of work and by process: perf samples every process that is
# concerned while the path is under load, and profile.awk tells by symbol and library what each sample was doing.
# Variables that tests/bench/run sets: events, seconds, connections, invoices, bench, work, and those of stack.env.
# shellcheck disable=SC2154

profile_hz=997

bench_profile() {
    if ! can_profile; then
        say "profile: skipped, perf (Debian: linux-perf) is missing or may not sample"
        return 0
    fi
    load_invoices "$invoices"
    choose_ids
    make_customers
    profile_path 'signed webhook to durable' send_webhooks "$connections" "$events"
    profile_path 'get by id' run_wrk get.lua "$work/ids"
    profile_path "list of 20 by cursor, one team's" run_wrk cursor.lua "$work/team_ids"
    profile_path 'list of 20 with total' run_wrk list.lua
    profile_path 'create' run_wrk create.lua "$work/customers"
}

can_profile() {
    command -v perf >/dev/null && perf record -q -e cpu-clock -o "$work/perf.try" true >/dev/null 2>&1
}

# profiled_processes: "PID NAME" a line.
profiled_processes() {
    local pid
    printf '%s\n' "$EDGE_PID edge" "$INVOICE_STORE_PID store" "$WEBHOOK_INGESTER_PID ingester" "$STRIPE_GATEWAY_PID gateway"
    for pid in $(postgres_pids); do printf '%s PostgreSQL\n' "$pid"; done
}

# profile_path TITLE LOAD ARGUMENT...
profile_path() {
    local title=$1 recorder deadline=$((SECONDS + 120))
    shift
    start_recorder
    until [[ -s $work/perf.data ]]; do
        ((SECONDS < deadline)) || die "perf does not begin: $(<"$work/perf.log")"
        # A process of PostgreSQL that ended meanwhile is one that perf does not find: once more with those of now.
        kill -0 "$recorder" 2>/dev/null || start_recorder
        sleep 0.05
    done
    "$@"
    kill -INT "$recorder" 2>/dev/null || true
    # perf ends by the signal that it was sent, once its file is whole.
    wait "$recorder" || true
    perf script -i "$work/perf.data" -F pid,ip,sym,dso 2>"$work/perf.log" >"$work/samples" || {
        tail "$work/perf.log" >&2
        die "perf's samples of '$title' could not be read"
    }
    add_shares "$title"
}

# Sets the caller's `recorder`: perf, which samples the processes of now.
start_recorder() {
    local pids
    rm -f "$work/perf.data"
    profiled_processes >"$work/processes"
    pids=$(cut -d' ' -f1 "$work/processes" | paste -sd,)
    perf record -q -e cpu-clock -F "$profile_hz" -p "$pids" -o "$work/perf.data" >"$work/perf.log" 2>&1 &
    recorder=$!
}

# add_shares TITLE: one table, the shares of all samples in percent.
add_shares() {
    local -a cells
    local costliest=''
    begin_table '<kind of work' edge store ingester gateway PostgreSQL all
    while IFS='|' read -ra cells; do
        case ${cells[0]} in
            '#'*) costliest+="${costliest:+, }\`${cells[0]#\#}\`" ;;
            *) add_row "${cells[@]}" ;;
        esac
    done < <(
        awk -f "$bench/lib/profile.awk" "$work/processes" "$work/samples"
    )
    add_note "Percent of the CPU time that these processes took, $(wc -l <"$work/samples") samples. "
    add_note "The costliest functions outside kernel and PostgreSQL: $costliest."
    print_table "profile: $1"
}
