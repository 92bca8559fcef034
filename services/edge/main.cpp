// quittance-edge: the REST surfaces. Holds no state; translates to gRPC on invoice_store and stripe_gateway.
#include <array>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "edge/api/admin_api.hpp"
#include "edge/api/billing_api.hpp"
#include "edge/api/client_api.hpp"
#include "edge/api/docs_page.hpp"
#include "edge/api/document_api.hpp"
#include "edge/api/invoice_actions.hpp"
#include "edge/auth/api_key_source.hpp"
#include "edge/middleware/middleware.hpp"
#include "http/server/operations.hpp"
#include "http/server/server.hpp"
#include "rpc/client/client.hpp"
#include "runtime/configuration.hpp"
#include "runtime/log.hpp"
#include "runtime/process.hpp"
#include "runtime/ready_file.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

constexpr std::array<runtime::Setting, 14> kSettings{{
    {"EDGE_LISTEN", "HOST:PORT of the REST API; port 0 takes a free one.", "127.0.0.1:8080"},
    {"INVOICE_STORE_ADDRESS", "HOST:PORT of invoice_store's gRPC.", "127.0.0.1:9090"},
    {"STRIPE_GATEWAY_ADDRESS", "HOST:PORT of stripe_gateway's gRPC.", "127.0.0.1:9091"},
    {"ADMIN_API_KEY_HASHES",
     "name:sha256hex, comma-separated; empty: the Admin API is closed. The file is read again when it changes.", "",
     runtime::Kind::kSecret},
    {"JWT_JWKS", "Path or URL of the JWK set that signs bearer tokens; empty: no token is accepted.", ""},
    {"JWT_ISSUER", "The `iss` that a token must have; needed with JWT_JWKS.", ""},
    {"JWT_AUDIENCE", "The `aud` that a token must name; needed with JWT_JWKS.", ""},
    {"RATE_LIMIT_PER_SECOND", "Requests a second of one API key or token subject, 0 to 1000000; 0: no limit.", "100"},
    {"RATE_LIMIT_BURST", "Requests that one of them may make at once, 1 to 1000000.", "200"},
    {"CORS_ORIGINS", "Origins whose pages may call the API, comma-separated; empty: none.", ""},
    {"DOCS_DIR", "Directory of npm's swagger-ui-dist, shown at /docs; empty: /docs answers 404.", ""},
    {"INVOICE_STORE_TLS_NAME", "The name in invoice_store's certificate; empty: the host of INVOICE_STORE_ADDRESS.",
     ""},
    {"STRIPE_GATEWAY_TLS_NAME", "The name in stripe_gateway's certificate; empty: that of STRIPE_GATEWAY_ADDRESS.", ""},
    {"MAX_CONNECTIONS", "Most HTTP connections at one time, 1 to 100000.", "10000"},
}};

std::string host_of(const std::string& listen) {
    return listen.substr(0, listen.rfind(':') + 1);
}

edge::TokenRules read_token_rules(const runtime::Configuration& configuration) {
    edge::TokenRules rules;
    rules.issuer = configuration.text("JWT_ISSUER");
    rules.audience = configuration.text("JWT_AUDIENCE");
    if (!configuration.text("JWT_JWKS").empty() && (rules.issuer.empty() || rules.audience.empty()))
        throw runtime::ConfigurationError("JWT_JWKS needs JWT_ISSUER and JWT_AUDIENCE: a token is for one audience");
    return rules;
}

