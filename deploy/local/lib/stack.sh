# shellcheck shell=bash
# A stack's settings: where everything listens, its keys, and what each service is told. Whatever the caller's
# environment names already stays as it is.
# Most variables here are read by name (${!name}), which shellcheck cannot see.
# shellcheck disable=SC2034

# use_default NAME VALUE: the caller's value wins.
use_default() {
    [[ -n ${!1:-} ]] || printf -v "$1" '%s' "$2"
}

# choose_address NAME DIR: a free loopback port, unless the caller named an address with a port.
choose_address() {
    [[ -n ${!1:-} && ${!1} != *:0 ]] && return 0
    reserve_port "$2/run"
    printf -v "$1" '127.0.0.1:%d' "$reserved_port"
}

# address_of LISTEN: where to reach it from this machine.
address_of() {
    local host=${1%:*} port=${1##*:}
    case $host in '' | 0.0.0.0 | '[::]' | '*') host=127.0.0.1 ;; esac
    printf '%s:%s\n' "$host" "$port"
}

# uses_emulator, uses_own_postgres: decided once, by what the caller gave.
decide_parts() {
    uses_emulator=1 uses_own_postgres=1
    if [[ -n ${STRIPE_API_BASE:-} ]]; then
        uses_emulator=
        [[ -n ${STRIPE_API_KEY:-} ]] || die "STRIPE_API_BASE is given, so STRIPE_API_KEY must be too"
        [[ -n ${STRIPE_WEBHOOK_SECRETS:-} ]] || die "STRIPE_API_BASE is given, so STRIPE_WEBHOOK_SECRETS must be too"
        livemode_of_key
    fi
    [[ -z ${DATABASE_URL:-} ]] || uses_own_postgres=
    services=()
    local name
    for name in "${stack_services[@]}"; do
        case $name in
            postgres) [[ -z $uses_own_postgres ]] || services+=("$name") ;;
            stripe_emulator) [[ -z $uses_emulator ]] || services+=("$name") ;;
            *) services+=("$name") ;;
        esac
    done
}

# livemode_of_key: STRIPE_LIVEMODE, unless the caller gave it. A key shows its mode, a webhook secret does not.
livemode_of_key() {
    case $STRIPE_API_KEY in
        ?k_test_*) use_default STRIPE_LIVEMODE false ;;
        ?k_live_*) use_default STRIPE_LIVEMODE true ;;
        *) [[ -n ${STRIPE_LIVEMODE:-} ]] || die "STRIPE_API_KEY does not show its mode, so STRIPE_LIVEMODE must be given" ;;
    esac
}

