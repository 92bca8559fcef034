# shellcheck shell=bash
# `start`: how long each service takes from exec to the first 200 of /readyz, where its peers, PostgreSQL and the schema are
# there already. Measured on further processes beside the stack's own, with the same settings.
# Variables that tests/bench/run sets: bench, dir, judging, repetitions.
# shellcheck disable=SC2154

bench_start() {
    local service
    begin_table '<service' 'median ms' 'worst ms' '<limits'
    [[ -z $judging ]] || await_rest
    for service in "${measured_services[@]}"; do measure_start "$service"; done
    print_table "start to ready, $repetitions times each"
}

# What an earlier command has left to do (webhooks, questions to Stripe, a checkpoint) is done: the processors were idle for
# nine tenths of a second. At most a minute.
await_rest() {
    local before after deadline=$((SECONDS + 60))
    read -ra after < <(processors)
    while ((SECONDS < deadline)); do
        before=("${after[@]}")
        sleep 1
        read -ra after < <(processors)
        ((10 * (after[0] - before[0]) < 9 * (after[1] - before[1]))) || return 0
    done
    say 'the machine is not at rest: what follows is measured beside other work'
}

# processors: how long they were idle and how long they were there, in ticks.
processors() {
    awk '/^cpu / { all = 0; for (i = 2; i <= 9; ++i) all += $i; print $5 + $6, all }' /proc/stat
}

# measure_start SERVICE
measure_start() {
    local answer median worst
    answer=$(
        set -a
        # shellcheck disable=SC1090
        source "$dir/run/$1.env"
        set +a
        export LOG_LEVEL=warn EDGE_LISTEN=127.0.0.1:0 INVOICE_STORE_LISTEN=127.0.0.1:0
        export STRIPE_GATEWAY_LISTEN=127.0.0.1:0 WEBHOOK_LISTEN=127.0.0.1:0
        exec node "$bench/lib/start.mjs" "$BIN_DIR/quittance-${1//_/-}" "$repetitions"
    ) || die "$1 did not become ready"
    median=$(field median_ms "$answer") worst=$(field worst_ms "$answer")
    judge "start of $1" start "worst_ms=$worst"
    add_row "$1" "$median" "$worst" "$verdict"
    say "$1: ready after $median ms, at worst $worst"
}
