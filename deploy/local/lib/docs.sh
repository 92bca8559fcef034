# shellcheck shell=bash
# The page that the edge shows at /docs: npm's swagger-ui-dist, fetched once into the build tree. A stack runs without it.

swagger_ui_version=5.35.0
swagger_ui_sha512=U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==

# provide_docs REPOSITORY [offline]: sets DOCS_DIR, unless the caller named one; leaves it empty, and says why, where the
# package is neither there nor to be had within DOCS_SECONDS (15). `offline`: takes it only where it is there already.
provide_docs() {
    local directory=$1/build/docs/swagger-ui-dist-$swagger_ui_version scratch
    [[ -z ${DOCS_DIR:-} ]] || return 0
    if [[ -e $directory/swagger-ui-bundle.js ]]; then
        DOCS_DIR=$directory
        return 0
    fi
    [[ ${2:-} != offline ]] || return 0
    if ! command -v npm >/dev/null; then
        say "/docs stays empty: npm is not installed (DOCS_DIR may name a directory with swagger-ui-dist)"
        return 0
    fi
    mkdir -p "$directory"
    scratch=$(mktemp -d "$directory/fetch.XXXXXX")
    # The archive alone: an installation would bring along what the page does not need, and run its scripts.
    if (cd "$scratch" && timeout "${DOCS_SECONDS:-15}" npm pack --silent "swagger-ui-dist@$swagger_ui_version" >/dev/null 2>&1) &&
        [[ $(openssl dgst -sha512 -binary "$scratch"/*.tgz | openssl base64 -A) == "$swagger_ui_sha512" ]] &&
        tar -xzf "$scratch"/*.tgz -C "$scratch"; then
        mv "$scratch/package/"{LICENSE,NOTICE,favicon-32x32.png,swagger-ui.css,swagger-ui-bundle.js} "$directory/"
        DOCS_DIR=$directory
        say "/docs shows the API with swagger-ui-dist $swagger_ui_version"
    else
        say "/docs stays empty: swagger-ui-dist $swagger_ui_version could not be had from npm"
    fi
    rm -rf "$scratch"
}
