// Every recorded payload, read, against the message that is kept under tests/data/golden (see the README there).
#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "stripe/reader.hpp"
#include "unit/stripe/stripe_data.hpp"

namespace {

namespace fs = std::filesystem;
namespace stripe = quittance::stripe;
namespace v1 = quittance::v1;

const fs::path kData(QUITTANCE_TEST_DATA);

std::string text_of(const google::protobuf::Message& message) {
    google::protobuf::TextFormat::Printer printer;
    printer.SetUseUtf8StringEscaping(true);
    std::string text;
    REQUIRE(printer.PrintToString(message, &text));
    return text;
}

// What is compared: the message without the payload, which is the fixture itself.
std::string golden_of_event(const std::string& body) {
    auto read = stripe::read_event(body);
    REQUIRE(read.has_value());
    CHECK(read->event.payload() == body);
    read->event.clear_payload();
    return std::string("# the store wants it: ") + (read->concerns_invoice ? "yes" : "no") + "\n" +
           text_of(read->event);
}

std::string golden_of_invoice(const std::string& body) {
    const auto invoice = stripe::read_invoice(body);
    REQUIRE(invoice.has_value());
    return text_of(*invoice);
}

void compare(const std::string& name, const std::string& text) {
    const auto path = kData / "golden" / (name + ".txtpb");
    if (std::getenv("QUITTANCE_WRITE_GOLDENS") != nullptr) {  // NOLINT(concurrency-mt-unsafe): one thread
        std::ofstream(path, std::ios::binary) << text;
        return;
    }
    INFO(path.string());
    CHECK(text == quittance::test::read_file(path.string()));
}

}  // namespace

TEST_CASE("every recorded payload is read as its golden file says") {
    const auto manifest = quittance::test::fixture_json("manifest.json");
    std::size_t compared = 0;
    for (const auto& entry : manifest.as_array()) {
        const std::string file = entry.at("file").as_string().c_str();
        const auto name = file.substr(0, file.rfind('.'));
        const auto* schema = entry.as_object().if_contains("schema");
        const bool is_invoice = schema != nullptr && schema->as_string().starts_with("invoice_");
        INFO(file);
        if (entry.at("kind").as_string() == "event")
            compare(name, golden_of_event(quittance::test::fixture(file)));
        else if (is_invoice)
            compare(name, golden_of_invoice(quittance::test::fixture(file)));
        else
            continue;
        ++compared;
    }
    CHECK(compared >= 56);
}

TEST_CASE("golden files and recorded payloads agree with the manifest") {
    const auto manifest = quittance::test::fixture_json("manifest.json");
    for (const auto& entry : manifest.as_array()) {
        const auto* expect = entry.as_object().if_contains("expect");
        if (expect == nullptr || entry.at("kind").as_string() != "event" ||
            !entry.at("type").as_string().starts_with("invoice."))
            continue;
        const std::string file = entry.at("file").as_string().c_str();
        INFO(file);
        const auto read = stripe::read_event(quittance::test::fixture(file));
        REQUIRE(read.has_value());
        const auto& invoice = read->event.invoice();
        const std::map<std::string, std::int64_t> numbers{{"amount_due", invoice.amount_due_minor()},
                                                          {"amount_paid", invoice.amount_paid_minor()},
                                                          {"amount_remaining", invoice.amount_remaining_minor()},
                                                          {"attempt_count", invoice.attempt_count()},
                                                          {"subtotal", invoice.subtotal_minor()},
                                                          {"tax", invoice.tax_minor()},
                                                          {"total", invoice.total_minor()},
                                                          {"lines_in_payload", invoice.lines_size()},
                                                          {"lines_total", invoice.line_count()}};
        const std::map<std::string, std::string> texts{{"invoice", invoice.stripe_invoice_id()},
                                                       {"status", invoice.status()},
                                                       {"currency", invoice.currency()},
                                                       {"invoice_pdf", invoice.invoice_pdf_url()},
                                                       {"subscription", invoice.subscription_id()}};
        for (const auto& [key, value] : expect->as_object()) {
            const std::string name(key);
            INFO(name);
            if (value.is_int64() && numbers.contains(name)) CHECK(numbers.at(name) == value.as_int64());
            if (value.is_string() && texts.contains(name)) CHECK(texts.at(name) == value.as_string().c_str());
            if (name == "next_payment_attempt" && value.is_null()) CHECK_FALSE(invoice.has_next_payment_attempt_time());
        }
    }
}

TEST_CASE("no golden file is left over") {
    for (const auto& file : fs::directory_iterator(kData / "golden")) {
        if (file.path().extension() != ".txtpb") continue;
        INFO(file.path().string());
        CHECK(fs::exists(kData / "stripe" / "fixtures" / (file.path().stem().string() + ".json")));
    }
}
