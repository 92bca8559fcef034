// What counts as a difference between a row and Stripe's word, and what does not.
#include "reconcile/differences.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace quittance::reconcile {
namespace {

v1::Invoice invoice() {
    v1::Invoice made;
    made.set_stripe_invoice_id("in_1");
    made.set_account("default");
    made.set_stripe_customer_id("cus_1");
    made.set_status("open");
    made.set_currency("eur");
    made.set_amount_due_minor(3300);
    made.set_amount_remaining_minor(3300);
    made.set_attempt_count(1);
    made.mutable_create_time()->set_seconds(1'700'000'000);
    (*made.mutable_metadata())["team_id"] = "t";
    made.set_lines_complete(true);
    auto& line = *made.add_lines();
    line.set_id("il_1");
    line.set_amount_minor(3300);
    line.set_currency("eur");
    return made;
}

std::string fields(const std::vector<FieldDifference>& found) {
    std::string names;
    for (const auto& difference : found) names += difference.field + ";";
    return names;
}

TEST_CASE("two equal states have no differences") {
    CHECK(fields(differences(invoice(), invoice())).empty());
}

TEST_CASE("every field that both sides know is compared") {
    auto stripe = invoice();
    stripe.set_status("paid");
    stripe.set_amount_paid_minor(3300);
    stripe.set_amount_remaining_minor(0);
    stripe.mutable_paid_time()->set_seconds(1'700'000'100);
    stripe.mutable_create_time()->set_seconds(1'700'000'001);
    (*stripe.mutable_metadata())["team_id"] = "u";
    const auto found = differences(invoice(), stripe);
    CHECK(fields(found) == "status;amount_paid_minor;amount_remaining_minor;metadata;create_time;paid_time;");
    CHECK(found[0].in_store == "\"open\"");
    CHECK(found[0].at_stripe == "\"paid\"");
    CHECK(found.back().in_store.empty());
}

TEST_CASE("what only the store knows, and what expires, is not compared") {
    auto row = invoice();
    row.set_id("0123456789abcdef01234567");
    row.mutable_user()->set_name("Ada");
    row.set_team_id("0123456789abcdef01234567");
    row.set_amount_minor(3300);
    row.mutable_update_time()->set_seconds(5);
    row.mutable_provenance()->set_rank(1);
    row.set_settlement("none");
    row.set_hosted_invoice_url("https://invoice.stripe.com/old");
    row.mutable_last_payment_attempt_time()->set_seconds(7);
    CHECK(fields(differences(row, invoice())).empty());
}

TEST_CASE("a payment that one API version names and the other does not is no difference") {
    auto row = invoice();
    row.set_payment_intent_id("pi_1");
    CHECK(fields(differences(row, invoice())).empty());
    auto stripe = invoice();
    stripe.set_payment_intent_id("pi_2");
    CHECK(fields(differences(row, stripe)) == "payment_intent_id;");
}

TEST_CASE("the number of attempts is compared: it falls where Stripe reopens an invoice") {
    auto row = invoice();
    row.set_attempt_count(2);
    CHECK(fields(differences(row, invoice())) == "attempt_count;");
    CHECK(fields(differences(invoice(), row)) == "attempt_count;");
    CHECK(names_of(differences(invoice(), row)) == "attempt_count");
}

TEST_CASE("lines are compared by id, amount, currency and description") {
    auto row = invoice();
    row.mutable_lines(0)->set_price_id("price_1");
    CHECK(fields(differences(row, invoice())).empty());
    row.mutable_lines(0)->set_amount_minor(1);
    CHECK(fields(differences(row, invoice())) == "lines[0];");
    row.add_lines()->set_id("il_2");
    CHECK(fields(differences(row, invoice())) == "lines;");
    row = invoice();
    row.set_lines_complete(false);
    const auto found = differences(row, invoice());
    CHECK(fields(found) == "lines;");
    CHECK(found[0].in_store == "incomplete");
}

}  // namespace
}  // namespace quittance::reconcile
