# shellcheck shell=bash
# Calls with a credential that no list of processes shows: curl reads it from a pipe.

# curl_as CREDENTIAL CURL_ARGUMENT...: CREDENTIAL is `user=NAME:PASSWORD` or `header=NAME: VALUE`.
curl_as() {
    local name=${1%%=*} value=${1#*=}
    shift
    value=${value//\\/\\\\}
    curl --config <(printf '%s = "%s"\n' "$name" "${value//\"/\\\"}") "$@"
}
