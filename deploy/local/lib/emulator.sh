# shellcheck shell=bash
# What a stack needs before the first invoice: a customer at the emulator with a card that pays, registered with us.

source "$(dirname "${BASH_SOURCE[0]}")/curl.sh"

# stripe_post PATH FORM...: prints Stripe's answer; dies with Stripe's message where it refuses.
stripe_post() {
    local path=$1 part form=() answer
    shift
    for part in "$@"; do form+=(--data-urlencode "$part"); done
    answer=$(curl_as "user=$STRIPE_API_KEY:" -sS --max-time 30 "${form[@]}" "$STRIPE_API_BASE$path") || die "no answer to POST $path"
    if jq -e .error <<<"$answer" >/dev/null; then
        die "POST $path: $(jq -r .error.message <<<"$answer")"
    fi
    printf '%s\n' "$answer"
}

# create_customer: sets CUSTOMER and PAYMENT_METHOD.
create_customer() {
    local answer
    answer=$(stripe_post /v1/customers "name=John Doe" "email=john.doe@example.com" \
        "metadata[user_id]=$USER_ID" "metadata[team_id]=$TEAM_ID")
    CUSTOMER=$(jq -r .id <<<"$answer")
    # Attaching one of Stripe's test cards makes a payment method of its own.
    answer=$(stripe_post /v1/payment_methods/pm_card_visa/attach "customer=$CUSTOMER")
    PAYMENT_METHOD=$(jq -r .id <<<"$answer")
    stripe_post "/v1/customers/$CUSTOMER" "invoice_settings[default_payment_method]=$PAYMENT_METHOD" >/dev/null
}

# register_customer: tells us whom CUSTOMER belongs to. Where the caller has hashes of keys only, nobody here can.
register_customer() {
    local answer
    [[ -n ${ADMIN_API_KEY:-} ]] || return 0
    answer=$(jq -n --arg user "$USER_ID" --arg team "$TEAM_ID" '{user: {_id: $user, name: "John Doe"}, $team}' |
        curl_as "header=Api-Key: $ADMIN_API_KEY" -sS --fail-with-body --max-time 30 -X PUT \
            -H 'Content-Type: application/json' --data-binary @- "$edge_url/admin/api/customers/$CUSTOMER") || die "the customer was not registered: $answer"
}
