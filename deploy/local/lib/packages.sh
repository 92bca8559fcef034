# shellcheck shell=bash
# shellcheck disable=SC2034 # each script uses the lists that it needs
# Debian packages: which ones each purpose needs, and installing those that are missing. Debian 12 has all of them, except
# those that are named with their release: NAME/bookworm-backports is in Debian's backports alone.

# To run a stack: PostgreSQL, keys, and the tools that the scripts themselves call.
packages_to_run=(ca-certificates curl jq openssl postgresql-15 util-linux)

# To build every program.
packages_to_build=(
    catch2 ccache clang cmake libboost-json1.81-dev libboost1.81-dev
    libclang-rt-14-dev libcli11-dev libgrpc++-dev libjansson-dev libjose-dev libpqxx-dev libprotobuf-dev libspdlog-dev libssl-dev lld llvm ninja-build
    libopentelemetry-proto-dev/bookworm-backports opentelemetry-cpp-dev/bookworm-backports pkg-config prometheus-cpp-dev protobuf-compiler protobuf-compiler-grpc zlib1g-dev
)

# To build and run the tests. Debian's Node 18 will do; a newer one that is there already stays.
packages_to_test() {
    command -v node >/dev/null || printf 'nodejs\n'
    command -v npm >/dev/null || printf 'npm\n'
    # promtool, and the archive that kubectl comes in where there is none.
    printf 'prometheus\nunzip\n'
    command -v chromium >/dev/null || printf 'chromium\n'
    # The ingress of the tests that restart everything.
    [[ -x /usr/sbin/nginx ]] || printf 'nginx\n'
    # The load of tests/bench; perf, for its profiles alone, is used where it is.
    printf 'wrk\n'
    # The pooler of the tests that share sessions.
    [[ -x /usr/sbin/pgbouncer ]] || printf 'pgbouncer\n'
}

# Root runs a command as it is, everybody else through sudo.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root (or sudo): $*"
    fi
}

# missing_packages NAME...: those that are not installed, one a line.
missing_packages() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query -W -f='${Status}' "${name%%/*}" 2>/dev/null) == 'install ok installed' ]] || printf '%s\n' "$name"
    done
}

# apt_progress LOGFILE: reads apt's status lines (APT::Status-Fd), appends those about errors to LOGFILE, and says each
# further tenth of the download and of the installation.
apt_progress() {
    local line step last=
    while IFS= read -r line; do
        if [[ ! $line =~ ^(dl|pm)status:.*:([0-9]+)\.[0-9]+: ]]; then
            printf '%s\n' "$line" >>"$1"
            continue
        fi
        [[ ${BASH_REMATCH[1]} == dl ]] && step=downloaded || step=installed
        step="$((BASH_REMATCH[2] / 10))0 % $step"
        [[ $step == '00 '* || $step == "$last" ]] || say "packages: $step"
        last=$step
    done
}

# run_apt LOGFILE ARGUMENT...: apt's output goes to LOGFILE. Its status has a pipe of its own, because apt makes that pipe
# refuse what does not fit at once, and a package's script that writes there fails then. The pipe is made behind sudo, which
# passes on standard descriptors alone.
run_apt() {
    local log=$1
    shift
    # shellcheck disable=SC2016 # the variables of the inner shell
    as_root env DEBIAN_FRONTEND=noninteractive bash -c 'log=$1 && shift && exec 3>&1 >>"$log" 2>&1 && exec apt-get "$@"' \
        run_apt "$log" -o DPkg::Lock::Timeout=300 -o APT::Status-Fd=3 -o Dpkg::Use-Pty=0 -q "$@" </dev/null |
        apt_progress "$log"
}

# mirror_of RELEASE: where apt reads that release of Debian from, whatever the form of the source; nothing if from nowhere.
mirror_of() {
    apt-get indextargets --format "\$(CODENAME) \$(REPO_URI)" 2>/dev/null | sed -n "s/^$1 //p" | head -n 1
}

# add_backports LOGFILE: tells apt of Debian's backports, in a source file of its own, on the mirror that the machine has its
# Debian 12 from. Their priority is the usual 100 of backports: apt takes nothing else from there by itself. Where that fails,
# `problem` of the caller says why.
add_backports() {
    local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg source=/etc/apt/sources.list.d/quittance-backports.sources
    [[ -z $(mirror_of bookworm-backports) ]] || return 0
    mirror=$(mirror_of bookworm)
    if [[ -z $mirror ]]; then
        problem="apt has no source of Debian 12 (bookworm), so there is no mirror to read Debian's backports from"
        return 1
    fi
    say "adding Debian's backports as $source, for OpenTelemetry; apt takes nothing else from there by itself"
    as_root tee "$source" >/dev/null <<EOF
# Made by Quittance's scripts, for opentelemetry-cpp-dev alone.
Types: deb
URIs: $mirror
Suites: bookworm-backports
Components: main
Signed-By: $keyring
EOF
    as_root chmod 644 "$source"
    # apt-get update succeeds where one source cannot be reached. The index is there, or it is not.
    run_apt "$1" update || true
    [[ -z $(mirror_of bookworm-backports) ]] || return 0
    as_root rm -f "$source"
    problem="Debian's backports cannot be read from $mirror, and Debian 12 has opentelemetry-cpp-dev in no other place."
    problem+=" Let this machine reach them, or install that package by hand"
    return 1
}

# install_packages NAME...: installs what is missing, says what and how far it is; silent where nothing is missing. The
# output of apt goes to .local/packages.log; its last lines are shown where it fails.
install_packages() {
    local missing conf=/etc/postgresql-common/createcluster.d/quittance-local.conf own_conf=
    local policy=/usr/sbin/policy-rc.d own_policy= log
    log=${repository:-.}/.local/packages.log
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || die "these Debian packages are missing, and there is no apt-get: ${missing[*]}"
    mkdir -p "${log%/*}"
    : >"$log"
    say "installing ${#missing[@]} Debian packages (two to three minutes on a new system; the output is in $log): ${missing[*]}"
    # Installing PostgreSQL also makes and starts a cluster for the whole machine; this project brings its own.
    if [[ " ${missing[*]} " == *' postgresql-15 '* && ! -e $conf ]]; then
        as_root mkdir -p "${conf%/*}"
        echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
        own_conf=1
    fi
    # Nor is any package of ours to start a service of the machine's, as nginx and prometheus would.
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
        own_policy=1
    fi
    local failed='' problem=''
    {
        run_apt "$log" update &&
            { [[ " ${missing[*]} " != *'/bookworm-backports '* ]] || add_backports "$log"; } &&
            # Without the release: apt would take what these packages need from there, too.
            run_apt "$log" install -y --no-install-recommends "${missing[@]%%/*}"
    } || failed=1
    [[ -z $own_conf ]] || as_root rm -f "$conf"
    [[ -z $own_policy ]] || as_root rm -f "$policy"
    if [[ -n $failed ]]; then
        tail -n 30 "$log" >&2
        die "these packages could not be installed: ${missing[*]} (whole output in $log)${problem:+. $problem}"
    fi
    say "packages installed"
}
