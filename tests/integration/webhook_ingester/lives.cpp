#include "integration/webhook_ingester/lives.hpp"

#include <array>
#include <boost/json.hpp>

#include "unit/stripe/stripe_data.hpp"

namespace quittance::test {
namespace {

namespace json = boost::json;

constexpr std::int64_t kFirstSecond = 1'700'000'000;
constexpr std::int64_t kSecondsPerLife = 100;

// What an event says.
struct Step {
    const char* type;
    const char* status;
    std::int64_t attempts = 0;
    bool paid = false;
    const char* transition = nullptr;  // the time that this step sets in status_transitions
};

const std::vector<Step> kPaidAtSecondTry{{"invoice.created", "draft"},
                                         {"invoice.finalized", "open", 0, false, "finalized_at"},
                                         {"invoice.payment_failed", "open", 1},
                                         {"invoice.paid", "paid", 2, true, "paid_at"},
                                         {"invoice.payment_succeeded", "paid", 2, true}};
const std::vector<Step> kVoided{{"invoice.created", "draft"},
                                {"invoice.updated", "draft"},
                                {"invoice.finalized", "open", 0, false, "finalized_at"},
                                {"invoice.voided", "void", 0, false, "voided_at"}};
const std::vector<Step> kWrittenOffThenPaid{
    {"invoice.created", "draft"},
    {"invoice.finalized", "open", 0, false, "finalized_at"},
    {"invoice.payment_failed", "open", 1},
    {"invoice.marked_uncollectible", "uncollectible", 1, false, "marked_uncollectible_at"},
    {"invoice.paid", "paid", 2, true, "paid_at"}};
const std::vector<Step> kDeleted{
    {"invoice.created", "draft"}, {"invoice.updated", "draft"}, {"invoice.deleted", "draft"}};

struct Life {
    const std::vector<Step>& steps;
    const char* fixture;
    const char* end;
};

const std::array<Life, 5> kLives{{{kPaidAtSecondTry, "invoice_paid.json", "paid"},
                                  {kVoided, "invoice_paid.json", "void"},
                                  {kWrittenOffThenPaid, "invoice_paid.json", "paid"},
                                  {kPaidAtSecondTry, "invoice_paid_basil.json", "paid"},
                                  {kDeleted, "invoice_paid.json", "deleted"}}};

const Life& life(std::size_t number) {
    return kLives[number % kLives.size()];
}

}  // namespace

std::vector<std::string> life_of_invoice(std::size_t number) {
    const auto first_second = kFirstSecond + static_cast<std::int64_t>(number) * kSecondsPerLife;
    const auto amount = 1'000 + static_cast<std::int64_t>(number);
    auto event = fixture_json(life(number).fixture).as_object();
    auto& invoice = event.at("data").at("object").as_object();
    invoice["id"] = "in_life" + std::to_string(number);
    invoice["created"] = first_second;
    invoice["amount_due"] = invoice["total"] = invoice["subtotal"] = amount;
    for (auto& transition : invoice.at("status_transitions").as_object()) transition.value() = nullptr;

    std::vector<std::string> bodies;
    for (const auto& step : life(number).steps) {
        const auto second = first_second + static_cast<std::int64_t>(bodies.size()) * 7;
        event["id"] = "evt_life" + std::to_string(number) + "_" + std::to_string(bodies.size());
        event["type"] = step.type;
        event["created"] = second;
        invoice["status"] = step.status;
        invoice["attempt_count"] = step.attempts;
        invoice["attempted"] = step.attempts > 0;
        invoice["amount_paid"] = step.paid ? amount : 0;
        invoice["amount_remaining"] = step.paid ? 0 : amount;
        if (step.transition != nullptr) invoice.at("status_transitions").as_object()[step.transition] = second;
        bodies.push_back(json::serialize(event));
    }
    return bodies;
}

std::string end_of_invoice(std::size_t number) {
    return life(number).end;
}

}  // namespace quittance::test
