// quittance-edge: the REST API. It holds no state and calls invoice_store and stripe_gateway over gRPC.
#include <array>
#include <cstdlib>
#include <optional>

#include "edge/api/admin_api.hpp"
#include "edge/api/billing_api.hpp"
#include "edge/api/client_api.hpp"
#include "edge/api/docs_page.hpp"
#include "edge/api/document_api.hpp"
#include "edge/api/invoice_actions.hpp"
#include "edge/auth/api_key_source.hpp"
#include "edge/middleware/middleware.hpp"
#include "http/server/refusal_settings.hpp"
#include "http/server/server.hpp"
#include "http/server/server_settings.hpp"
#include "http/server/service_host.hpp"
#include "rpc/client/client.hpp"
#include "runtime/log.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

constexpr std::array<runtime::Setting, 17> kSettings{{
    {"EDGE_LISTEN", "HOST:PORT of the REST API. Port 0 takes a free one.", "127.0.0.1:8080"},
    {"INVOICE_STORE_ADDRESS", "HOST:PORT of invoice_store's gRPC.", "127.0.0.1:9090"},
    {"STRIPE_GATEWAY_ADDRESS", "HOST:PORT of stripe_gateway's gRPC.", "127.0.0.1:9091"},
    {"ADMIN_API_KEY_HASHES",
     "API keys as name:sha256hex, comma-separated. An entry may limit its key: name:sha256hex:read+write+audit. Empty: "
     "the Admin API is closed. The file is read again when it changes.",
     "", runtime::Kind::kSecret},
    {"JWT_JWKS", "Path or URL of the JWK set whose keys sign bearer tokens. Empty: no token is accepted.", ""},
    {"ALLOW_KEY_SET_OVER_HTTP",
     "true or false: read the key set over http from another host, where others can replace it on the way.", "false"},
    {"JWKS_LONGEST_AGE_SECONDS",
     "How long a key set that cannot be read again stays in use, 60 to 2592000. Then no token is accepted.", "86400"},
    {"JWT_LONGEST_LIFETIME_SECONDS",
     "The longest time from `iat` to `exp` of a token, and from now to its `exp`, 60 to 31536000.", "86400"},
    {"JWT_ISSUER", "The `iss` claim that a token must have. Required with JWT_JWKS.", ""},
    {"JWT_AUDIENCE", "The audience that the `aud` claim of a token must name. Required with JWT_JWKS.", ""},
    {"RATE_LIMIT_PER_SECOND",
     "Requests a second that one API key or token subject may send, 0 to 1000000. 0: no limit.", "100"},
    {"RATE_LIMIT_BURST", "Requests that one API key or token subject may send at once, 1 to 1000000.", "200"},
    {"CORS_ORIGINS", "Origins whose pages may call the API from a browser, comma-separated. Empty: none.", ""},
    {"DOCS", "true or false: whether the page at /docs is shown to everybody. It needs DOCS_DIR.", "false"},
    {"DOCS_DIR", "Directory of npm's swagger-ui-dist, for the page at /docs. Empty: /docs answers 404.", ""},
    {"INVOICE_STORE_TLS_NAME",
     "The name in the certificate of invoice_store. Empty: the host of INVOICE_STORE_ADDRESS.", ""},
    {"STRIPE_GATEWAY_TLS_NAME",
     "The name in the certificate of stripe_gateway. Empty: the host of STRIPE_GATEWAY_ADDRESS.", ""},
}};

constexpr std::int64_t kDaySeconds = 86'400;

edge::TokenRules read_token_rules(const runtime::Configuration& configuration) {
    edge::TokenRules rules;
    rules.issuer = configuration.text("JWT_ISSUER");
    rules.audience = configuration.text("JWT_AUDIENCE");
    rules.longest_lifetime_seconds = configuration.integer("JWT_LONGEST_LIFETIME_SECONDS", 60, 365 * kDaySeconds);
    if (!configuration.text("JWT_JWKS").empty() && (rules.issuer.empty() || rules.audience.empty()))
        throw runtime::ConfigurationError(
            "JWT_JWKS needs JWT_ISSUER and JWT_AUDIENCE, because a token is valid for one audience");
    return rules;
}

// Whoever can replace the key set on the way can sign tokens.
std::string key_set_location(const runtime::Configuration& configuration) {
    auto location = configuration.text("JWT_JWKS");
    const auto origin = edge::origin_of_key_set(location);
    if (origin && http::is_readable_on_the_way(*origin) && !configuration.boolean("ALLOW_KEY_SET_OVER_HTTP"))
        throw runtime::ConfigurationError(
            "JWT_JWKS is http to another host: the key set could be replaced on the way; use https, or set "
            "ALLOW_KEY_SET_OVER_HTTP to true");
    return location;
}

