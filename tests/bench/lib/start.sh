# shellcheck shell=bash
# `start`: how long each service takes from exec to the first 200 of /readyz, where its peers, PostgreSQL and the schema are
# there already. Measured on further processes beside the stack's own, with the same settings.
# Variables that tests/bench/run sets: bench, dir, repetitions.
# shellcheck disable=SC2154

bench_start() {
    local service
    begin_table '<service' 'median ms' 'worst ms' '<limits'
    for service in "${measured_services[@]}"; do measure_start "$service"; done
    print_table "start to ready, $repetitions times each"
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
