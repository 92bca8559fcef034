# shellcheck shell=bash
# Development certificates: an authority of one's own and a certificate for each service and the operators, in TLS:
#   TLS/NAME/{tls.crt,tls.key,ca.crt}   what one service needs; NAME is a link, so that one rename replaces all three
#   TLS/authorities/N.{key,crt}         the newest signs, all are trusted

# Each certificate carries its service's name; who listens is also dialled by address on one machine.
tls_names=(edge webhook-ingester invoice-store stripe-gateway operator)

# newest_authority TLS: its number, 0 where there is none.
newest_authority() {
    local file number newest=0
    for file in "$1"/authorities/*.crt; do
        number=$(basename "$file" .crt)
        [[ ! -e $file ]] || ((number <= newest)) || newest=$number
    done
    echo "$newest"
}

new_key() {
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1"
}

# add_authority TLS DAYS
add_authority() {
    local base
    mkdir -p "$1/authorities"
    base=$1/authorities/$(($(newest_authority "$1") + 1))
    new_key "$base.key"
    openssl req -x509 -new -key "$base.key" -days "$2" -subj "/CN=Quittance development authority ${base##*/}" \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign -out "$base.new"
    mv "$base.new" "$base.crt"
}

# publish TLS NAME DIRECTORY: the directory becomes NAME's content, in one rename.
publish() {
    local old=''
    [[ ! -L $1/$2 ]] || old=$(readlink "$1/$2")
    cat "$1"/authorities/*.crt >"$3/ca.crt"
    ln -s "${3##*/}" "$1/.$2.link"
    mv -T "$1/.$2.link" "$1/$2"
    [[ -z $old ]] || rm -rf "${1:?}/$old"
}

# issue_certificate TLS NAME DAYS: a new key and a certificate of the newest authority.
issue_certificate() {
    local authority fresh names=DNS:$2
    authority=$1/authorities/$(newest_authority "$1")
    fresh=$(mktemp -d "$1/.$2.XXXXXX")
    case $2 in invoice-store | stripe-gateway) names+=,DNS:localhost,IP:127.0.0.1 ;; esac
    new_key "$fresh/tls.key"
    openssl req -x509 -new -key "$fresh/tls.key" -CA "$authority.crt" -CAkey "$authority.key" -days "$3" -subj "/CN=$2" \
        -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
        -addext extendedKeyUsage=serverAuth,clientAuth -addext "subjectAltName=$names" -out "$fresh/tls.crt"
    publish "$1" "$2" "$fresh"
}

# publish_authorities TLS: every service trusts the authorities that there are now; its certificate stays.
publish_authorities() {
    local name fresh
    for name in "${tls_names[@]}"; do
        fresh=$(mktemp -d "$1/.$name.XXXXXX")
        cp -p "$1/$name"/tls.{crt,key} "$fresh/"
        publish "$1" "$name" "$fresh"
    done
}

# is_of_newest TLS NAME
is_of_newest() {
    openssl verify -CAfile "$1/authorities/$(newest_authority "$1").crt" "$1/$2/tls.crt" >/dev/null 2>&1
}

# provide_authority TLS DAYS
provide_authority() {
    mkdir -p "$1"
    chmod 700 "$1"
    (($(newest_authority "$1"))) || add_authority "$1" "$(($2 * 10))"
}

# provide_certificates TLS DAYS: makes what is missing or has used up two thirds of its time; leaves the rest alone.
provide_certificates() {
    local tls=$1 days=$2 name
    provide_authority "$tls" "$days"
    for name in "${tls_names[@]}"; do
        if ! is_of_newest "$tls" "$name" ||
            ! openssl x509 -in "$tls/$name/tls.crt" -noout -checkend "$((days * 86400 / 3))" >/dev/null; then
            issue_certificate "$tls" "$name" "$days"
        fi
    done
}
