# shellcheck shell=bash
# Numbered pages of a table with millions of invoices: the first, the middle and the last ones must cost about the same.
# Variables that tests/bench/run sets: bench, repository, seconds, connections, and those of stack.env; it reads pages_failed.
# shellcheck disable=SC2154,SC2034

pages_limit=2 # the slowest place's p50 over the first page's
big_team=bbbbbbbbbbbbbbbbbbbbbbbb

# load_pages INVOICES: so many copies of one invoice over three and a half years, every tenth of one team, the rest of
# some thousands. Straight into the table, then the counts and totals anew, as the store would have kept them.
load_pages() {
    local invoices=$1 names values started=$SECONDS
    load_webhooks --target "${WEBHOOK_URL#http://}" --secret "$STRIPE_WEBHOOK_SECRET" --events 1 --first 1 \
        --connections 1 >/dev/null || die "the ingester refused a webhook"
    sql 'CREATE TABLE bench_pages AS SELECT * FROM invoices LIMIT 1'
    sql 'ALTER TABLE bench_pages DROP COLUMN deleted'
    columns_of invoices "id=lpad(to_hex(second), 8, '0') || substr(md5(n::text), 1, 16)" \
        "stripe_invoice_id='in_page' || lpad(n::text, 12, '0')" "stripe_customer_id='cus_page' || team" \
        "user_id=substr(md5('user' || team), 1, 24)" \
        "team_id=CASE team WHEN 0 THEN '$big_team' ELSE substr(md5('team' || team), 1, 24) END" \
        "status=CASE WHEN n % 97 = 0 THEN 'deleted' WHEN n % 13 = 0 THEN 'open' ELSE 'paid' END" \
        "create_time=to_timestamp(second)" "lines='[]'::jsonb" "metadata='{}'::jsonb"
    say "loading $invoices invoices"
    sql "INSERT INTO invoices ($names) SELECT $values FROM (
             SELECT n, 1600000000 + n * 110000000::bigint / $invoices AS second,
                    CASE WHEN n % 10 = 0 THEN 0 ELSE 1 + n % 7919 END AS team
             FROM generate_series(1, $invoices) AS n) made CROSS JOIN bench_pages"
    sql "SELECT rebuild_invoice_counts(500)"
    sql 'VACUUM ANALYZE'
    report_notes+=("$invoices invoices were loaded in $((SECONDS - started)) s, with their indices, counts and totals.")
}

# measure_places LABEL COUNT FILTER: the first page, and 100 in the middle and at the end of a list.
measure_places() {
    local label=$1 pages=$(($2 / 20)) filter=$3 place from to first_p50='' ratio
    for place in first middle last; do
        case $place in
            first) from=1 to=1 ;;
            middle) from=$((pages / 2)) to=$((pages / 2 + 99)) ;;
            last) from=$((pages - 99)) to=$pages ;;
        esac
        note_cpu before
        run_wrk "$bench/lib/pages.lua" "$from" "$to" "$filter"
        note_cpu after
        add_row "$label, $place" "$wrk_rate" "$wrk_p50" "$wrk_p99" \
            "$(cpu_per_request "$wrk_requests" edge store postgres)"
        first_p50=${first_p50:-$wrk_p50}
        ratio=$(awk -v a="$wrk_p50" -v b="$first_p50" 'BEGIN { printf "%.2f", a / b }')
        report_notes+=("$label, $place: $ratio times the first page's p50 (limit $pages_limit).")
        awk -v r="$ratio" -v l="$pages_limit" 'BEGIN { exit !(r <= l) }' || pages_failed=1
    done
}

# measure_pages INVOICES
measure_pages() {
    local connections=4
    pages_failed=0
    load_pages "$1"
    measure_places 'whole list' "$(sql "SELECT sum(invoices) FROM invoice_counts WHERE scope_id = '' AND digits = 2")" ''
    measure_places "a team's list" \
        "$(sql "SELECT sum(invoices) FROM invoice_counts WHERE scope_id = '$big_team' AND digits = 2")" "&team=$big_team"
}
