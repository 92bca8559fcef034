# shellcheck shell=bash
# `pages`: numbered pages of a table with millions of invoices; the first, the middle and the last ones must cost about
# the same.
# Variables that tests/bench/run sets: pages_invoices, and those of stack.env.
# shellcheck disable=SC2154

bench_pages() {
    local connections=$pages_connections
    begin_table '<list, place' 'per second' 'p50 ms' 'p99 ms' '<CPU µs a request' "the first page's p50, times" '<limits'
    load_invoices "$pages_invoices" "lines='[]'::jsonb" "metadata='{}'::jsonb" 'list_entry=NULL::text'
    measure_places 'whole list' "scope_id = ''" ''
    measure_places "a team's list" "scope_id = '$TEAM_ID'" "&team=$TEAM_ID"
    print_table "numbered pages of $pages_invoices invoices, $connections connections"
}

# measure_places LABEL SCOPE FILTER: the first page, and 100 in the middle and at the end of a list.
measure_places() {
    local label=$1 filter=$3 place from to first_p50='' pages span ratio
    pages=$(($(sql "SELECT sum(invoices) FROM invoice_counts WHERE $2 AND digits = 2") / 20))
    span=$((pages < 400 ? pages / 4 : 99))
    for place in first middle last; do
        case $place in
            first) from=1 to=1 ;;
            middle) from=$((pages / 2)) to=$((pages / 2 + span)) ;;
            last) from=$((pages - span)) to=$pages ;;
        esac
        note_cpu before
        run_wrk pages.lua "$from" "$to" "$filter"
        note_cpu after
        first_p50=${first_p50:-$wrk_p50}
        ratio=$(quotient "$wrk_p50" "$first_p50")
        judge "$label, $place" pages "times_the_first=$ratio"
        add_row "$label, $place" "$(rounded 0 "$wrk_rate")" "$(rounded 2 "$wrk_p50")" "$(rounded 2 "$wrk_p99")" \
            "$(cpu_per_request "$wrk_requests" edge store PostgreSQL)" "$ratio" "$verdict"
        say "$label, $place: p50 $wrk_p50 ms"
    done
}
