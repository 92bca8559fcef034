# shellcheck shell=bash
# The paths that are measured, each with its load and its counterpart in pgbench.
# Variables that tests/bench/run sets: bench, events, connections, seconds, work, and those of stack.env.
# shellcheck disable=SC2154

first_event=1

# load_webhooks [FLAG VALUE]...: the generator's report, one JSON object.
load_webhooks() {
    "$BIN_DIR/quittance-webhook-load" --pattern "$repository/tests/data/stripe/fixtures/invoice_paid.json" "$@"
}

# What the generator itself can do, against a server that only answers 200.
measure_ceiling() {
    local answer
    answer=$(load_webhooks --events "$events" --connections "$connections")
    add_row "generator's own ceiling" "$(jq .per_second <<<"$answer")" "$(jq .p50_ms <<<"$answer")" \
        "$(jq .p99_ms <<<"$answer")" "with its counterpart $(jq '.generator_cpu_seconds / .events * 1e6 | round' <<<"$answer")"
}

# measure_ingest CONNECTIONS: signed webhook to durable row. The row is completed once pgbench has its figure.
measure_ingest() {
    local count=$events answer
    (($1 > 1)) || count=$((events / 20))
    note_cpu before
    answer=$(load_webhooks --target "${WEBHOOK_URL#http://}" --secret "$STRIPE_WEBHOOK_SECRET" --events "$count" \
        --first "$first_event" --connections "$1") || die "the ingester refused webhooks: $answer"
    note_cpu after
    first_event=$((first_event + count))
    ingest_answers+=("$answer")
    ingest_cpu+=("$(cpu_per_request "$count" ingester store postgres)")
    say "webhook to durable, $1 connections: $(jq '.per_second | round' <<<"$answer")/s"
}
ingest_answers=() ingest_cpu=()

# sql STATEMENT: one value.
sql() {
    "$postgres_bin/psql" -XAtq -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "$1"
}

# The store's own statements, as PostgreSQL logs them: what pgbench runs is what the store runs.
learn_statements() {
    local log=$dir/log/postgres.log id
    id=$(sql 'SELECT id FROM invoices LIMIT 1')
    sql "ALTER SYSTEM SET log_statement = 'all'"
    sql 'SELECT pg_reload_conf()' >/dev/null
    # A backend reads its configuration between two statements: ask until it has.
    until grep -q 'get_by_id_basic' "$log" && grep -q 'LIMIT 21' "$log"; do
        curl -fsS -H "Api-Key: $ADMIN_API_KEY" "$EDGE_URL/admin/api/invoices/$id" \
            "$EDGE_URL/admin/api/invoices?limit=20" >/dev/null
    done
    sql 'ALTER SYSTEM RESET log_statement'
    sql 'SELECT pg_reload_conf()' >/dev/null
    invoice_columns=$(sed -n 's/.*get_by_id_basic: SELECT w\.n, \(.*\) FROM unnest.*/\1/p' "$log" | head -n 1)
    list_statement=$(sed -n 's/.*: \(SELECT i\..* LIMIT 21\).*/\1/p' "$log" | head -n 1)
    [[ -n $invoice_columns && -n $list_statement ]] || die "the store's statements were not found in $log"
}

