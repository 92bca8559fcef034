#include "integration/replica/replicated_stack.hpp"

#include <catch2/catch.hpp>
#include <pqxx/pqxx>
#include <utility>

#include "support/patience.hpp"

namespace quittance::test {
namespace {

constexpr const char* kApiKey = "key_of_the_test";
constexpr const char* kApiKeyHash = "test:2e2a03308885972e18d008229cf575e07510791ca83e525d23a8d92c682c67ca";
constexpr int kReaders = 3;

std::unique_ptr<PostgresServer> make_primary(const ReplicatedOptions& options) {
    PostgresOptions server;
    if (options.synchronous) server.settings = {"synchronous_standby_names=*"};
    return std::make_unique<PostgresServer>(server);
}

std::unique_ptr<PostgresServer> make_replica(const PostgresServer& primary) {
    PostgresOptions server;
    server.replica_of = &primary;
    return std::make_unique<PostgresServer>(server);
}

std::unique_ptr<Process> start(const std::string& program, std::map<std::string, std::string> settings) {
    settings["METRICS_LISTEN"] = "127.0.0.1:0";
    auto process = std::make_unique<Process>(ProcessOptions{our_program(program), {}, std::move(settings)});
    process->wait_until_ready();
    return process;
}

}  // namespace

ReplicatedStack::ReplicatedStack(const ReplicatedOptions& options)
    : primary_(make_primary(options)), replica_(make_replica(*primary_)) {
    const auto either = "postgresql://quittance@" + primary_->address() + "," + replica_->address() +
                        "/postgres?target_session_attrs=read-write";
    store_ = start("quittance-invoice-store", {{"DATABASE_URL", either},
                                               {"DATABASE_READ_URL", replica_->url()},
                                               {"REPLICA_MAX_LAG_SECONDS", std::to_string(options.longest_lag_seconds)},
                                               {"STATEMENT_TIMEOUT_MS", "60000"},
                                               {"DRAIN_SECONDS", "90"},
                                               {"INVOICE_STORE_LISTEN", "127.0.0.1:0"}});
    const auto& store = store_->address("INVOICE_STORE_LISTEN");
    ingester_ = start("quittance-webhook-ingester", {{"INVOICE_STORE_ADDRESS", store},
                                                     {"STRIPE_WEBHOOK_SECRETS", kSecret},
                                                     {"STRIPE_LIVEMODE", "false"},
                                                     {"ACK_TIMEOUT_MS", "25000"},
                                                     {"DRAIN_SECONDS", "90"},
                                                     {"WEBHOOK_LISTEN", "127.0.0.1:0"}});
    edge_ = start("quittance-edge", {{"INVOICE_STORE_ADDRESS", store},
                                     {"ADMIN_API_KEY_HASHES", kApiKeyHash},
                                     {"RATE_LIMIT_PER_SECOND", "0"},
                                     {"EDGE_LISTEN", "127.0.0.1:0"}});
    // From here on reads are the replica's.
    REQUIRE(eventually([this] {
        ask("GET", "/admin/api/invoices");
        return reads_of("replica") > 0;
    }));
}

std::unique_ptr<v1::InvoiceStore::Stub> ReplicatedStack::stub() const {
    return v1::InvoiceStore::NewStub(
        grpc::CreateChannel(store_->address("INVOICE_STORE_LISTEN"), grpc::InsecureChannelCredentials()));
}

StoreClient ReplicatedStack::client() const {
    return StoreClient(stub());
}

Answer ReplicatedStack::ask(const std::string& method, const std::string& target, http::Headers headers,
                            const std::string& body) const {
    headers.push_back({"Api-Key", kApiKey});
    if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
    return Sender("http://" + edge_->address("EDGE_LISTEN")).request(method, target, body, headers);
}

Answer ReplicatedStack::readiness() const {
    return Sender("http://" + store_->address("METRICS_LISTEN")).request("GET", "/readyz");
}

double ReplicatedStack::metric(const std::string& sample) const {
    const auto metrics = Sender("http://" + store_->address("METRICS_LISTEN")).request("GET", "/metrics");
    return sample_in(metrics.body, sample);
}

double ReplicatedStack::reads_of(const std::string& server) const {
    double sum = 0;
    for (const auto* why :
         {"default", "asked", "replica_unreachable", "lag", "position", "repeated", "primary_unreachable"}) {
        const auto reads = metric("quittance_reads_total{server=\"" + server + "\",why=\"" + std::string(why) + "\"}");
        if (reads > 0) sum += reads;
    }
    return sum;
}

std::string value_at(const PostgresServer& server, const std::string& sql) {
    pqxx::connection connection(server.url());
    pqxx::nontransaction session(connection);
    return session.exec1(sql)[0].as<std::string>("");
}

void run_at(const PostgresServer& server, const std::string& sql) {
    pqxx::connection connection(server.url());
    pqxx::nontransaction session(connection);
    session.exec0(sql);
}

void pause_replay(const PostgresServer& replica) {
    value_at(replica, "SELECT pg_wal_replay_pause()");
    REQUIRE(eventually([&] { return value_at(replica, "SELECT pg_get_wal_replay_pause_state()") == "paused"; }));
}

void resume_replay(const PostgresServer& replica) {
    value_at(replica, "SELECT pg_wal_replay_resume()");
}

Readers::Readers(const ReplicatedStack& stack, std::string invoice) {
    for (int i = 0; i < kReaders; ++i)
        threads_.emplace_back([this, &stack, target = "/admin/api/invoices" + (i == 0 ? "" : "/" + invoice)] {
            while (!stopping_) {
                const auto answer = stack.ask("GET", target);
                ++answered_;
                if (answer.status == 200) continue;
                const std::lock_guard lock(mutex_);
                failures_ += std::to_string(answer.status) + " " + target + " " + answer.body + "\n";
            }
        });
}

bool Readers::go_on(int more) const {
    return eventually([this, until = answered() + more] { return answered() >= until; });
}

std::string Readers::stop() {
    stopping_ = true;
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
    const std::lock_guard lock(mutex_);
    return failures_;
}

}  // namespace quittance::test