# choose_settings DIR: every address, key and token of the stack.
choose_settings() {
    local dir=$1 name
    for name in EDGE_LISTEN WEBHOOK_LISTEN INVOICE_STORE_LISTEN STRIPE_GATEWAY_LISTEN EDGE_METRICS_LISTEN \
        INVOICE_STORE_METRICS_LISTEN STRIPE_GATEWAY_METRICS_LISTEN WEBHOOK_INGESTER_METRICS_LISTEN; do
        choose_address "$name" "$dir"
    done
    if [[ -n $uses_emulator ]]; then
        choose_address EMULATOR_LISTEN "$dir"
        choose_address STRIPE_EMULATOR_METRICS_LISTEN "$dir"
        STRIPE_API_BASE=http://$(address_of "$EMULATOR_LISTEN")
        use_default STRIPE_API_KEY "sk_test_$(random_hex 16)"
        use_default STRIPE_WEBHOOK_SECRETS "whsec_$(random_hex 24)"
        livemode_of_key
    fi
    if [[ -n $uses_own_postgres ]]; then
        choose_address POSTGRES_LISTEN "$dir"
        postgres_port=${POSTGRES_LISTEN##*:}
        postgres_password=$(random_hex 16)
        postgres_owner_password=$(random_hex 16)
        postgres_store_password=$(random_hex 16)
        postgres_home=$(postgres_home "$dir")
        set -- "$postgres_home" "$postgres_port"
        DATABASE_URL=$(postgres_url "$@" "$postgres_store_password" quittance quittance_store)
        DATABASE_OWNER_URL=$(postgres_url "$@" "$postgres_owner_password" quittance quittance_owner)
        DATABASE_ADMIN_URL=$(postgres_url "$@" "$postgres_password" quittance)
        set -- "$dir"
    fi
    use_default INVOICE_STORE_ADDRESS "$(address_of "$INVOICE_STORE_LISTEN")"
    use_default STRIPE_GATEWAY_ADDRESS "$(address_of "$STRIPE_GATEWAY_LISTEN")"
    # One person or one benchmark is all the callers there are.
    use_default RATE_LIMIT_PER_SECOND 0
    use_default DOCS true
    edge_url=http://$(address_of "$EDGE_LISTEN")
    webhook_url=http://$(address_of "$WEBHOOK_LISTEN")
    choose_credentials "$dir"
    choose_transport "$dir"
}

# choose_transport DIR: plaintext unless something else was asked for. own_certificates: where ours are, if they are.
choose_transport() {
    own_certificates=
    [[ -z ${TLS_CERT:-}${TLS_KEY:-}${TLS_CA:-} ]] || use_default RPC_TRANSPORT tls
    use_default RPC_TRANSPORT plaintext
    if [[ $RPC_TRANSPORT == tls && -z ${TLS_CERT:-} ]]; then
        own_certificates=$1/tls
        # In a shell of its own, for the umask.
        (umask 077 && provide_certificates "$own_certificates" 90)
    fi
}

# choose_identity NAME: TLS_CERT, TLS_KEY and TLS_CA are that service's.
choose_identity() {
    [[ -n $own_certificates ]] || return 0
    TLS_CERT=$own_certificates/$1/tls.crt TLS_KEY=$own_certificates/$1/tls.key TLS_CA=$own_certificates/$1/ca.crt
}

choose_credentials() {
    local keys=$1/keys now
    now=$(date +%s)
    mkdir -p "$keys"
    chmod 700 "$keys"
    # With hashes of the caller's own, only the caller knows the keys.
    if [[ -z ${ADMIN_API_KEY_HASHES:-} && -z ${ADMIN_API_KEY_HASHES_FILE:-} ]]; then
        use_default ADMIN_API_KEY "$(random_hex 24)"
        ADMIN_API_KEY_HASHES=local:$(sha256_hex "$ADMIN_API_KEY")
    fi
    # Identifiers of ours begin with their time in seconds, so that they sort by creation.
    use_default TEAM_ID "$(printf '%08x' "$now")$(random_hex 8)"
    use_default USER_ID "$(printf '%08x' "$now")$(random_hex 8)"
    JWT_KID=local-$(random_hex 4)
    use_default JWT_ISSUER "$edge_url"
    use_default JWT_AUDIENCE quittance
    if [[ -z ${JWT_JWKS:-} ]]; then
        make_signing_key "$keys" "$JWT_KID"
        JWT_JWKS=$keys/jwks.json
        JWT_PRIVATE_KEY=$keys/jwt.pem
        use_default JWT_LONGEST_LIFETIME_SECONDS $((30 * 86400))
        local claims
        # shellcheck disable=SC2016 # jq's variables
        claims=$(jq -n --arg iss "$JWT_ISSUER" --arg aud "$JWT_AUDIENCE" --arg sub "$USER_ID" --arg team "$TEAM_ID" \
            --argjson now "$now" \
            '{$iss, $aud, $sub, iat: $now, nbf: $now, exp: ($now + 30 * 86400), teams: [$team]}')
        CLIENT_TOKEN=$(sign_token "$JWT_PRIVATE_KEY" "$JWT_KID" "$claims")
        BILLING_TOKEN=$(sign_token "$JWT_PRIVATE_KEY" "$JWT_KID" "$(jq '.scope = "billing:read billing:write"' <<<"$claims")")
    fi
}

# write_settings RUN SERVICE NAME...: RUN/SERVICE.env with the present values of these variables.
write_settings() {
    local file=$1/$2.env name
    shift 2
    (umask 077 && : >"$file")
    for name in "$@"; do
        [[ -z ${!name:-} ]] || printf '%s=%q\n' "$name" "${!name}" >>"$file"
    done
}

# write_service_settings RUN: one file for each service, with only what that service needs.
write_service_settings() {
    local run=$1 service METRICS_LISTEN metrics TLS_CERT=${TLS_CERT:-} TLS_KEY=${TLS_KEY:-} TLS_CA=${TLS_CA:-}
    local EMULATOR_API_KEYS EMULATOR_WEBHOOK_URL EMULATOR_WEBHOOK_SECRET
    EMULATOR_API_KEYS=${STRIPE_API_KEY:-}
    EMULATOR_WEBHOOK_URL=$webhook_url/webhooks/stripe
    EMULATOR_WEBHOOK_SECRET=${STRIPE_WEBHOOK_SECRETS%%,*}
    for service in "${services[@]}"; do
        metrics=${service^^}_METRICS_LISTEN
        METRICS_LISTEN=${!metrics:-}
        choose_identity "${service//_/-}"
        case $service in
            stripe_emulator) set -- EMULATOR_LISTEN EMULATOR_API_KEYS EMULATOR_WEBHOOK_URL EMULATOR_WEBHOOK_SECRET ;;
            invoice_store) set -- INVOICE_STORE_LISTEN DATABASE_URL DATABASE_OWNER_URL ;;
            stripe_gateway) set -- STRIPE_GATEWAY_LISTEN STRIPE_API_BASE STRIPE_API_KEY INVOICE_STORE_ADDRESS ;;
            webhook_ingester) set -- WEBHOOK_LISTEN STRIPE_WEBHOOK_SECRETS STRIPE_LIVEMODE INVOICE_STORE_ADDRESS \
                STRIPE_GATEWAY_ADDRESS ;;
            edge) set -- EDGE_LISTEN INVOICE_STORE_ADDRESS STRIPE_GATEWAY_ADDRESS ADMIN_API_KEY_HASHES JWT_JWKS \
                JWT_ISSUER JWT_AUDIENCE JWT_LONGEST_LIFETIME_SECONDS RATE_LIMIT_PER_SECOND DOCS \
                DOCS_DIR ;;
            *) set -- ;;
        esac
        write_settings "$run" "$service" METRICS_LISTEN RPC_TRANSPORT TLS_CERT TLS_KEY TLS_CA "$@"
    done
}

