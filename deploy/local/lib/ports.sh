# shellcheck shell=bash
# Free TCP ports for a stack, and for tests. A service that died must come back on the same port, and others have its
# address: so ports are chosen before anything starts, from below the range that the kernel hands out, and reserved, so
# that two that start together do not choose the same. A reservation is a file named after its port; it holds a path and
# counts as long as that path exists: a stack's DIR/run, the /proc/PID of a test.

reservations=/tmp/quittance-ports-$UID

# port_is_taken PORT: somebody listens there.
port_is_taken() {
    grep -qiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:[0-9A-F]+ 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# is_reserved FILE: sets `port_owner` to the path that keeps the reservation; fails where nothing keeps it any more.
is_reserved() {
    { read -r port_owner <"$1"; } 2>/dev/null && [[ -e $port_owner ]]
}

# reserve_port PATH: sets `reserved_port`.
reserve_port() {
    local try lock
    mkdir -p "$reservations"
    exec {lock}>"$reservations/lock"
    flock "$lock"
    for try in {1..2000}; do
        reserved_port=$((20000 + SRANDOM % 12000))
        if is_reserved "$reservations/$reserved_port" || port_is_taken "$reserved_port"; then continue; fi
        printf '%s\n' "$1" >"$reservations/$reserved_port"
        exec {lock}>&-
        return 0
    done
    die "no free port found in $try tries"
}

# release_ports PATH: and what those have left who ended without a word.
release_ports() {
    local file lock
    [[ -d $reservations ]] || return 0
    exec {lock}>"$reservations/lock"
    flock "$lock"
    for file in "$reservations"/[0-9]*; do
        if ! is_reserved "$file" || [[ $port_owner == "$1" ]]; then rm -f "$file"; fi
    done
    exec {lock}>&-
}
