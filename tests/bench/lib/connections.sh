# shellcheck shell=bash
# `connections`: 1, 2, 4 … connections for ingest, get and list by cursor. Once the rate no longer grows it must stay, and
# the tail may grow no faster than the queue does.
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
    local count answer rate best=0
    step_count=() step_rate=() step_p50=() step_p99=()
    for ((count = 1; count <= most_connections; count *= 2)); do
        answer='' rate=0
        measure_step "$1" "$count"
        # Once more where it fell off: the better of the two counts, so that one hiccup of the machine is no collapse.
        if ((count > 1)) && ! holds "$(quotient "$rate" "$best")" '>=' 0.8; then measure_step "$1" "$count"; fi
        holds "$rate" '<=' "$best" || best=$rate
        step_count+=("$count") step_rate+=("$rate")
        step_p50+=("$(rounded 2 "$(field p50_ms "$answer")")") step_p99+=("$(rounded 2 "$(field p99_ms "$answer")")")
        say "$1, $count connection(s): $(rounded 0 "$rate")/s, p99 ${step_p99[-1]} ms"
    done
}

# measure_step PATH CONNECTIONS: replaces `answer` and `rate` if it is better.
measure_step() {
    local step
    case $1 in
        ingest) ingest_step "$2" ;;
        get) step=$(wrk_answers "$2" "$step_seconds" get.lua "$work/ids") || exit 1 ;;
        list) step=$(wrk_answers "$2" "$step_seconds" cursor.lua "$work/team_ids") || exit 1 ;;
    esac
    if holds "$(field per_second "$step")" '>' "$rate"; then answer=$step rate=$(field per_second "$step"); fi
}

# Sets the caller's `step`. As many events as the step before would have taken in its time, at least ten a connection.
ingest_step() {
    local before=200 count
    ((${#step_rate[@]} == 0)) || before=${step_rate[-1]}
    count=$(rounded 0 "$(awk -v r="$before" -v s="$step_seconds" 'BEGIN { print r * s }')")
    send_webhooks "$1" $((count > 10 * $1 ? count : 10 * $1))
    step=$webhook_answer
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
