// API versions: which exist, and which parameters and members each has.
#include "emulator.hpp"
#include "stripe_emulator/model/version.hpp"

using namespace quittance::stripe_emulator;
using namespace quittance::stripe_emulator::test;

TEST_CASE("only Stripe's own versions are taken") {
    for (const auto* known : {"2020-08-27", "2023-10-16", "2024-06-20", "2024-09-30.acacia", "2025-03-31.basil",
                              "2026-10-28.endive", "2026-01-28.preview"}) {
        CHECK(is_api_version(known));
    }
    for (const auto* unknown : {"", "2023-10-17", "2024-09-30", "2023-10-16.acacia", "2025-03-31.clover",
                                "2027-01-01.fir", "2026-01-29.preview", "2023-10-16.preview", "yesterday"}) {
        CHECK_FALSE(is_api_version(unknown));
    }
    Emulator emulator;
    emulator.version = "2024-09-30";
    const auto refused = emulator.get("/v1/customers");
    CHECK(refused.status == 400);
    CHECK(refused.error_text("message") == "Invalid Stripe API version: 2024-09-30");
}

TEST_CASE("each version has its own parameters") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto refused = [&](const std::string& version, const std::string& form) {
        emulator.version = version;
        return emulator.post("/v1/invoices", "customer=" + customer + form).error_text("param");
    };
    const auto taken = [&](const std::string& version, const std::string& form) {
        emulator.version = version;
        return emulator.post("/v1/invoices", "customer=" + customer + form).status == 200;
    };
    const std::string options = "&rendering_options[amount_tax_display]=include_inclusive_tax";
    const std::string rendering = "&rendering[amount_tax_display]=include_inclusive_tax";
    CHECK(taken("2023-10-16", options));
    CHECK(refused("2024-04-10", options) == "rendering_options");
    CHECK(refused("2026-10-28.endive", options) == "rendering_options");
    CHECK(taken("2024-04-10", rendering));
    CHECK(taken("2025-02-24.acacia", rendering));
    CHECK(taken("2024-06-20", "&auto_advance=true&automatically_finalizes_at=1800000000"));
    CHECK(taken("2024-09-30.acacia", "&issuer[type]=self"));
    CHECK(refused("2023-10-16", "&issuer[type]=self") == "issuer");
    CHECK(refused("2025-02-24.acacia", "&nothing=1") == "nothing");

    emulator.version = "2025-02-24.acacia";
    const auto draft = emulator.draft(customer);
    const auto line = "/v1/invoices/" + draft + "/add_lines";
    CHECK(emulator.post(line, "lines[0][amount]=500&lines[0][metadata][a]=b").status == 200);
    CHECK(emulator.post(line, "lines[0][pricing][price]=price_1").error_text("param") == "lines[0][pricing]");
    emulator.version = "2026-10-28.endive";
    CHECK(emulator.post(line, "lines[0][price]=price_1").error_text("param") == "lines[0][price]");
}

TEST_CASE("an invoice has the members of its version") {
    Emulator emulator;
    const auto id = emulator.open(emulator.customer(), 700);
    const auto has = [&](const std::string& version, std::string_view member) {
        emulator.version = version;
        return emulator.get("/v1/invoices/" + id).object().contains(member);
    };
    CHECK(has("2023-10-16", "rendering_options"));
    CHECK_FALSE(has("2024-04-10", "rendering_options"));
    CHECK(has("2024-04-10", "paid"));
    CHECK(has("2025-02-24.acacia", "automatically_finalizes_at"));
    CHECK_FALSE(has("2025-03-31.basil", "paid"));
    CHECK_FALSE(has("2025-03-31.basil", "customer_account"));
    CHECK(has("2025-12-15.clover", "customer_account"));
}
