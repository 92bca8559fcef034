# shellcheck shell=bash
# `creation`: what an invoice that is created over REST costs edge and gateway, against the emulator, whose own time does
# not count.
# Variables that tests/bench/run sets: creators, seconds, work, and those of stack.env.
# shellcheck disable=SC2154

bench_creation() {
    local edge gateway connections=$creators
    begin_table '<what' 'per second' 'p50 ms' 'p99 ms' 'edge µs' 'gateway µs' 'both µs' '<besides, µs' '<limits'
    make_customers
    note_cpu before
    run_wrk create.lua "$work/customers"
    note_cpu after
    edge=$(cpu_of edge "$wrk_requests") gateway=$(cpu_of gateway "$wrk_requests")
    judge 'creation' creation "cpu_us=$((edge + gateway))"
    add_row "create, $connections connections" "$(rounded 0 "$wrk_rate")" "$(rounded 2 "$wrk_p50")" "$(rounded 2 "$wrk_p99")" \
        "$edge" "$gateway" $((edge + gateway)) \
        "$(cpu_per_request "$wrk_requests" emulator ingester store PostgreSQL) (its webhooks)" "$verdict"
    add_note "CPU a created and collected invoice, $wrk_requests of them."
    print_table 'creation'
}

# make_customers: as many at the emulator as connections create at a time, because writes for one customer take turns.
make_customers() {
    local i
    [[ ! -e $work/customers ]] || return 0
    for ((i = 0; i < creators; i++)); do
        STRIPE_API_BASE=$STRIPE_URL create_customer
        printf '%s %s\n' "$CUSTOMER" "$PAYMENT_METHOD"
    done >"$work/customers"
}