int run(http::Host& host) {
    const auto& configuration = host.settings();
    auto& metrics = host.metrics();
    auto& loop = host.loop();

    edge::ApiKeySourceOptions api_keys;
    api_keys.text = configuration.secret("ADMIN_API_KEY_HASHES");
    api_keys.file = configuration.secret_file("ADMIN_API_KEY_HASHES");
    edge::ApiKeySource keys(loop, api_keys, metrics);
    const auto transport = rpc::read_transport(configuration, metrics);
    const auto store = rpc::read_channel(configuration, "INVOICE_STORE", transport);
    const auto gateway = rpc::read_channel(configuration, "STRIPE_GATEWAY", transport);
    edge::Backends backends(loop, store, gateway, metrics);
    std::optional<edge::JwksSource> jwks;
    const auto token_rules = read_token_rules(configuration);
    if (!configuration.text("JWT_JWKS").empty()) {
        edge::JwksSourceOptions source;
        source.location = key_set_location(configuration);
        source.longest_age =
            std::chrono::seconds(configuration.integer("JWKS_LONGEST_AGE_SECONDS", 60, 30 * kDaySeconds));
        jwks.emplace(loop, source, metrics);
        jwks->start();
    } else {
        runtime::log_warn("JWT_JWKS is empty: the Client and Billing APIs accept no token");
    }
    edge::CallerRateLimitOptions rate;
    rate.requests_per_second = static_cast<double>(configuration.integer("RATE_LIMIT_PER_SECOND", 0, 1'000'000));
    rate.burst = static_cast<double>(configuration.integer("RATE_LIMIT_BURST", 1, 1'000'000));
    edge::CallerRateLimits limits(rate);
    edge::Authenticator authenticator(keys, jwks ? &*jwks : nullptr, token_rules, limits, metrics);
    http::Refusals refusals(http::read_refusal_options(configuration), metrics);
    edge::declare_refusals(refusals);
    const edge::Access access{authenticator, refusals};
    edge::AdminApi admin(backends);
    edge::InvoiceActions actions(backends);
    edge::ClientApi client(backends);
    edge::BillingApi billing(backends);
    std::vector<http::Route> routes;
    edge::add_routes(routes, access, admin, edge::kAdminRoutes);
    edge::add_routes(routes, access, actions, edge::kInvoiceActionRoutes);
    edge::add_routes(routes, access, client, edge::kClientRoutes);
    edge::add_routes(routes, access, billing, edge::kBillingRoutes);
    edge::DocumentApi document;
    http::add_routes(routes, document, edge::kDocumentRoutes);
    edge::DocsPage docs(configuration.boolean("DOCS") ? configuration.text("DOCS_DIR") : std::string());
    http::add_routes(routes, docs, edge::kDocsRoutes);
    edge::MiddlewareOptions around;
    around.cors_origins = configuration.list("CORS_ORIGINS");

    auto options = http::read_server_options(configuration, "EDGE_LISTEN");
    options.name = "edge";
    http::Server server(loop, options, http::Router(edge::with_middleware(std::move(routes), around)), metrics);
    server.start();

    http::RunningService service;
    service.setting = "EDGE_LISTEN";
    service.field = "edge";
    service.address = http::address_of(options.listen, server.port());
    // Without the gateway only calls to Stripe fail. The edge is ready then, and the check says what is missing.
    service.ready = [&backends] {
        const bool gateway_ready = backends.gateway.connected();
        return std::vector<http::ReadinessCheck>{
            {"invoice_store", backends.store.connected(), ""},
            {"stripe_gateway", true,
             gateway_ready ? "connected" : "not connected: requests that need Stripe are answered with 503"}};
    };
    service.stop = [&](std::chrono::steady_clock::time_point deadline) -> boost::asio::awaitable<void> {
        const bool gentle = co_await server.drain(deadline);
        if (jwks) jwks->stop();
        runtime::log_info("stopped", {{"gentle", gentle}});
    };
    return host.run(service);
}

}  // namespace

int main(int argc, char** argv) {
    const http::ServiceName name{
        "quittance-edge", "edge",
        "The REST API of Quittance: Admin, Client and Billing API in front of the gRPC services."};
    const auto settings = http::with_refusal_settings(http::with_server_settings(kSettings));
    return http::serve(name, rpc::with_transport_settings(settings), argc, argv, run);
}
