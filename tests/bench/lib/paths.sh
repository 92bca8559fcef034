# shellcheck shell=bash
# `table`: each path with its load, and with its counterpart in pgbench in the same run.
# Variables that tests/bench/run sets: events, connections, seconds, invoices, work, dir, and those of stack.env.
# shellcheck disable=SC2154

bench_table() {
    begin_table '<what' 'per second' 'p50 ms' 'p99 ms' '<CPU µs a request' 'pgbench, the same SQL' ratio '<limits'
    load_invoices "$invoices"
    choose_ids
    learn_statements
    measure_ceiling
    measure_ingest
    measure_reads
    measure_resident
    print_table "$connections connections, $invoices invoices"
}

# What the generator itself can do, against a server that only answers 200.
measure_ceiling() {
    local answer
    answer=$(load_webhooks --events "$events" --connections "$connections")
    add_row "the generator's own ceiling" "$(rounded 0 "$(field per_second "$answer")")" \
        "$(rounded 2 "$(field p50_ms "$answer")")" "$(rounded 2 "$(field p99_ms "$answer")")" \
        "with its counterpart $(jq '.generator_cpu_seconds / .events * 1e6 | round' <<<"$answer")" '' '' ''
}

# add_path_row ROW WHAT PER_SECOND P50 P99 CPU [PGBENCH]
add_path_row() {
    local ratio
    ratio=$(quotient "$3" "${7:-}")
    judge "$2" "$1" "ratio=$ratio" "p50_ms=$(rounded 2 "$4")" "p99_ms=$(rounded 2 "$5")"
    add_row "$2" "$(rounded 0 "$3")" "$(rounded 2 "$4")" "$(rounded 2 "$5")" "$6" "${7:-}" "$ratio" "$verdict"
    say "$2: $(rounded 0 "$3")/s${7:+, pgbench $7/s}"
}

# Signed webhook to durable row, by many connections and by one.
measure_ingest() {
    local many cpu_many rate parts=(ingester store PostgreSQL)
    note_cpu before
    send_webhooks "$connections" "$events"
    note_cpu after
    many=$webhook_answer cpu_many=$(cpu_per_request "$events" "${parts[@]}")
    note_cpu before
    send_webhooks 1 $((events / 20))
    note_cpu after
    rate=$(pgbench_ingest)
    add_path_row ingest "signed webhook to durable, $connections connections" "$(field per_second "$many")" \
        "$(field p50_ms "$many")" "$(field p99_ms "$many")" "$cpu_many" "$rate"
    add_path_row ingest_one 'signed webhook to durable, 1 connection' "$(field per_second "$webhook_answer")" \
        "$(field p50_ms "$webhook_answer")" "$(field p99_ms "$webhook_answer")" \
        "$(cpu_per_request $((events / 20)) "${parts[@]}")"
}

# One event a transaction, in one statement and one round trip: its inbox row with the payload and its invoice row with
# the guard. The totals that our writer keeps in the same transaction are left out, which flatters pgbench.
pgbench_ingest() {
    local names values events_part
    sql 'CREATE TABLE bench_event AS SELECT * FROM events LIMIT 1'
    columns_of events "event_id='evt_bench' || :n::bigint"
    events_part="INSERT INTO events ($names) SELECT $values FROM bench_event ON CONFLICT DO NOTHING"
    sql "CREATE TABLE bench_invoice AS SELECT * FROM invoices WHERE stripe_invoice_id NOT LIKE 'in\_load%' LIMIT 1"
    columns_of invoices "id=lpad(to_hex(:n::bigint), 24, '0')" "stripe_invoice_id='in_bench' || :n::bigint"
    cat >"$work/ingest.sql" <<SQL
\\set n random(1, 4000000000000000)
WITH e AS ($events_part) INSERT INTO invoices AS i ($names) SELECT $values FROM bench_invoice ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET status = excluded.status WHERE (excluded.rank, excluded.event_time) > (i.rank, i.event_time);
SQL
    run_pgbench "$work/ingest.sql"
    sql "DELETE FROM invoices WHERE stripe_invoice_id LIKE 'in\_bench%'"
    sql "DELETE FROM events WHERE event_id LIKE 'evt\_bench%'"
    sql 'DROP TABLE bench_event, bench_invoice'
    sql 'VACUUM ANALYZE invoices, events'
    sql 'CHECKPOINT'
}

