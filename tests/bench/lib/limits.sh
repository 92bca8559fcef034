# shellcheck shell=bash
# Every limit that a measurement is held against, in one place, and the verdicts. Where they come from: README.md, "Limits".
# Variables that tests/bench/run sets: judging (empty: nothing is judged), strict.
# shellcheck disable=SC2154

# ROW METRIC COMPARISON LIMIT
limits=(
    'ingest ratio >= 1.0'
    'ingest p99_ms < 30'
    'ingest_one p50_ms <= 2.5'
    'get ratio >= 0.4'
    'get p99_ms < 15'
    'cursor ratio >= 0.35'
    'cursor p99_ms < 15'
    'pages times_the_first <= 2'
    'connections of_the_best >= 0.8'
    'connections p99_growth <= 2'
    'busy rss_mib < 64'
    'idle rss_mib < 256'
    'soak growth_mib <= 8'
    'creation cpu_us < 1000'
    'start worst_ms < 300'
)

# What missed its limit: sentences. The second kind fails the run only with --check.
failures=() table_misses=()

# limit_of ROW METRIC: "COMPARISON LIMIT", nothing where there is none.
limit_of() {
    local limit row metric rest
    for limit in "${limits[@]}"; do
        read -r row metric rest <<<"$limit"
        [[ $row != "$1" || $metric != "$2" ]] || printf '%s\n' "$rest"
    done
}

# holds VALUE COMPARISON LIMIT
holds() {
    awk -v value="$1" -v limit="$3" "BEGIN { exit !(value $2 limit) }"
}

# judge WHAT ROW METRIC=VALUE...: sets `verdict`, the table's last cell: each limit of this row with "ok" or "misses".
judge() {
    local what=$1 row=$2 pair limit comparison verdicts=()
    shift 2
    verdict=''
    [[ -n $judging ]] || return 0
    for pair in "$@"; do
        limit=$(limit_of "$row" "${pair%%=*}")
        [[ -n $limit && -n ${pair#*=} ]] || continue
        read -r comparison limit <<<"$limit"
        if holds "${pair#*=}" "$comparison" "$limit"; then
            verdicts+=("${pair%%=*} $comparison $limit: ok")
        else
            verdicts+=("${pair%%=*} $comparison $limit: **misses**")
            note_miss "$row" "$what: ${pair%%=*} is ${pair#*=}, must be $comparison $limit"
        fi
    done
    ((${#verdicts[@]} == 0)) || printf -v verdict '%s, ' "${verdicts[@]}"
    verdict=${verdict%, }
}

# note_miss ROW SENTENCE
note_miss() {
    case $1 in
        ingest | ingest_one | get | cursor) table_misses+=("$2") ;;
        *) failures+=("$2") ;;
    esac
}

# end_with_verdict: says what missed its limit; fails where that counts.
end_with_verdict() {
    local sentence
    for sentence in "${table_misses[@]}" "${failures[@]}"; do say "missed: $sentence"; done
    ((${#failures[@]} == 0)) || die "${#failures[@]} limits were missed, see above"
    [[ -z $strict ]] || ((${#table_misses[@]} == 0)) || die "${#table_misses[@]} limits were missed, see above"
}
