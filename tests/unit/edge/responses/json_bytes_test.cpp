// Every JSON shape of the edge, byte for byte: an entity tag is a checksum of the bytes, and clients keep it.
#include <catch2/catch.hpp>

#include "edge/responses/customer_json.hpp"
#include "edge/responses/invoice_json.hpp"

using namespace quittance;  // NOLINT(google-build-using-namespace)

namespace {

// Its texts have a quote, a control character and a letter beyond ASCII.
v1::Invoice full() {
    v1::Invoice invoice;
    invoice.set_id("65490130ff600e06af2a9694");
    invoice.set_stripe_invoice_id("in_1");
    invoice.set_account("default");
    invoice.set_stripe_customer_id("cus_1");
    invoice.mutable_user()->set_id("6548a41138406c14db33b606");
    invoice.mutable_user()->set_name("J\"o\\h\n\x01\xc3\xb6");
    invoice.set_status("paid");
    invoice.set_amount_minor(-3300);
    invoice.set_subtotal_minor(3000);
    invoice.set_tax_minor(300);
    invoice.set_currency("eur");
    invoice.set_attempt_count(2);
    invoice.set_invoice_pdf_url("https://pay.test/x");
    invoice.set_hosted_invoice_url("https://pay.test/h");
    invoice.mutable_create_time()->set_seconds(1'699'283'248);
    invoice.mutable_create_time()->set_nanos(550'999'999);
    invoice.mutable_update_time()->set_seconds(1'699'283'266);
    invoice.mutable_last_payment_attempt_time()->set_seconds(1'699'283'264);
    invoice.mutable_period_start()->set_seconds(1'699'283'248);
    invoice.mutable_period_end()->set_seconds(1'699'283'249);
    invoice.set_lines_complete(true);
    invoice.set_amount_refunded_minor(12);
    invoice.set_settlement("partially_refunded");
    for (const char* id : {"ii_1", ""}) {
        auto& line = *invoice.add_lines();
        line.set_id("il_1");
        line.set_invoice_item_id(id);
    }
    for (const char* subscription : {"sub_1", ""}) {
        auto& line = *invoice.add_lines();
        line.set_id("il_2");
        line.set_kind("subscription");
        line.set_subscription_id(subscription);
        line.set_price_id("price_1");
        line.set_amount_minor(3000);
        line.set_currency("eur");
        line.set_description("Seats");
    }
    return invoice;
}

v1::ListInvoicesResponse both() {
    v1::ListInvoicesResponse list;
    *list.add_invoices() = full();
    list.add_invoices();
    list.set_total_size(9'007'199'254'740'993);
    return list;
}

const std::string kAdminFull =
    R"({"_id":"65490130ff600e06af2a9694","invoiceId":"in_1","user":{"_id":"6548a41138406c14db33b606",)"
    R"("name":"J\"o\\h\n\u0001ö"},"status":"paid","amount":-3300,"invoicePdf":"https://pay.test/x",)"
    R"("createdAt":"2023-11-06T15:07:28.550Z","updatedAt":"2023-11-06T15:07:46.000Z","currency":"eur",)"
    R"("amountRefunded":12,"settlement":"partially_refunded"})";
const std::string kAdminEmpty =
    R"({"_id":"","invoiceId":"","user":{"_id":null,"name":""},"status":"","amount":0,"invoicePdf":null,)"
    R"("createdAt":"1970-01-01T00:00:00.000Z","updatedAt":"1970-01-01T00:00:00.000Z","currency":"",)"
    R"("amountRefunded":0,"settlement":"none"})";
const std::string kRichFull =
    R"({"id":"65490130ff600e06af2a9694","paymentProfileId":"cus_1","network":"default","pdfUrl":"https://pay.test/x",)"
    R"("status":"PAID","totalPaymentAttempts":2,"subTotal":3000,"taxTotal":300,"currency":"eur",)"
    R"("invoiceItems":["ii_1","il_1"],"subscriptionItems":[{"id":"il_2","network":"default","total":3000,)"
    R"("currency":"eur","paymentProfileId":"cus_1","priceId":"price_1","invoiceId":"65490130ff600e06af2a9694",)"
    R"("subscriptionId":"sub_1","description":"Seats","createdAt":"2023-11-06T15:07:28.550Z",)"
    R"("updatedAt":"2023-11-06T15:07:46.000Z"},{"id":"il_2","network":"default","total":3000,)"
    R"("currency":"eur","paymentProfileId":"cus_1","priceId":"price_1","invoiceId":"65490130ff600e06af2a9694",)"
    R"("subscriptionId":null,"description":"Seats","createdAt":"2023-11-06T15:07:28.550Z",)"
    R"("updatedAt":"2023-11-06T15:07:46.000Z"}],"lastPaymentAttemptDate":"2023-11-06T15:07:44.000Z",)"
    R"("periodStart":"2023-11-06T15:07:28.000Z","periodEnd":"2023-11-06T15:07:29.000Z",)"
    R"("createdAt":"2023-11-06T15:07:28.550Z","invoiceId":"in_1","linesComplete":true,"amountRefunded":12,)"
    R"("settlement":"partially_refunded"})";
const std::string kRichEmpty =
    R"({"id":"","paymentProfileId":null,"network":"","pdfUrl":null,"status":"","totalPaymentAttempts":0,"subTotal":0,)"
    R"("taxTotal":0,"currency":"","invoiceItems":[],"subscriptionItems":[],"lastPaymentAttemptDate":null,)"
    R"("periodStart":null,"periodEnd":null,"createdAt":"1970-01-01T00:00:00.000Z","invoiceId":"",)"
    R"("linesComplete":false,"amountRefunded":0,"settlement":"none"})";

}  // namespace

TEST_CASE("the Admin API's bytes") {
    CHECK(edge::admin_invoice(full()) == kAdminFull);
    CHECK(edge::admin_list(both()) ==
          R"({"invoices":[)" + kAdminFull + "," + kAdminEmpty + R"(],"count":9007199254740993})");
}

TEST_CASE("the Client API's bytes") {
    CHECK(edge::client_last_invoice(full()) ==
          R"({"_id":"65490130ff600e06af2a9694","invoiceId":"in_1","user":"6548a41138406c14db33b606","status":"paid",)"
          R"("amount":-3300,"invoicePdf":"https://pay.test/x","createdAt":"2023-11-06T15:07:28.550Z",)"
          R"("updatedAt":"2023-11-06T15:07:46.000Z","currency":"eur","amountRefunded":12,)"
          R"("settlement":"partially_refunded"})");
    v1::GetBillingHistoryResponse history;
    history.set_page(1);
    history.set_page_size(10);
    history.set_total_pages(1);
    CHECK(edge::client_billing_history(history) ==
          R"({"docs":[],"totalDocs":0,"limit":10,"totalPages":1,"page":1,"pagingCounter":1,"hasPrevPage":false,)"
          R"("hasNextPage":false,"prevPage":null,"nextPage":null})");
    *history.add_invoices() = full();
    history.add_invoices();
    history.set_page(2);
    history.set_total_pages(3);
    history.set_total_size(22);
    CHECK(
        edge::client_billing_history(history) ==
        R"({"docs":[{"_id":"65490130ff600e06af2a9694","status":"paid","amount":-3300,)"
        R"("invoicePdf":"https://pay.test/x","currency":"eur","amountRefunded":12,"settlement":"partially_refunded"},)"
        R"({"_id":"","status":"","amount":0,"invoicePdf":null,"currency":"","amountRefunded":0,"settlement":"none"}],)"
        R"("totalDocs":22,"limit":10,"totalPages":3,"page":2,"pagingCounter":11,"hasPrevPage":true,)"
        R"("hasNextPage":true,"prevPage":1,"nextPage":3})");
}

TEST_CASE("the Billing API's bytes") {
    CHECK(edge::billing_invoice(full()) == R"({"data":)" + kRichFull + "}");
    CHECK(edge::billing_list(both(), true) ==
          R"({"data":{"hasMore":true,"items":[)" + kRichFull + "," + kRichEmpty + "]}}");
    CHECK(edge::billing_list({}, false) == R"({"data":{"hasMore":false,"items":[]}})");
}

TEST_CASE("the bytes of an invoice's links") {
    CHECK(edge::invoice_links(full()) ==
          R"({"hostedInvoiceUrl":"https://pay.test/h","invoicePdf":"https://pay.test/x"})");
    CHECK(edge::invoice_links({}) == R"({"hostedInvoiceUrl":null,"invoicePdf":null})");
}

TEST_CASE("a registration's bytes") {
    v1::Customer customer;
    customer.set_stripe_customer_id("cus_1");
    customer.mutable_user()->set_id("6548a41138406c14db33b606");
    customer.mutable_user()->set_name("John \"Doe\"");
    customer.set_team_id("6548a41138406c14db33b607");
    customer.mutable_register_time()->set_seconds(1'699'283'248);
    CHECK(edge::customer_json(customer) ==
          R"({"customer":"cus_1","user":{"_id":"6548a41138406c14db33b606","name":"John \"Doe\""},)"
          R"("team":"6548a41138406c14db33b607","registeredAt":"2023-11-06T15:07:28.000Z"})");
}
