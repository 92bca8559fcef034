// Items and lines: bulk calls, pending items, the 250, paging.
#include "emulator.hpp"

using namespace quittance::stripe_emulator::test;

namespace {

std::string lines(int count, int amount = 100) {
    std::string form;
    for (int i = 0; i < count; ++i) {
        form += (i == 0 ? "" : "&") + std::string("lines[") + std::to_string(i) +
                "][amount]=" + std::to_string(amount) + "&lines[" + std::to_string(i) +
                "][metadata][n]=" + std::to_string(i);
    }
    return form;
}

}  // namespace

TEST_CASE("lines go on in order, all or none") {
    Emulator emulator;
    const auto id = emulator.draft(emulator.customer());
    auto reply = emulator.post("/v1/invoices/" + id + "/add_lines", lines(12) + "&invoice_metadata[k]=v");
    REQUIRE(reply.status == 200);
    CHECK(reply.integer("total") == 1200);
    CHECK(reply.object().at("metadata") == json::parse(R"({"k":"v"})"));
    const auto& embedded = reply.object().at("lines").as_object();
    CHECK(embedded.at("data").as_array().size() == 10);
    CHECK(embedded.at("has_more") == true);
    CHECK(embedded.at("total_count") == 12);

    // A second bulk call fails as a whole: amount and quantity exclude each other.
    reply = emulator.post("/v1/invoices/" + id + "/add_lines",
                          "lines[0][amount]=5&lines[1][amount]=6&lines[1][quantity]=2");
    CHECK(reply.status == 400);
    CHECK(reply.error_text("param") == "lines[1][amount]");
    CHECK(reply.error_text("code") == "parameters_exclusive");
    CHECK(emulator.get("/v1/invoices/" + id).integer("total") == 1200);

    // Pages follow the order of the lines.
    std::vector<std::string> seen;
    std::string cursor;
    for (bool more = true; more;) {
        const auto page = emulator.get("/v1/invoices/" + id + "/lines",
                                       "limit=5" + (cursor.empty() ? "" : "&starting_after=" + cursor));
        REQUIRE(page.status == 200);
        for (const auto& line : page.object().at("data").as_array()) {
            seen.emplace_back(line.as_object().at("metadata").as_object().at("n").as_string());
            cursor = std::string(line.as_object().at("id").as_string());
        }
        more = page.object().at("has_more").as_bool();
    }
    CHECK(seen == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"});
}

TEST_CASE("at most 250 items") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto id = emulator.draft(customer);
    CHECK(emulator.post("/v1/invoices/" + id + "/add_lines", lines(251)).status == 400);
    REQUIRE(emulator.post("/v1/invoices/" + id + "/add_lines", lines(250)).status == 200);
    CHECK(emulator.post("/v1/invoices/" + id + "/add_lines", lines(1)).status == 400);
    CHECK(emulator.post("/v1/invoiceitems", "customer=" + customer + "&invoice=" + id + "&amount=1").status == 400);
}

TEST_CASE("lines are changed and removed") {
    Emulator emulator;
    const auto id = emulator.draft(emulator.customer());
    auto reply = emulator.post("/v1/invoices/" + id + "/add_lines", lines(3));
    const auto line_id = [&](std::size_t index) {
        return std::string(
            reply.object().at("lines").as_object().at("data").as_array()[index].as_object().at("id").as_string());
    };
    const auto first = line_id(0);
    const auto second = line_id(1);
    reply = emulator.post("/v1/invoices/" + id + "/update_lines",
                          "lines[0][id]=" + first + "&lines[0][amount]=900&lines[0][description]=x");
    CHECK(reply.integer("total") == 1100);
    const auto one = emulator.post("/v1/invoices/" + id + "/lines/" + first, "quantity=3");
    CHECK(one.integer("amount") == 2700);
    CHECK(one.text("description") == "x");
    reply = emulator.post(
        "/v1/invoices/" + id + "/remove_lines",
        "lines[0][id]=" + first + "&lines[0][behavior]=delete&lines[1][id]=" + second + "&lines[1][behavior]=unassign");
    CHECK(reply.status == 200);
    CHECK(reply.integer("total") == 100);
    const auto pending = emulator.get("/v1/invoiceitems", "pending=true").object().at("data").as_array();
    REQUIRE(pending.size() == 1);
    // The unassigned item goes on again by its id.
    const auto item = std::string(pending[0].as_object().at("id").as_string());
    reply = emulator.post("/v1/invoices/" + id + "/add_lines", "lines[0][invoice_item]=" + item);
    CHECK(reply.integer("total") == 200);
    CHECK(emulator.post("/v1/invoices/" + id + "/remove_lines", "lines[0][id]=il_nope&lines[0][behavior]=delete")
              .status == 400);
}

