// Which account of Stripe's stands behind a label: the first that was recorded, until an operator replaces it.
#include <catch2/catch.hpp>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "rpc/status.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;

namespace {

struct Running {
    test::StoreDatabase database;
    test::StoreServer server{database.url()};
    test::StoreClient client{server.stub()};

    // The id that is recorded afterwards, or the refusal's reason.
    std::string record(const std::string& label, bool livemode, const std::string& id, bool replace = false) {
        v1::RecordStripeAccountRequest request;
        request.mutable_account()->set_label(label);
        request.mutable_account()->set_livemode(livemode);
        request.mutable_account()->set_stripe_account_id(id);
        request.set_replace(replace);
        v1::StripeAccount answer;
        const auto status = client.call(&v1::InvoiceStore::Stub::RecordStripeAccount, request, answer);
        if (!status.ok()) {
            CHECK(status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
            return rpc::detail_of(status).reason();
        }
        CHECK(answer.label() == label);
        CHECK(answer.livemode() == livemode);
        CHECK(answer.has_record_time());
        return answer.stripe_account_id();
    }
};

}  // namespace

TEST_CASE("the first account of a label and mode stays, whatever comes later") {
    Running running;
    for (int i = 0; i < 2; ++i) CHECK(running.record("eu", true, "acct_1") == "acct_1");
    CHECK(running.record("eu", true, "acct_2") == "stripe_account_changed");
    CHECK(running.record("eu", true, "acct_1") == "acct_1");
    // The other mode, and another label, are other rows.
    CHECK(running.record("eu", false, "acct_2") == "acct_2");
    CHECK(running.record("us", true, "acct_3") == "acct_3");
}

TEST_CASE("an operator replaces an account") {
    Running running;
    running.record("eu", true, "acct_1");
    CHECK(running.record("eu", true, "acct_2", true) == "acct_2");
    CHECK(running.record("eu", true, "acct_2") == "acct_2");
    CHECK(running.record("eu", true, "acct_1") == "stripe_account_changed");
}

TEST_CASE("of two invoices with one of Stripe's ids, the one in the mode of the gateway's key is read") {
    Running running;
    for (const bool livemode : {true, false}) {
        v1::ApplyInvoiceEventsRequest request;
        auto& event = *request.add_events() = test::make_event("evt_1", "open", 1);
        event.set_livemode(livemode);
        v1::ApplyInvoiceEventsResponse response;
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ApplyInvoiceEvents, request, response).ok());
    }
    const auto read = [&] {
        v1::GetInvoiceRequest request;
        request.set_id("in_test");
        v1::Invoice invoice;
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::GetInvoice, request, invoice).ok());
        return invoice.livemode();
    };
    CHECK(read());
    running.record("default", false, "acct_1");
    CHECK_FALSE(read());
}

TEST_CASE("a record without a label or an id is refused by the field's name") {
    Running running;
    v1::RecordStripeAccountRequest request;
    v1::StripeAccount answer;
    const auto status = running.client.call(&v1::InvoiceStore::Stub::RecordStripeAccount, request, answer);
    CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    const auto detail = rpc::detail_of(status);
    REQUIRE(detail.fields_size() == 2);
    CHECK(detail.fields(0).field() == "account.label");
    CHECK(detail.fields(1).field() == "account.stripe_account_id");
}
