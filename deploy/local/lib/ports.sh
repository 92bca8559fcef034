# shellcheck shell=bash
# Free TCP ports for a stack. A service that died must come back on the same port, and others have its address: so ports
# are chosen before anything starts, from below the range that the kernel hands out, and reserved by a file as long as
# the stack exists, so that two stacks that start together do not choose the same.

reservations=/tmp/quittance-ports-$UID

# port_is_taken PORT: somebody listens there.
port_is_taken() {
    grep -qiE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:[0-9A-F]+ 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# reserve_port DIR: sets `reserved_port`.
reserve_port() {
    local try owner
    mkdir -p "$reservations"
    for try in {1..2000}; do
        reserved_port=$((20000 + SRANDOM % 12000))
        # A reservation whose stack is gone counts for nothing.
        if { read -r owner <"$reservations/$reserved_port"; } 2>/dev/null; then
            [[ ! -d $owner/run ]] || continue
            rm -f "$reservations/$reserved_port"
        fi
        (set -o noclobber && printf '%s\n' "$1" >"$reservations/$reserved_port") 2>/dev/null || continue
        port_is_taken "$reserved_port" || return 0
        rm -f "$reservations/$reserved_port"
    done
    die "no free port found in $try tries"
}

# release_ports DIR
release_ports() {
    local file owner
    for file in "$reservations"/*; do
        { read -r owner <"$file"; } 2>/dev/null || continue
        [[ $owner != "$1" ]] || rm -f "$file"
    done
}