# write_stack_env DIR: DIR/stack.env, for people, scripts and tests; in one rename.
write_stack_env() {
    local dir=$1 file=$1/stack.env name service metrics pid
    choose_identity operator
    (umask 077 && : >"$file.new")
    {
        echo "# A running stack of Quittance, written by deploy/local/up. Every URL is a base: add /webhooks/stripe, /metrics …"
        echo "EDGE_URL=$edge_url"
        echo "WEBHOOK_URL=$webhook_url"
        echo "STRIPE_URL=$STRIPE_API_BASE"
        echo "STRIPE_WEBHOOK_SECRET=${STRIPE_WEBHOOK_SECRETS%%,*}"
        for name in STRIPE_API_KEY ADMIN_API_KEY INVOICE_STORE_ADDRESS STRIPE_GATEWAY_ADDRESS CUSTOMER PAYMENT_METHOD \
            TEAM_ID USER_ID; do
            echo "$name=${!name:-}"
        done
        echo "# The database as the store's role, which has rights on rows, as the owner of the tables, who migrates, and as"
        echo "# PostgreSQL's superuser, for backups."
        for name in DATABASE_URL DATABASE_OWNER_URL DATABASE_ADMIN_URL; do
            echo "$name=${!name:-}"
        done
        echo "# How to call the services, as an operator where they have TLS."
        for name in RPC_TRANSPORT TLS_CERT TLS_KEY TLS_CA; do
            echo "$name=${!name:-}"
        done
        echo "# Bearer tokens for TEAM_ID, valid for 30 days, signed with JWT_PRIVATE_KEY, which signs others as well."
        for name in CLIENT_TOKEN BILLING_TOKEN JWT_PRIVATE_KEY JWT_KID JWT_ISSUER JWT_AUDIENCE; do
            echo "$name=${!name:-}"
        done
        for service in "${stack_services[@]}"; do
            metrics=${service^^}_METRICS_LISTEN
            [[ -z ${!metrics:-} ]] || echo "${service^^}_METRICS_URL=http://$(address_of "${!metrics}")"
        done
        echo "# The programs of this stack, quittancectl and invoice-store-example among them."
        echo "QUITTANCE_BIN=$BIN_DIR"
        echo "LOG_DIR=$dir/log"
        echo "export PATH+=:$(printf '%q' "$BIN_DIR")"
        echo "# Process ids at the start; deploy/local/pid SERVICE tells the present one."
        for service in "${stack_services[@]}"; do
            pid=$(recorded_pid "$dir/run/$service.pid") || pid=
            echo "${service^^}_PID=$pid"
        done
    } >"$file.new"
    mv -f "$file.new" "$file"
}