int run(int argc, char** argv) {
    const auto settings = runtime::with_common_settings(rpc::with_transport_settings(kSettings));
    const auto configuration = runtime::Configuration::read(
        "quittance-edge", "The REST edge of Quittance: Admin, Client and Billing API over gRPC services.", settings,
        argc, argv);
    runtime::start_log("edge", configuration.one_of("LOG_FORMAT", {"text", "json"}),
                       configuration.one_of("LOG_LEVEL", {"trace", "debug", "info", "warn", "error"}));
    const auto drain = std::chrono::seconds(configuration.integer("DRAIN_SECONDS", 1, 600));

    runtime::Metrics metrics;
    boost::asio::io_context loop{1};
    edge::ApiKeySourceOptions api_keys;
    api_keys.text = configuration.text("ADMIN_API_KEY_HASHES");
    api_keys.file = configuration.secret_file("ADMIN_API_KEY_HASHES");
    edge::ApiKeySource keys(loop, api_keys, metrics);
    const auto transport = rpc::read_transport(configuration, metrics);
    const auto store = rpc::read_channel(configuration, "INVOICE_STORE", transport);
    const auto gateway = rpc::read_channel(configuration, "STRIPE_GATEWAY", transport);
    edge::Backends backends(loop, store, gateway, metrics);
    std::optional<edge::KeySource> key_source;
    const auto token_rules = read_token_rules(configuration);
    if (!configuration.text("JWT_JWKS").empty()) {
        edge::KeySourceOptions source;
        source.location = configuration.text("JWT_JWKS");
        key_source.emplace(loop, source, metrics);
        key_source->start();
    } else {
        runtime::log_warn("JWT_JWKS is empty: the Client and Billing APIs accept no token");
    }
    edge::RateLimitOptions rate;
    rate.requests_per_second = static_cast<double>(configuration.integer("RATE_LIMIT_PER_SECOND", 0, 1'000'000));
    rate.burst = static_cast<double>(configuration.integer("RATE_LIMIT_BURST", 1, 1'000'000));
    edge::RateLimits limits(rate);
    edge::Authenticator authenticator(keys, key_source ? &*key_source : nullptr, token_rules, limits, metrics);
    edge::AdminApi admin(backends, authenticator);
    edge::InvoiceActions actions(backends, authenticator);
    edge::ClientApi client(backends, authenticator);
    edge::BillingApi billing(backends, authenticator);
    std::vector<http::Route> routes;
    http::add_routes(routes, admin, edge::kAdminRoutes);
    http::add_routes(routes, actions, edge::kInvoiceActionRoutes);
    http::add_routes(routes, client, edge::kClientRoutes);
    http::add_routes(routes, billing, edge::kBillingRoutes);
    edge::DocumentApi document;
    http::add_routes(routes, document, edge::kDocumentRoutes);
    edge::DocsPage docs(configuration.text("DOCS_DIR"));
    http::add_routes(routes, docs, edge::kDocsRoutes);
    edge::GateOptions gate;
    gate.cors_origins = configuration.list("CORS_ORIGINS");

    http::ServerOptions options;
    options.listen = configuration.text("EDGE_LISTEN");
    options.name = "edge";
    options.limits.connections = static_cast<std::size_t>(configuration.integer("MAX_CONNECTIONS", 1, 100'000));
    http::Server server(loop, options, http::Router(edge::gated(std::move(routes), gate)), metrics);
    // A gateway that is away stops creations alone; reads go on, so it is told and does not count.
    http::OperationsServer operations(configuration.text("METRICS_LISTEN"), metrics, [&backends] {
        const bool gateway_ready = backends.gateway_ready();
        return std::vector<http::ReadinessCheck>{
            {"invoice_store", backends.store_ready(), ""},
            {"stripe_gateway", true, gateway_ready ? "connected" : "not connected: creations answer 503"}};
    });
    server.start();
    const auto address = host_of(options.listen) + std::to_string(server.port());
    const auto metrics_address = host_of(configuration.text("METRICS_LISTEN")) + std::to_string(operations.port());
    // On the loop, which runs once a signal to stop is heeded: whoever is told may send one at once.
    boost::asio::post(loop, [&] {
        runtime::write_ready_file({{"EDGE_LISTEN", address}, {"METRICS_LISTEN", metrics_address}});
        runtime::log_info("serving", {{"edge", address}, {"metrics", metrics_address}});
    });

    const bool clean = runtime::run_until_signal(
        loop, drain, [&](std::chrono::steady_clock::time_point deadline) -> boost::asio::awaitable<void> {
            operations.set_draining();
            const bool gentle = co_await server.drain(deadline);
            if (key_source) key_source->stop();
            runtime::log_info("stopped", {{"gentle", gentle}});
        });
    return clean ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "quittance-edge: " << error.what() << "\n";
        return EXIT_FAILURE;
    }
}
