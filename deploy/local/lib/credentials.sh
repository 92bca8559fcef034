# shellcheck shell=bash
# Keys and tokens of one stack, made anew each time: nothing in the tree is a secret, nothing is shared by two stacks.

# random_hex BYTES
random_hex() {
    openssl rand -hex "$1"
}

sha256_hex() {
    printf '%s' "$1" | sha256sum | cut -d' ' -f1
}

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# make_signing_key DIR KID: DIR/jwt.pem, a private RSA key, and DIR/jwks.json, its public half as a key set (RFC 7517).
make_signing_key() {
    local dir=$1 kid=$2 modulus
    openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$dir/jwt.pem"
    modulus=$(openssl rsa -in "$dir/jwt.pem" -noout -modulus)
    # shellcheck disable=SC2001 # a bytewise \xNN before every pair of digits
    modulus=$(sed 's/../\\x&/g' <<<"${modulus#*=}")
    # The exponent is 65537, "AQAB" in base64url: OpenSSL's default.
    jq -n --arg kid "$kid" --arg n "$(printf '%b' "$modulus" | base64url)" \
        '{keys: [{kty: "RSA", use: "sig", alg: "RS256", kid: $kid, n: $n, e: "AQAB"}]}' >"$dir/jwks.json"
}

# sign_token PEM KID CLAIMS: a JWT (RFC 7519) with RS256; CLAIMS is a JSON object.
sign_token() {
    local head body
    head=$(jq -cn --arg kid "$2" '{alg: "RS256", typ: "JWT", kid: $kid}' | tr -d '\n' | base64url)
    body=$(jq -c . <<<"$3" | tr -d '\n' | base64url)
    printf '%s.%s.%s\n' "$head" "$body" \
        "$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -sign "$1" -binary | base64url)"
}
