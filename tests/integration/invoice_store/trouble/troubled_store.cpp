#include "integration/invoice_store/trouble/troubled_store.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "support/patience.hpp"

namespace quittance::test {
namespace {

ProcessOptions store_on(const std::string& database_url, const std::string& migrate) {
    return {our_program("quittance-invoice-store"),
            {},
            {{"DATABASE_URL", database_url},
             {"MIGRATE", migrate},
             // Trouble is what the tests make, and not a slow machine.
             {"STATEMENT_TIMEOUT_MS", "60000"},
             {"DRAIN_SECONDS", "90"},
             {"INVOICE_STORE_LISTEN", "127.0.0.1:0"},
             {"METRICS_LISTEN", "127.0.0.1:0"}}};
}

// A value of the line in which the store says where it listens. Not from the ready file: a store that waits for its
// schema has written none.
std::string listening(const Process& store, const std::string& key) {
    std::string value;
    const bool found = eventually([&] {
        const auto log = store.log();
        const auto line = log.find("listening");
        const auto start = line == std::string::npos ? line : log.find(key + "=", line);
        if (start == std::string::npos) return false;
        const auto end = log.find_first_of(" \n", start);
        if (end == std::string::npos) return false;
        value = log.substr(start + key.size() + 1, end - start - key.size() - 1);
        value.erase(std::remove(value.begin(), value.end(), '"'), value.end());
        return true;
    });
    if (!found) throw ProcessError("the store does not say where it listens:\n" + store.log());
    return value;
}

bool names_failed(const std::string& readiness, const std::string& check) {
    boost::system::error_code failure;
    const auto json = boost::json::parse(readiness, failure);
    if (failure) return false;
    const auto& checks = json.at("checks").as_array();
    return std::any_of(checks.begin(), checks.end(), [&](const auto& each) {
        return each.at("name").as_string() == std::string_view(check) && !each.at("ready").as_bool();
    });
}

}  // namespace

TroubledStore::TroubledStore(const std::string& database_url, const std::string& migrate)
    : store_(store_on(database_url, migrate)),
      grpc_(listening(store_, "grpc")),
      operations_(listening(store_, "metrics")) {
    ingester_ = std::make_unique<Process>(ProcessOptions{our_program("quittance-webhook-ingester"),
                                                         {},
                                                         {{"INVOICE_STORE_ADDRESS", grpc_},
                                                          {"STRIPE_WEBHOOK_SECRETS", kSecret},
                                                          {"STRIPE_LIVEMODE", "false"},
                                                          {"ACK_TIMEOUT_MS", "25000"},
                                                          {"DRAIN_SECONDS", "90"},
                                                          {"WEBHOOK_LISTEN", "127.0.0.1:0"},
                                                          {"METRICS_LISTEN", "127.0.0.1:0"}}});
    ingester_->wait_until_ready();
}

StoreClient TroubledStore::client() const {
    return StoreClient(v1::InvoiceStore::NewStub(grpc::CreateChannel(grpc_, grpc::InsecureChannelCredentials())));
}

bool TroubledStore::becomes_ready() const {
    const bool ready = eventually([this] { return readiness().status == 200; });
    if (!ready) WARN(readiness().body << "\n" << store_.log());
    return ready;
}

bool TroubledStore::becomes_unready(const std::string& check) const {
    const bool unready = eventually([&] {
        const auto answer = readiness();
        return answer.status == 503 && names_failed(answer.body, check);
    });
    if (!unready) WARN(readiness().body << "\n" << store_.log());
    return unready;
}

grpc::StatusCode code_of_get(StoreClient& client) {
    v1::GetInvoiceRequest request;
    request.set_id("in_anything");
    v1::Invoice invoice;
    return client.get(request, invoice).error_code();
}

}  // namespace quittance::test
