# shellcheck shell=bash
# Building the programs that a stack runs.

# build_programs REPOSITORY PRESET [TARGET...]: configures and builds with ninja's own progress on standard error.
# BUILD_TESTS=ON also knows the tests' targets; of the presets only release does without them.
build_programs() {
    local repository=$1 preset=$2
    shift 2
    local tree=$repository/build/$preset options=()
    [[ $preset != release ]] || options+=("-DQUITTANCE_BUILD_TESTS=${BUILD_TESTS:-OFF}")
    mkdir -p "$tree"
    # What one clone has compiled serves every other: paths below the repository count as relative ones.
    export CCACHE_BASEDIR=$repository CCACHE_NOHASHDIR=1
    say "configuring the $preset build"
    (cd "$repository" && run_logged "$tree/configure.log" cmake --preset "$preset" "${options[@]}")
    say "building ($preset, $(nproc) cores; the first time takes some minutes, later only what changed)"
    NINJA_STATUS='[%f/%t %es] ' ninja -C "$tree" "$@" </dev/null >&2 || die "the build failed"
    say "built: $tree/bin"
}
