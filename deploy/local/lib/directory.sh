# shellcheck shell=bash
# A stack's directory: stack.env for whoever uses the stack, log/ its logs, run/ process records and settings, keys/ its
# signing key. run/ exists exactly while a stack may be running.

# stack_directory REPOSITORY [--dir DIR] [WORD...]: sets `dir` (absolute) and the array `words`.
stack_directory() {
    dir=$1/.local words=()
    shift
    while (($#)); do
        case $1 in
            --dir)
                [[ -n ${2:-} ]] || die "--dir needs a directory"
                dir=$2
                shift 2
                ;;
            --dir=?*) dir=${1#--dir=} && shift ;;
            -h | --help)
                sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
                exit 0
                ;;
            -*) die "unknown option $1 (see --help)" ;;
            *) words+=("$1") && shift ;;
        esac
    done
    dir=$(realpath -m -- "$dir")
    # The path goes into stack.env, which shells read too.
    [[ $dir =~ ^[A-Za-z0-9/._+@:,-]+$ ]] || die "choose a directory whose path has no blanks or special characters: $dir"
}

# lock_stack DIR: one script at a time works on a stack.
lock_stack() {
    exec 9>"$1/lock"
    flock -w 300 9 || die "another script has been working on $1 for 300 s"
}

prepare_directory() {
    rm -rf "$1/log"
    mkdir -p "$1/log" "$1/run"
    # PostgreSQL, another user when root runs this, must pass through.
    chmod 711 "$1"
    chmod 700 "$1/run"
}
