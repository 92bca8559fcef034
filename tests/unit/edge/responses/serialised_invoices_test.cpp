// The invoices in the answer to a list, as messages and serialised.
#include "edge/responses/serialised_invoices.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "edge/responses/invoice_json.hpp"

using namespace quittance;

namespace {

v1::Invoice full(const std::string& id) {
    v1::Invoice invoice;
    invoice.set_id(id);
    invoice.set_status("paid");
    invoice.set_invoice_pdf_url("https://pay.example/" + std::string(300, 'x'));
    invoice.set_subtotal_minor(-3'300);
    invoice.mutable_create_time()->set_seconds(1'699'283'248);
    invoice.mutable_period_start()->set_seconds(1'699'283'249);
    auto& line = *invoice.add_lines();
    line.set_id("il_" + id);
    line.set_kind("subscription");
    line.set_description("Zażółć gęślą jaźń");
    invoice.add_lines()->set_invoice_item_id("ii_" + id);
    invoice.set_lines_complete(true);
    return invoice;
}

v1::Invoice bare(const std::string& id) {
    v1::Invoice invoice;
    invoice.set_id(id);
    return invoice;
}

v1::ListInvoicesResponse as_messages(const std::vector<v1::Invoice>& invoices) {
    v1::ListInvoicesResponse list;
    for (const auto& invoice : invoices) *list.add_invoices() = invoice;
    return list;
}

v1::ListInvoicesResponse serialised(const std::vector<v1::Invoice>& invoices) {
    v1::ListInvoicesResponse list;
    list.set_serialised_invoices(as_messages(invoices).SerializeAsString());
    return list;
}

std::vector<std::string> said(const v1::ListInvoicesResponse& list) {
    edge::ListedInvoices invoices(list);
    std::vector<std::string> texts;
    while (const auto* invoice = invoices.next()) texts.push_back(invoice->DebugString());
    return texts;
}

const std::vector<v1::Invoice> kInvoices = {full("1"), bare("2"), v1::Invoice(), full("4"), bare("")};

}  // namespace

TEST_CASE("a serialised list has the same invoices as a list of messages") {
    const auto messages = as_messages(kInvoices);
    REQUIRE(said(messages).size() == kInvoices.size());
    CHECK(said(serialised(kInvoices)) == said(messages));
    CHECK(edge::billing_list(serialised(kInvoices), true) == edge::billing_list(messages, true));
    CHECK(edge::has_invoices(messages));
    CHECK(edge::has_invoices(serialised(kInvoices)));
    CHECK(edge::has_invoices(serialised({v1::Invoice()})));
}

TEST_CASE("an empty list has none") {
    CHECK(said({}).empty());
    CHECK_FALSE(edge::has_invoices({}));
}

TEST_CASE("messages come before serialised invoices") {
    auto list = serialised({bare("b")});
    *list.add_invoices() = bare("a");
    CHECK(said(list) == std::vector<std::string>{bare("a").DebugString(), bare("b").DebugString()});
}

TEST_CASE("a list that was cut off is refused, and shows no invoice in part") {
    const std::vector<v1::Invoice> invoices = {full("1"), full("2")};
    const auto whole = serialised(invoices).serialised_invoices();
    const auto first_size = serialised({full("1")}).serialised_invoices().size();
    for (std::size_t size = 1; size < whole.size(); ++size) {
        INFO(size);
        v1::ListInvoicesResponse list;
        list.set_serialised_invoices(whole.substr(0, size));
        if (size == first_size)
            CHECK(said(list).size() == 1);  // nothing tells that another was to follow
        else
            CHECK_THROWS_AS(said(list), std::runtime_error);
    }
}

TEST_CASE("bytes that are not a field of invoices are refused") {
    const std::vector<std::string> others = {{"\x12\x00", 2},
                                             {"\x08\x01", 2},
                                             {"\x0A\x05"
                                              "abc",
                                              5},
                                             {"\x0A\xFF\xFF\xFF\xFF\x0F", 6},
                                             {"\xFF", 1},
                                             {"\x0A\x01\xFF", 3},
                                             {"\0", 1}};
    for (const auto& bytes : others) {
        v1::ListInvoicesResponse list;
        list.set_serialised_invoices(bytes);
        CHECK_THROWS_AS(said(list), std::runtime_error);
    }
}
