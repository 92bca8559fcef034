# shellcheck shell=bash
# `soak`: webhooks, gets, lists and creations together for some minutes, at 64 connections a service; the memory of each
# service at the start, in the middle and at the end. Then thousands of idle connections.
# Variables that tests/bench/run sets: soak_seconds, idle_connections, connections, invoices, bench, work, and those of stack.env.
# shellcheck disable=SC2154

bench_soak() {
    begin_table '<service' 'start MiB' 'middle MiB' 'end MiB' 'growth MiB' '<limits'
    load_invoices "$invoices"
    choose_ids
    make_customers
    start_soak_load
    sample_soak
    finish_soak_load
    add_soak_rows
    print_table "soak of $soak_seconds s, $connections connections a service"
    bench_idle
}

# Where a run ends before its time.
soak_jobs=()
stop_soak_load() {
    local job
    for job in "${soak_jobs[@]}"; do kill -TERM -- "-$job" 2>/dev/null || true; done
}

# What is sent, each in the background: half of the edge's connections get, nearly half list by cursor, and a few create at a calm
# pace, because every creation costs the emulator, too, and that for good. Sets soak_began, before which none of them is over.
start_soak_load() {
    local half=$((connections / 2)) creating=$((connections < 16 ? 1 : 4)) rest_ms=200
    say "soak: $soak_seconds s"
    soak_began=$SECONDS
    # Each with a process group of its own, so that it can be ended with all that it started.
    set -m
    soak_webhooks >"$work/soak.webhooks" &
    soak_jobs+=($!)
    wrk_report "$half" "$soak_seconds" get.lua "$work/ids" >"$work/soak.gets" &
    soak_jobs+=($!)
    wrk_report $((connections - half - creating)) "$soak_seconds" cursor.lua "$work/team_ids" >"$work/soak.lists" &
    soak_jobs+=($!)
    wrk_report "$creating" "$soak_seconds" create.lua "$work/customers" "$rest_ms" >"$work/soak.creations" &
    soak_jobs+=($!)
    set +m
    # The numbers that the webhooks in the background take.
    first_event=$((first_event + 100000000))
}

# In rounds, because the events of a round are signed before it begins.
soak_webhooks() {
    local end=$((SECONDS + soak_seconds)) sent=0 round=$((events / 10))
    while ((SECONDS < end)); do
        send_webhooks "$connections" "$round"
        sent=$((sent + round))
    done
    jq -n --argjson sent "$sent" --argjson seconds "$soak_seconds" '{requests: $sent, per_second: ($sent / $seconds)}'
}

# The start is a tenth into the time: by then pools, caches and the allocator's arenas have their size. The end is a second
# before it, under load still.
declare -A soak_mib
sample_soak() {
    sample_at start $((soak_began + soak_seconds / 10))
    sample_at middle $((soak_began + soak_seconds / 2))
    sample_at end $((soak_began + soak_seconds - 1))
}

# sample_at WHEN SECOND
sample_at() {
    local service job
    while ((SECONDS < $2)); do
        for job in "${soak_jobs[@]}"; do kill -0 "$job" 2>/dev/null || ((SECONDS + 2 > $2)) || die 'a load ended before its time'; done
        sleep 0.2
    done
    for service in "${measured_services[@]}"; do
        soak_mib[$1 $service]=$(resident_mib "$(service_pid "$service")")
    done
    say "soak, $1: $(for service in "${measured_services[@]}"; do printf '%s %s MiB ' "$service" "${soak_mib[$1 $service]}"; done)"
}

finish_soak_load() {
    local job what text=''
    for job in "${soak_jobs[@]}"; do wait "$job" || die 'a load of the soak failed'; done
    soak_jobs=()
    for what in webhooks gets lists creations; do
        text+="${text:+, }$what $(field requests "$(<"$work/soak.$what")") ($(rounded 0 "$(field per_second "$(<"$work/soak.$what")")")/s)"
    done
    add_note "Answered: $text."
}

add_soak_rows() {
    local service start middle end growth most growth_verdict
    for service in "${measured_services[@]}"; do
        start=${soak_mib[start $service]} middle=${soak_mib[middle $service]} end=${soak_mib[end $service]}
        growth=$(awk -v a="$start" -v b="$end" 'BEGIN { printf "%.1f", b - a }')
        most=$(printf '%s\n' "$start" "$middle" "$end" | sort -g | tail -n 1)
        judge "$service, growth" soak "growth_mib=$growth"
        growth_verdict=$verdict
        judge "$service, $connections connections" busy "rss_mib=$most"
        add_row "$service" "$start" "$middle" "$end" "$growth" "$growth_verdict${verdict:+, $verdict}"
    done
}

# Memory with idle connections, one server after the other.
bench_idle() {
    begin_table '<service' 'before MiB' connections 'still open' 'with them MiB' '<limits'
    measure_idle edge "$EDGE_URL/admin/api/invoices?limit=20"
    measure_idle webhook_ingester "$WEBHOOK_URL/"
    print_table 'idle keep-alive connections'
}

# measure_idle SERVICE URL
measure_idle() {
    local before answer open rss
    before=$(resident_mib "$(service_pid "$1")")
    answer=$(API_KEY=$ADMIN_API_KEY node "$bench/lib/idle.mjs" "$idle_connections" "$2" "$(service_pid "$1")") ||
        die "the connections to $1 could not be opened"
    open=$(field open "$answer") rss=$(field rss_mib "$answer")
    ((open == idle_connections)) || failures+=("$1: $open of $idle_connections idle connections stayed open")
    judge "$1 with $idle_connections idle connections" idle "rss_mib=$rss"
    add_row "$1" "$before" "$idle_connections" "$open" "$rss" "$verdict"
    say "$1, $idle_connections idle connections: $rss MiB"
}
