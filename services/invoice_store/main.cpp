// quittance-invoice-store: the service that owns the database. Takes events, gives invoices.
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdlib>
#include <memory>
#include <string>

#include "http/server/service_host.hpp"
#include "invoice_store/api/grpc_service.hpp"
#include "invoice_store/api/method_groups.hpp"
#include "invoice_store/api/watch_handler.hpp"
#include "invoice_store/database/database_urls.hpp"
#include "invoice_store/database/readiness.hpp"
#include "invoice_store/database/schema.hpp"
#include "invoice_store/database/schema_migrator.hpp"
#include "invoice_store/database/write_probe.hpp"
#include "invoice_store/events/backlog_metrics.hpp"
#include "invoice_store/events/batch_transaction.hpp"
#include "invoice_store/replica/read_route.hpp"
#include "invoice_store/replica/replica_monitor.hpp"
#include "invoice_store/settlements/settlement_sweep.hpp"
#include "postgres/connection.hpp"
#include "rpc/server/server.hpp"
#include "runtime/log.hpp"
#include "runtime/process.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

constexpr std::chrono::seconds kSettlementInterval{10};
constexpr std::chrono::milliseconds kOwnPortTime{2'000};

constexpr std::array<runtime::Setting, 16> kSettings{{
    {"DATABASE_URL",
     "PostgreSQL to write to, as postgresql://user@host:port/database; its role needs no rights but on rows. Must be "
     "given, except for MIGRATE=only with DATABASE_OWNER_URL.",
     "", runtime::Kind::kSecret},
    {"DATABASE_READ_URL", "A streaming replica to read from; empty: reads go to DATABASE_URL.", "",
     runtime::Kind::kSecret},
    {"DATABASE_OWNER_URL",
     "The same database as the role that owns the tables, to migrate; empty: the role of DATABASE_URL migrates.", "",
     runtime::Kind::kSecret},
    {"DATABASE_STORE_ROLE",
     "After a migration this role gets SELECT, INSERT, UPDATE and DELETE on the tables; empty: with DATABASE_OWNER_URL "
     "the role of DATABASE_URL, else nobody.",
     ""},
    {"DATABASE_TLS",
     "verified: TLS and the server's name are checked (sslmode=verify-full), except over a Unix socket or the "
     "loopback; "
     "unverified: sslmode as the URL has it, so that others may read the password.",
     "verified"},
    {"DATABASE_CA", "PEM file: who signs the certificates of PostgreSQL; empty: sslrootcert in the URL says it.", ""},
    {"DATABASE_POOLER",
     "transaction: both URLs lead through PgBouncer in transaction mode; none: to PostgreSQL, or to a pooler that "
     "gives "
     "each connection a session.",
     "none"},
    {"REPLICA_MAX_LAG_SECONDS", "Reads go to DATABASE_URL while the replica is further behind, 1 to 3600.", "10"},
    {"INVOICE_STORE_LISTEN", "HOST:PORT of the gRPC service; port 0 takes a free one.", "127.0.0.1:9090"},
    {"READ_CONNECTIONS", "Connections for reads, 1 to 100.", "4"},
    {"WRITER_THREADS", "Writers at most, each with a connection of its own, 1 to 16; one works while it suffices.",
     "2"},
    {"STATEMENT_TIMEOUT_MS", "The longest that a statement may take, 100 to 60000; below DRAIN_SECONDS.", "5000"},
    {"WATCH_POLL_MS", "How late WatchInvoices may see what other processes write, 10 to 10000.", "200"},
    {"WATCH_RETENTION_HOURS", "How long a watcher may be away and miss nothing, 1 to 8760.", "168"},
    {"MIGRATE", "auto: migrate the schema at the start; only: migrate and exit; off: wait until it is migrated.",
     "auto"},
    {"ALLOWED_CLIENTS",
     "NAME=GROUP+GROUP, comma-separated: names (DNS or URI) in callers' certificates, and the methods that they may "
     "call: all, "
     "read, watch, register, apply, reconcile, account, inbox. Without TLS every caller may call every "
     "method.",
     invoice_store::kUsualClients},
}};

postgres::PoolOptions pool_options(const runtime::Configuration& configuration,
                                   const invoice_store::DatabaseUrls& urls) {
    postgres::PoolOptions options;
    options.url = urls.primary;
    options.statement_timeout = std::chrono::milliseconds(configuration.integer("STATEMENT_TIMEOUT_MS", 100, 60'000));
    return options;
}

postgres::PoolOptions read_pool_options(const runtime::Configuration& configuration,
                                        const invoice_store::DatabaseUrls& urls) {
    auto options = pool_options(configuration, urls);
    options.name = "read";
    options.connections = static_cast<std::size_t>(configuration.integer("READ_CONNECTIONS", 1, 100));
    options.prepare = invoice_store::prepare_reads;
    return options;
}

// Null: there is none.
std::unique_ptr<invoice_store::Replica> make_replica(const runtime::Configuration& configuration,
                                                     const invoice_store::DatabaseUrls& urls,
                                                     runtime::Metrics& metrics) {
    const auto& url = urls.replica;
    if (url.empty()) return nullptr;
    auto pool = read_pool_options(configuration, urls);
    pool.name = "replica";
    // Whoever waits for a replica that vanished without a word can still be answered by the primary.
    pool.url =
        postgres::with_parameter(postgres::with_parameter(url, "connect_timeout", "2"), "tcp_user_timeout", "2000");
    invoice_store::ReplicaOptions options;
    options.primary_url = urls.primary;
    options.replica_url = url;
    options.longest_lag = std::chrono::seconds(configuration.integer("REPLICA_MAX_LAG_SECONDS", 1, 3'600));
    options.schema_version = static_cast<int>(invoice_store::schema_migrations().size());
    return std::make_unique<invoice_store::Replica>(pool, std::move(options), metrics);
}

postgres::PoolOptions write_pool_options(const runtime::Configuration& configuration,
                                         const invoice_store::DatabaseUrls& urls) {
    auto options = pool_options(configuration, urls);
    options.name = "write";
    options.connections = static_cast<std::size_t>(configuration.integer("WRITER_THREADS", 1, 16));
    options.prepare = invoice_store::prepare_batches;
    return options;
}

postgres::PoolOptions watch_pool_options(const runtime::Configuration& configuration,
                                         const invoice_store::DatabaseUrls& urls) {
    constexpr std::size_t kConnections = 2;  // of its own: watchers keep no get and no writer waiting
    auto options = pool_options(configuration, urls);
    options.name = "watch";
    options.connections = kConnections;
    options.prepare = invoice_store::prepare_watch;
    return options;
}

invoice_store::WatchOptions watch_options(const runtime::Configuration& configuration) {
    invoice_store::WatchOptions options;
    options.poll = std::chrono::milliseconds(configuration.integer("WATCH_POLL_MS", 10, 10'000));
    options.with_positions = !configuration.secret("DATABASE_READ_URL").empty();
    options.retention = std::chrono::hours(configuration.integer("WATCH_RETENTION_HOURS", 1, 8'760));
    return options;
}

int serve(http::Host& host, const invoice_store::DatabaseUrls& urls, invoice_store::MigrateMode migrate_mode) {
    const auto& configuration = host.settings();
    auto& metrics = host.metrics();
    auto& loop = host.loop();
    const auto serving = rpc::read_server_options(configuration, "INVOICE_STORE_LISTEN",
                                                  rpc::read_transport(configuration, metrics), metrics);
    const auto callers = rpc::Callers::parse("ALLOWED_CLIENTS", configuration.text("ALLOWED_CLIENTS"),
                                             invoice_store::kMethodGroups, metrics);
    invoice_store::SchemaMigrator schema(urls.primary, migrate_mode, urls.replica, urls.owner);
    const auto read_options = read_pool_options(configuration, urls);
    const auto write_options = write_pool_options(configuration, urls);
    postgres::Pool reads(read_options, metrics);
    postgres::Pool writes(write_options, metrics);
    const auto replica = make_replica(configuration, urls, metrics);
    invoice_store::ReadRoute route(reads, replica.get(), metrics);
    postgres::Pool changes(watch_pool_options(configuration, urls), metrics);
    invoice_store::WatchHandler watch(loop, changes, watch_options(configuration), schema.ready());
    const auto tell_watchers = [&watch] { watch.notify(); };
    invoice_store::WriteProbe probe(writes);
    invoice_store::Writer writer(writes,
                                 {.threads = write_options.connections,
                                  .on_written = tell_watchers,
                                  .on_refused = [&probe] { probe.suspect(); }},
                                 metrics);
    invoice_store::SettlementSweep settlements(writes, kSettlementInterval, schema.ready());
    invoice_store::ListProjectionBackfill entries(writes, metrics);
    invoice_store::InvoiceHandlers invoices(loop, route, writes, writer, entries, read_options.connections,
                                            schema.ready(), tell_watchers);
    invoice_store::OperatorHandlers operators(reads, writes, writer, schema.ready());
    invoice_store::GrpcService service(loop, invoices, operators, watch, metrics,
                                       serving.transport.is_tls() ? &callers : nullptr);
    rpc::Server server(serving, {service.generated()});
    invoice_store::show_backlog(metrics, reads, schema.ready());
    boost::asio::co_spawn(loop, watch.trim_forever(), boost::asio::detached);

    http::RunningService running;
    running.setting = "INVOICE_STORE_LISTEN";
    running.field = "grpc";
    running.address = server.address();
    running.ready = [&] { return invoice_store::readiness_of({schema, reads, writes, probe, replica.get()}); };
    running.alive = [&server] { return server.answers(kOwnPortTime) ? "" : "the gRPC port does not answer"; };
    running.start = [&schema](std::function<void()> announce) { schema.start(std::move(announce)); };
    running.on_serving = [&server] { server.set_serving(true); };
    running.stop = [&](std::chrono::steady_clock::time_point deadline) -> boost::asio::awaitable<void> {
        server.set_serving(false);
        service.end_streams();
        const auto left = deadline - std::chrono::steady_clock::now();
        const auto until =
            std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(left);
        const std::function<void()> shutdown = [&] {
            server.shutdown(until);
            entries.stop();
            settlements.stop();
            writer.stop();
        };
        co_await runtime::run_blocking(shutdown);
        runtime::log_info("stopped");
    };
    return host.run(running);
}

int run(http::Host& host) {
    const auto& configuration = host.settings();
    const auto& mode = configuration.one_of("MIGRATE", {"auto", "only", "off"});
    const auto urls = invoice_store::read_database_urls(configuration, mode != "only", host.metrics());
    if (mode == "only") {
        auto owner = urls.owner;
        if (owner.url.empty()) owner.url = urls.primary;
        const auto applied = invoice_store::migrate_when_free(owner);
        runtime::log_info("the schema is current", {{"applied", applied}});
        return EXIT_SUCCESS;
    }
    return serve(host, urls, mode == "auto" ? invoice_store::MigrateMode::kAuto : invoice_store::MigrateMode::kOff);
}

}  // namespace

int main(int argc, char** argv) {
    const http::ServiceName name{"quittance-invoice-store", "invoice_store",
                                 "Keeps invoices in PostgreSQL for the other services of Quittance."};
    return http::serve(name, rpc::with_server_settings(rpc::with_transport_settings(kSettings)), argc, argv, run);
}
