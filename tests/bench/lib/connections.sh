# shellcheck shell=bash
# `connections`: 1, 2, 4 … connections for each path. Once the rate no longer grows it must stay, and the tail may grow no
# faster than the queue does.
# Variables that tests/bench/run sets: most_connections, step_seconds, invoices, work, and those of stack.env.
# shellcheck disable=SC2154

bench_connections() {
    local path
    begin_table '<path' connections 'per second' 'p50 ms' 'p99 ms' 'of the best rate' 'p99 over the mean'
    load_invoices "$invoices"
    choose_ids
    for path in ingest get list; do
        measure_steps "$path"
        add_steps "$path"
    done
    print_table "1 to $most_connections connections, $invoices invoices"
}

# measure_steps PATH: fills step_count, step_rate, step_p50, step_p99.
measure_steps() {
    local count
    step_count=() step_rate=() step_p50=() step_p99=()
    for ((count = 1; count <= most_connections; count *= 2)); do
        case $1 in
            ingest) ingest_step "$count" ;;
            get) wrk_step "$count" get.lua "$work/ids" ;;
            list) wrk_step "$count" list.lua ;;
        esac
        say "$1, $count connection(s): $(rounded 0 "${step_rate[-1]}")/s, p99 ${step_p99[-1]} ms"
    done
}

# keep_step CONNECTIONS ANSWER
keep_step() {
    step_count+=("$1") step_rate+=("$(field per_second "$2")")
    step_p50+=("$(rounded 2 "$(field p50_ms "$2")")") step_p99+=("$(rounded 2 "$(field p99_ms "$2")")")
}

wrk_step() {
    local answer
    answer=$(wrk_report "$1" "$step_seconds" "${@:2}") || exit 1
    keep_step "$1" "$answer"
}

# As many events as the step before would have taken in its time, at least ten a connection.
ingest_step() {
    local rate=200 count
    ((${#step_rate[@]} == 0)) || rate=${step_rate[-1]}
    count=$(rounded 0 "$(awk -v r="$rate" -v s="$step_seconds" 'BEGIN { print r * s }')")
    send_webhooks "$1" $((count > 10 * $1 ? count : 10 * $1))
    keep_step "$1" "$webhook_answer"
}

# The knee is the first step within a tenth of the best rate. With C connections and R answers a second the mean answer takes
# C / R (Little's law): p99 over that mean shows how the tail grows beside the queue, compared with the knee's.
add_steps() {
    local best knee i of_best tail knee_tail=''
    best=$(printf '%s\n' "${step_rate[@]}" | sort -g | tail -n 1)
    for i in "${!step_count[@]}"; do
        of_best=$(quotient "${step_rate[i]}" "$best")
        tail=$(awk -v p="${step_p99[i]}" -v r="${step_rate[i]}" -v c="${step_count[i]}" 'BEGIN { printf "%.1f", p * r / c / 1000 }')
        if [[ -z $knee_tail ]] && holds "$of_best" '>=' 0.9; then knee=${step_count[i]} knee_tail=$tail; fi
        add_row "$1" "${step_count[i]}" "$(rounded 0 "${step_rate[i]}")" "${step_p50[i]}" "${step_p99[i]}" "$of_best" "$tail"
        [[ -z $knee_tail ]] || judge "$1, ${step_count[i]} connections (knee at $knee)" connections \
            "of_the_best=$of_best" "p99_growth=$(quotient "$tail" "$knee_tail")"
    done
    add_note "$1: knee at $knee connection(s). "
}
