# shellcheck shell=bash
# Prometheus beside a running stack: its configuration, its start, and its line in stack.env.

# metrics_target SERVICE: HOST:PORT of its operations port, as stack.env has it.
metrics_target() {
    local name=${1//-/_} url
    name=${name^^}_METRICS_URL
    url=${!name:-}
    [[ -n $url ]] || die "stack.env does not name $name"
    printf '%s\n' "${url#http://}"
}

# write_prometheus_config REPOSITORY FILE: the tree's configuration, with the ports of this stack instead of names to look
# up, and the tree's rules.
write_prometheus_config() {
    local rules=$1/deploy/observability file=$2 line job= names
    while IFS= read -r line; do
        case $line in
            *'scrape_interval:'* | *'evaluation_interval:'*) line="${line%%:*}: ${SCRAPE_SECONDS:-5}s" ;;
            'rule_files: ['*)
                IFS=', ' read -ra names <<<"${line//[][]/ }"
                line="rule_files: [$(printf "'$rules/%s', " "${names[@]:1}")]"
                ;;
            *'job_name: '*) job=${line##*job_name: } ;;
            *'dns_sd_configs:'*) line="    static_configs: [{targets: [\"$(metrics_target "$job")\"]}]" ;;
        esac
        printf '%s\n' "$line"
    done <"$rules/prometheus.yml" >"$file"
}

# start_prometheus DIR CONFIG: sets `prometheus_url` when it is ready. Its data goes with DIR/run.
start_prometheus() {
    local dir=$1 config=$2 deadline
    reserve_port "$dir/run"
    prometheus_url=http://127.0.0.1:$reserved_port
    promtool check config "$config" >"$dir/log/prometheus.log" 2>&1 || {
        cat "$dir/log/prometheus.log" >&2
        die "Prometheus does not take $config"
    }
    supervise_service "$dir/run" "$dir/log/prometheus.log" prometheus TERM prometheus "--config.file=$config" \
        "--storage.tsdb.path=$dir/run/prometheus.data" --storage.tsdb.retention.time=7d \
        "--web.listen-address=127.0.0.1:$reserved_port" --log.level=warn
    deadline=$((SECONDS + ${READY_SECONDS:-120}))
    until curl -fsS --max-time 5 -o /dev/null "$prometheus_url/-/ready" 2>/dev/null; do
        ((SECONDS < deadline)) || die "Prometheus was not ready in time, see $dir/log/prometheus.log"
        sleep 0.05
    done
}

# add_to_stack_env DIR NAME VALUE: in one rename, in the place of an earlier line.
add_to_stack_env() {
    local file=$1/stack.env
    {
        grep -v "^$2=" "$file"
        printf '%s=%s\n' "$2" "$3"
    } >"$file.new"
    chmod 600 "$file.new"
    mv -f "$file.new" "$file"
}
