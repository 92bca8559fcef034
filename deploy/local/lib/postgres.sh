# shellcheck shell=bash
# A private PostgreSQL: its own data directory, loopback and a unix socket only, gone with whoever started it.
# PostgreSQL refuses to run as root; root therefore runs it as the user `postgres` that Debian's package makes.

postgres_bin=/usr/lib/postgresql/15/bin

# as_postgres COMMAND...: the words that run COMMAND as the user whom PostgreSQL accepts, in the array `postgres_command`.
as_postgres() {
    postgres_command=(env -C / "$@")
    ((EUID != 0)) || postgres_command=(setpriv --reuid=postgres --regid=postgres --clear-groups "${postgres_command[@]}")
}

# postgres_home DIR: prints where the data go: DIR/postgres, or a directory in /var/tmp where the user `postgres` cannot
# reach DIR (a clone in /root, say) or where the path is too long for a unix socket (107 characters).
postgres_home() {
    local home=$1/postgres
    as_postgres test -x "$1"
    if ((${#home} > 70)) || ! "${postgres_command[@]}"; then
        home=/var/tmp/quittance-postgres-$UID-$(printf '%s' "$1" | sha256sum | cut -c1-16)
    fi
    printf '%s\n' "$home"
}

# postgres_create HOME PORT PASSWORD [SETTING...]: a new cluster, any earlier one there is removed. Settings as in
# postgresql.conf. Its superuser: quittance.
postgres_create() {
    local home=$1 port=$2 password=$3
    shift 3
    [[ -x $postgres_bin/initdb ]] || die "there is no PostgreSQL 15 in $postgres_bin"
    rm -rf "$home"
    # Fails where somebody else has made it meanwhile.
    mkdir "$home"
    chmod 711 "$home"
    (umask 077 && printf '%s\n' "$password" >"$home/password")
    ((EUID != 0)) || chown -R postgres:postgres "$home"
    as_postgres "$postgres_bin/initdb" -D "$home/data" --username=quittance --pwfile="$home/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions
    "${postgres_command[@]}" >"$home/initdb.log" 2>&1 || {
        tail "$home/initdb.log" >&2
        die "initdb failed in $home"
    }
    rm -f "$home/password"
    {
        printf "listen_addresses = '127.0.0.1'\nport = %d\n" "$port"
        printf "unix_socket_directories = '%s'\n" "$home"
        printf '%s\n' 'max_connections = 200' 'shared_buffers = 256MB' 'logging_collector = off' "$@"
    } >>"$home/data/postgresql.conf"
}

# postgres_server HOME: the words that start the server in the foreground, in the array `postgres_command`.
postgres_server() {
    as_postgres "$postgres_bin/postgres" -D "$1/data"
}

# postgres_url HOME PORT PASSWORD DATABASE [ROLE]: over the unix socket, which costs a quarter less than TCP. No character
# in it means anything to a shell.
postgres_url() {
    printf 'postgresql://%s:%s@%s:%d/%s\n' "${5:-quittance}" "$3" "${1//\//%2F}" "$2" "$4"
}

# postgres_roles HOME PORT PASSWORD OWNER_PASSWORD STORE_PASSWORD: the database quittance with its two roles. The passwords
# go through pipes and the environment, never through somebody's list of processes.
postgres_roles() {
    {
        printf "\\set owner_password '%s'\n\\set store_password '%s'\n" "$4" "$5"
        cat "$local_lib/../../postgres/roles.sql"
    } | PGPASSWORD=$3 "$postgres_bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$1" -p "$2" -U quittance -d postgres >/dev/null
}

# wait_for_postgres HOME PORT SECONDS
wait_for_postgres() {
    local deadline=$((SECONDS + $3))
    until "$postgres_bin/pg_isready" -q -h "$1" -p "$2"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}