TEST_CASE("pending items are swept only when asked") {
    Emulator emulator;
    const auto customer = emulator.customer();
    for (const auto* amount : {"100", "200"}) {
        REQUIRE(emulator.post("/v1/invoiceitems", "customer=" + customer + "&currency=eur&amount=" + amount).status ==
                200);
    }
    CHECK(emulator.get("/v1/invoices/" + emulator.draft(customer)).integer("total") == 0);
    const auto swept =
        emulator.post("/v1/invoices", "customer=" + customer + "&pending_invoice_items_behavior=include");
    CHECK(swept.integer("total") == 300);
    const auto& data = swept.object().at("lines").as_object().at("data").as_array();
    CHECK(data[0].as_object().at("amount") == 200);  // newest first
    CHECK(emulator.post("/v1/invoices", "customer=" + customer + "&pending_invoice_items_behavior=include_and_require")
              .error_text("code") == "invoice_no_customer_line_items");
    // Items of a deleted draft stay bound to it.
    emulator.call("DELETE", "/v1/invoices/" + swept.text("id"));
    CHECK(emulator.get("/v1/invoiceitems", "pending=true").object().at("data").as_array().empty());
    const auto item = std::string(data[0].as_object().at("invoice_item").as_string());
    CHECK(emulator.post("/v1/invoiceitems/" + item, "amount=5").error_text("code") == "invoice_not_editable");
    // Old versions sweep unless told otherwise.
    REQUIRE(emulator.post("/v1/invoiceitems", "customer=" + customer + "&currency=eur&amount=700").status == 200);
    emulator.version = "2020-08-27";
    CHECK(emulator.post("/v1/invoices", "customer=" + customer).integer("total") == 700);
}

TEST_CASE("what the emulator does not compute it refuses") {
    Emulator emulator;
    const auto id = emulator.draft(emulator.customer());
    CHECK(emulator.post("/v1/invoices/" + id + "/add_lines", "lines[0][amount]=5&lines[0][tax_rates][0]=txr_1")
              .error_text("param") == "lines[0][tax_rates]");
    CHECK(emulator.post("/v1/invoices/" + id, "automatic_tax[enabled]=true").error_text("code") ==
          "customer_tax_location_invalid");
    CHECK(emulator.post("/v1/invoices/" + id, "automatic_tax[enabled]=false").status == 200);
}

TEST_CASE("lists page in both directions") {
    Emulator emulator;
    const auto customer = emulator.customer();
    std::vector<std::string> made;
    for (int i = 0; i < 7; ++i) made.push_back(emulator.draft(customer));
    const auto ids = [](const Reply& reply) {
        std::vector<std::string> out;
        for (const auto& one : reply.object().at("data").as_array())
            out.emplace_back(one.as_object().at("id").as_string());
        return out;
    };
    auto page = emulator.get("/v1/invoices", "limit=3");
    CHECK(ids(page) == std::vector<std::string>{made[6], made[5], made[4]});
    CHECK(page.object().at("has_more") == true);
    page = emulator.get("/v1/invoices", "limit=3&starting_after=" + made[1]);
    CHECK(ids(page) == std::vector<std::string>{made[0]});
    CHECK(page.object().at("has_more") == false);
    page = emulator.get("/v1/invoices", "limit=3&ending_before=" + made[2]);
    CHECK(ids(page) == std::vector<std::string>{made[5], made[4], made[3]});
    CHECK(page.object().at("has_more") == true);
    CHECK(emulator.get("/v1/invoices", "starting_after=in_nope").error_text("param") == "starting_after");
    CHECK(emulator.get("/v1/invoices", "starting_after=" + made[1] + "&ending_before=" + made[2]).status == 400);
    CHECK(emulator.get("/v1/invoices", "limit=101").error_text("param") == "limit");
    CHECK(emulator.get("/v1/invoices", "limit=0").status == 400);
    CHECK(ids(emulator.get("/v1/invoices", "customer=" + customer + "&status=open")).empty());
    CHECK(ids(emulator.get("/v1/invoices", "created[gte]=" + std::to_string(kStart) + "&limit=100")).size() == 7);
    CHECK(ids(emulator.get("/v1/invoices", "created[lt]=" + std::to_string(kStart))).empty());
}
