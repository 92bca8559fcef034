# shellcheck shell=bash
# An invoice's way round a running stack, step by step, for whoever looks at it the first time.

source "$(dirname "${BASH_SOURCE[0]}")/curl.sh"

# ask FILE WANTED_STATUS CREDENTIAL CURL_ARGUMENT...: the answer's body goes to the file. CREDENTIAL as in curl.sh.
ask() {
    local file=$1 wanted=$2 credential=$3 status
    shift 3
    status=$(curl_as "$credential" -sS --max-time 60 -o "$file" -w '%{http_code}' "$@") || die "no answer from ${*: -1}"
    [[ $status == "$wanted" ]] || die "${*: -1} answered $status instead of $wanted: $(<"$file")"
}

# wait_until_paid FILE INVOICE: until the edge says so; the invoice is then in the file.
wait_until_paid() {
    local deadline=$((SECONDS + 60))
    until [[ $(curl_as "header=Api-Key: $ADMIN_API_KEY" -sS --max-time 60 -o "$1" -w '%{http_code}' \
        "$EDGE_URL/admin/api/invoices/$2") == 200 && $(jq -r .status "$1") == paid ]]; do
        ((SECONDS < deadline)) || die "not paid within 60 s; the last answer: $(<"$1")"
        sleep 0.05
    done
}

# show_round SCRATCH: creates an invoice for CUSTOMER with PAYMENT_METHOD over REST, follows it to Stripe and back, and
# leaves it as our API gives it in SCRATCH/invoice.json. Needs the variables of a stack.env.
show_round() {
    local answer=$1/answer invoice
    say "1. POST /admin/api/invoices: an invoice over 33.00 for customer $CUSTOMER"
    jq -n --arg customer "$CUSTOMER" --arg card "$PAYMENT_METHOD" \
        '{items: [{name: "All resources", amount: 3300}], $customer, paymentMethod: $card}' >"$1/request.json"
    ask "$answer" 200 "header=Api-Key: $ADMIN_API_KEY" -H 'Content-Type: application/json' --data-binary "@$1/request.json" \
        "$EDGE_URL/admin/api/invoices"
    invoice=$(jq -r .id "$answer")
    say "   created in Stripe: $(jq -r '"\(.id), \(.status), \(.amount_due) \(.currency), lines: \(.lines.data | length)"' "$answer")"

    say "2. Stripe (the emulator, unless you named another) has collected it"
    ask "$answer" 200 "user=$STRIPE_API_KEY:" "$STRIPE_URL/v1/invoices/$invoice"
    say "   at Stripe: $(jq -r '"\(.id) is \(.status), paid \(.amount_paid) of \(.amount_due)"' "$answer")"
    ask "$answer" 200 "user=$STRIPE_API_KEY:" "$STRIPE_URL/v1/events?type=invoice.paid"
    say "   its event: $(jq -r --arg id "$invoice" \
        '[.data[] | select(.data.object.id == $id)][0] | "\(.id) \(.type)"' "$answer"), sent to $WEBHOOK_URL/webhooks/stripe"

    say "3. the webhook brings the result through the ingester and gRPC into PostgreSQL"
    wait_until_paid "$answer" "$invoice"
    say "   it is there and paid"

    invoice=$(jq -r ._id "$answer")
    say "4. GET /admin/api/invoices/$invoice: read back by our own id"
    ask "$answer" 200 "header=Api-Key: $ADMIN_API_KEY" "$EDGE_URL/admin/api/invoices/$invoice"
    jq . "$answer" >"$1/invoice.json"
}