# columns_of TABLE [COLUMN=EXPRESSION]...: sets `names` and `values` for an INSERT … SELECT from a copy of one row.
columns_of() {
    local table=$1 name change
    shift
    names='' values=''
    for name in $(sql "SELECT attname FROM pg_attribute WHERE attrelid = '$table'::regclass AND attnum > 0
                       AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"); do
        names+=${names:+, }$name
        values+=${values:+, }
        for change in "$@"; do
            [[ $change != "$name="* ]] || { values+=${change#*=} && continue 2; }
        done
        values+=$name
    done
}

# One event a transaction, in one statement and one round trip: its inbox row with the payload and its invoice row with
# the guard. The totals that our writer keeps in the same transaction are left out, which flatters pgbench.
pgbench_ingest() {
    local rate names values events_part i label
    sql 'CREATE TABLE bench_event AS SELECT * FROM events LIMIT 1'
    sql 'CREATE TABLE bench_invoice AS SELECT * FROM invoices LIMIT 1'
    columns_of events "event_id='evt_bench' || :n::bigint"
    events_part="INSERT INTO events ($names) SELECT $values FROM bench_event ON CONFLICT DO NOTHING"
    columns_of invoices "id=lpad(to_hex(:n::bigint), 24, '0')" "stripe_invoice_id='in_bench' || :n::bigint"
    cat >"$work/ingest.sql" <<SQL
\\set n random(1, 4000000000000000)
WITH e AS ($events_part) INSERT INTO invoices AS i ($names) SELECT $values FROM bench_invoice ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET status = excluded.status WHERE (excluded.rank, excluded.event_time) > (i.rank, i.event_time);
SQL
    rate=$(run_pgbench "$work/ingest.sql")
    sql "DELETE FROM invoices WHERE stripe_invoice_id LIKE 'in\_bench%'"
    sql "DELETE FROM events WHERE event_id LIKE 'evt\_bench%'"
    sql 'VACUUM ANALYZE invoices, events'
    for i in "${!ingest_answers[@]}"; do
        label="signed webhook to durable, $(jq .connections <<<"${ingest_answers[i]}") connection(s)"
        add_row "$label" "$(jq .per_second <<<"${ingest_answers[i]}")" "$(jq .p50_ms <<<"${ingest_answers[i]}")" \
            "$(jq .p99_ms <<<"${ingest_answers[i]}")" "${ingest_cpu[i]}" "$( ((i > 0)) || printf '%s' "$rate")"
    done
}

# The same ten invoices for both: a script of pgbench's names its row.
measure_get() {
    local id scripts=() rate
    sql 'SELECT id FROM (SELECT id FROM invoices LIMIT 100000) i ORDER BY random() LIMIT 10' >"$work/ids"
    while read -r id; do
        printf "SELECT %s FROM invoices i WHERE i.id = '%s';\n" "$invoice_columns" "$id" >"$work/get-$id.sql"
        scripts+=("$work/get-$id.sql")
    done <"$work/ids"
    note_cpu before
    run_wrk "$bench/lib/get.lua" "$work/ids"
    note_cpu after
    rate=$(run_pgbench "${scripts[@]}")
    add_row "get by id, $connections connections" "$wrk_rate" "$wrk_p50" "$wrk_p99" \
        "$(cpu_per_request "$wrk_requests" edge store postgres)" "$rate"
}

# The newest 20 with the number of all.
measure_list() {
    local rate
    cat >"$work/list.sql" <<SQL
SELECT greatest(coalesce(sum(invoices), 0), 0)::bigint FROM invoice_totals WHERE scope = 'all' AND scope_id = '' AND status <> 'deleted';
$list_statement;
SQL
    note_cpu before
    run_wrk "$bench/lib/list.lua"
    note_cpu after
    rate=$(run_pgbench "$work/list.sql")
    add_row "list of 20 with total, $connections connections" "$wrk_rate" "$wrk_p50" "$wrk_p99" \
        "$(cpu_per_request "$wrk_requests" edge store postgres)" "$rate"
}

measure_memory() {
    local service pid text=()
    for service in EDGE INVOICE_STORE WEBHOOK_INGESTER STRIPE_GATEWAY; do
        pid=${service}_PID
        text+=("${service,,} $(awk '/^VmRSS/ { printf "%.0f MiB", $2 / 1024 }' "/proc/${!pid}/status")")
    done
    report_notes+=("Rows: $(sql 'SELECT count(*) FROM invoices') invoices. Resident memory at the end: $(IFS=, && printf '%s' "${text[*]}").")
}