# measure_read ROW WHAT PGBENCH_SCRIPT WRK_SCRIPT ARGUMENT...
measure_read() {
    local rate
    wrk_report "$connections" 1 "${@:4}" >/dev/null || exit 1 # connections to the database, statements, pages, all for the first time
    note_cpu before
    run_wrk "${@:4}"
    note_cpu after
    rate=$(run_pgbench "$3")
    add_path_row "$1" "$2, $connections connections" "$wrk_rate" "$wrk_p50" "$wrk_p99" \
        "$(cpu_per_request "$wrk_requests" edge store PostgreSQL)" "$rate"
}

# Each asks for random invoices, or pages after random ones, of the whole table; the list is the newest 20 with the number
# of all.
measure_reads() {
    local number="random(1, $invoices_loaded)" of_team="10 * random(2, $((invoices_loaded / 10)))"
    write_script get "$number" "SELECT $invoice_columns FROM invoices i WHERE i.id = $(id_of :n :second)"
    write_script list "$number" "SELECT greatest(coalesce(sum(invoices), 0), 0)::bigint FROM invoice_totals
        WHERE scope = 'all' AND scope_id = '' AND status <> 'deleted'" "$list_statement"
    write_script cursor "$of_team" "$cursor_statement"
    measure_read get 'get by id' "$work/get.sql" get.lua "$work/ids"
    measure_read cursor "list of 20 by cursor, one team's" "$work/cursor.sql" cursor.lua "$work/team_ids"
    measure_read list 'list of 20 with total' "$work/list.sql" list.lua
}

# write_script NAME NUMBER STATEMENT...: work/NAME.sql for pgbench, in which :n is a random NUMBER and :second its time.
write_script() {
    local statement
    {
        printf '\\set n %s\n\\set second %s\n' "$2" "$(second_of :n)"
        for statement in "${@:3}"; do printf '%s;\n' "${statement//$'\n'/ }"; done
    } >"$work/$1.sql"
}

# The store's own statements, as PostgreSQL logs them: what pgbench runs is what the store runs. Sets invoice_columns,
# list_statement and cursor_statement.
learn_statements() {
    local log=$dir/log/postgres.log id deadline=$((SECONDS + 60))
    id=$(head -n 1 "$work/team_ids")
    sql "ALTER SYSTEM SET log_statement = 'all'"
    sql 'SELECT pg_reload_conf()' >/dev/null
    # A backend reads its configuration between two statements: ask until every one has been seen.
    until read_statements "$log"; do
        ((SECONDS < deadline)) || die "the store's statements were not found in $log"
        curl -fsS -o "$work/answer" -H "Api-Key: $ADMIN_API_KEY" "$EDGE_URL/admin/api/invoices/$id"
        curl -fsS -o "$work/answer" -H "Api-Key: $ADMIN_API_KEY" "$EDGE_URL/admin/api/invoices?limit=20"
        curl -fsS -o "$work/answer" -H "Authorization: Bearer $BILLING_TOKEN" \
            "$EDGE_URL/billing/v1/invoices?limit=20&startingAfter=$id"
    done
    sql 'ALTER SYSTEM RESET log_statement'
    sql 'SELECT pg_reload_conf()' >/dev/null
}

# read_statements LOG: a list is the part of the store's statement that reads one list's page (page_statements.cpp,
# pages_in_order), with values for its parameters.
read_statements() {
    local page='s/.*LEFT JOIN LATERAL (\(SELECT .* LIMIT 21\)) p ON true.*/\1/p'
    invoice_columns=$(sed -n 's/.*: SELECT w\.n, \(.*\) FROM unnest.* CROSS JOIN LATERAL (SELECT \* FROM invoices r .*/\1/p' "$1" | head -n 1)
    list_statement=$(sed -n "/i\\.id < w\\./d; $page" "$1" | head -n 1)
    cursor_statement=$(sed -n "/i\\.team_id = w\\.p1 .*i\\.id < w\\.p2 /!d; $page" "$1" | head -n 1)
    cursor_statement=${cursor_statement//w.p1/\'$TEAM_ID\'}
    cursor_statement=${cursor_statement//w.p2/$(id_of :n :second)}
    [[ -n $invoice_columns && -n $list_statement && -n $cursor_statement ]]
}

measure_resident() {
    local service text=''
    for service in "${measured_services[@]}"; do
        text+="${text:+, }$service $(resident_mib "$(service_pid "$service")")"
    done
    add_note "Resident memory at the end, MiB: $text."
}
