// The order of checks on every surface: the credential, its rate limit, its rights, the form of the body, its content.
// All of them come before a call to another service. A caller without the right learns nothing about the rest.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/digest.hpp"
#include "base/timestamps.hpp"
#include "edge/api/admin_api.hpp"
#include "edge/api/billing_api.hpp"
#include "edge/api/client_api.hpp"
#include "edge/api/invoice_actions.hpp"
#include "rpc/client/client.hpp"
#include "runtime/identifier.hpp"
#include "support/captured_log.hpp"
#include "unit/edge/auth/signing_key.hpp"

using namespace quittance;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr const char* kTeam = "6548a41138406c14db33b606";
constexpr const char* kOtherTeam = "6548a41138406c14db33b607";
constexpr const char* kKey = "the-key-of-the-back-office";
constexpr const char* kReadingKey = "a-key-that-may-read";
constexpr const char* kAuditKey = "a-key-that-may-audit";

const test::SigningKey& signing_key() {
    static const test::SigningKey kSigningKey("rsa-1", "RS256");
    return kSigningKey;
}

struct KeySetFile {
    std::string path = (std::filesystem::temp_directory_path() / ("jwks-" + runtime::random_hex_128())).string();
    KeySetFile() { std::ofstream(path, std::ios::trunc) << test::key_set({&signing_key()}); }
    ~KeySetFile() { std::filesystem::remove(path); }
    KeySetFile(const KeySetFile&) = delete;
    KeySetFile& operator=(const KeySetFile&) = delete;
};

// The surfaces of the edge, with services that cannot be reached: a request that passes all checks is answered with
// 503.
class Surfaces {
  public:
    explicit Surfaces(double requests_per_second = 0, http::RefusalOptions refusing = {})
        : limits_({.requests_per_second = requests_per_second, .burst = 1}),
          refusals_(std::move(refusing), metrics_),
          router_(make_router()) {
        edge::declare_refusals(refusals_);
        jwks_.start();
        while (jwks_.keys().size() == 0) {
            loop_.restart();
            loop_.run_for(std::chrono::milliseconds(5));
        }
    }
    ~Surfaces() { jwks_.stop(); }

    std::string peer = "192.0.2.1:4711";

    // "401 missing_api_key"
    std::string outcome(const std::string& method, const std::string& path, http::Headers headers = {},
                        std::string body = {}, std::string query = {}) {
        auto match = router_.match(method, path);
        REQUIRE(match.route != nullptr);
        http::Request request;
        request.method = method;
        request.request_id = "r1";
        request.peer_address = peer;
        request.headers = std::move(headers);
        request.body = std::move(body);
        request.query = std::move(query);
        request.path_parameters = std::move(match.path_parameters);
        std::optional<http::Response> response;
        asio::co_spawn(loop_, match.route->handler(request), [&](std::exception_ptr failure, http::Response answer) {
            REQUIRE_FALSE(failure);
            response = std::move(answer);
        });
        while (!response) {
            loop_.restart();
            loop_.run_for(std::chrono::milliseconds(5));
        }
        const auto problem = json::parse(response->body);
        detail_ = problem.at("detail").as_string();
        return std::to_string(response->status) + " " + std::string(problem.at("code").as_string());
    }

    // The value of quittance_refusals_total; -1 without such a counter.
    double refused(const std::string& surface, const std::string& reason) {
        const auto text = metrics_.text();
        const auto name = "quittance_refusals_total{reason=\"" + reason + "\",surface=\"" + surface + "\"} ";
        const auto at = text.find(name);
        return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size()));
    }
    // Of the last problem.
    const std::string& detail() const { return detail_; }

  private:
    static edge::ApiKeySourceOptions keys() {
        edge::ApiKeySourceOptions options;
        options.text = std::string("office:") + base::sha256_hex(kKey) + ",reports:" + base::sha256_hex(kReadingKey) +
                       ":read,auditors:" + base::sha256_hex(kAuditKey) + ":audit";
        return options;
    }
    static rpc::ChannelOptions nowhere() {
        rpc::ChannelOptions options;
        options.address = "127.0.0.1:1";
        options.transport = rpc::Transport::plaintext();
        return options;
    }
    static edge::JwksSourceOptions location(const std::string& path) {
        edge::JwksSourceOptions options;
        options.location = path;
        return options;
    }
    http::Router make_router() {
        const edge::Access access{authenticator_, refusals_};
        std::vector<http::Route> routes;
        edge::add_routes(routes, access, admin_, edge::kAdminRoutes);
        edge::add_routes(routes, access, actions_, edge::kInvoiceActionRoutes);
        edge::add_routes(routes, access, client_, edge::kClientRoutes);
        edge::add_routes(routes, access, billing_, edge::kBillingRoutes);
        return http::Router(std::move(routes));
    }

    std::string detail_;
    KeySetFile file_;
    asio::io_context loop_{1};
    runtime::Metrics metrics_;
    edge::ApiKeySource api_keys_{loop_, keys(), metrics_};
    edge::JwksSource jwks_{loop_, location(file_.path), metrics_};
    edge::CallerRateLimits limits_;
    edge::Authenticator authenticator_{
        api_keys_, &jwks_, {.issuer = "https://issuer.test", .audience = "quittance"}, limits_, metrics_};
    http::Refusals refusals_;
    edge::Backends backends_{loop_, nowhere(), nowhere(), metrics_};
    edge::AdminApi admin_{backends_};
    edge::InvoiceActions actions_{backends_};
    edge::ClientApi client_{backends_};
    edge::BillingApi billing_{backends_};
    http::Router router_;
};

http::Headers with_key(http::Headers headers = {}) {
    headers.push_back({"Api-Key", kKey});
    return headers;
}

http::Headers with_token(const json::object& claims = {}) {
    json::object all{{"iss", "https://issuer.test"},
                     {"aud", "quittance"},
                     {"sub", "user-1"},
                     {"exp", base::unix_now() + 600},
                     {"teams", json::array{kTeam}}};
    for (const auto& claim : claims) {
        all[claim.key()] = claim.value();
        if (claim.value().is_null()) all.erase(claim.key());
    }
    return {{"Authorization", "Bearer " + signing_key().sign(all)}};
}

const http::Header kPlainText{"Content-Type", "text/plain"};
const http::Header kJson{"Content-Type", "application/json"};

}  // namespace

TEST_CASE("Admin API: credential, rate, media type, JSON, content") {
    Surfaces surfaces;
    for (const auto& [method, path] :
         {std::pair{"POST", "/admin/api/invoices"}, {"PUT", "/admin/api/customers/no good"}}) {
        INFO(method << ' ' << path);
        CHECK(surfaces.outcome(method, path, {kPlainText}, "{") == "401 missing_api_key");
        CHECK(surfaces.outcome(method, path, {{"Api-Key", "wrong"}, kPlainText}, "{") == "401 invalid_api_key");
        CHECK(surfaces.outcome(method, path, {{"Api-Key", kKey}, {"Api-Key", kKey}}, "{") == "401 invalid_api_key");
        CHECK(surfaces.outcome(method, path, with_key({kPlainText}), "{") == "415 unsupported_media_type");
        CHECK(surfaces.outcome(method, path, with_key({kJson}), "{") == "400 malformed_json");
        CHECK(surfaces.outcome(method, path, with_key({kJson}), "{}") == "400 invalid_request");
    }
    for (const auto* path : {"/admin/api/invoices", "/admin/api/invoices/no good", "/admin/api/customers/no good"}) {
        INFO(path);
        CHECK(surfaces.outcome("GET", path, {}, {}, "page=0") == "401 missing_api_key");
    }
    CHECK(surfaces.outcome("GET", "/admin/api/invoices", with_key(), {}, "page=0") == "400 invalid_request");
    CHECK(surfaces.outcome("GET", "/admin/api/invoices", with_key()) == "503 unavailable");
    CHECK(surfaces.outcome("GET", "/admin/api/invoices/no good", with_key()) == "404 invoice_not_found");
    CHECK(surfaces.outcome("GET", "/admin/api/customers/no good", with_key()) == "404 customer_not_found");
}

TEST_CASE("an action at Stripe: credential, id, idempotency key, row") {
    Surfaces surfaces;
    for (const auto* action : {"finalise", "void", "mark-uncollectible", "send", "retry-payment"}) {
        const auto good = std::string("/admin/api/invoices/in_1/") + action;
        const auto bad = std::string("/admin/api/invoices/no good/") + action;
        INFO(action);
        CHECK(surfaces.outcome("POST", bad, {{"Idempotency-Key", ""}}) == "401 missing_api_key");
        CHECK(surfaces.outcome("POST", bad, with_key({{"Idempotency-Key", ""}})) == "404 invoice_not_found");
        CHECK(surfaces.outcome("POST", good, with_key({{"Idempotency-Key", ""}})) == "400 invalid_request");
        CHECK(surfaces.outcome("POST", good, with_key()) == "503 unavailable");
    }
    CHECK(surfaces.outcome("GET", "/admin/api/invoices/no good/link") == "401 missing_api_key");
    CHECK(surfaces.outcome("GET", "/admin/api/invoices/no good/link", with_key()) == "404 invoice_not_found");
}

TEST_CASE("Client API: token, team, query") {
    Surfaces surfaces;
    const auto of = [](const char* team, const char* what) { return std::string("/api/teams/") + team + what; };
    for (const auto* what : {"/billing-history", "/last-invoice"}) {
        INFO(what);
        CHECK(surfaces.outcome("GET", of(kOtherTeam, what), {}, {}, "page=0") == "401 missing_token");
        CHECK(surfaces.outcome("GET", of(kOtherTeam, what), with_key(), {}, "page=0") == "401 missing_token");
        CHECK(surfaces.outcome("GET", of(kOtherTeam, what), {{"Authorization", "Bearer x.y.z"}}) ==
              "401 invalid_token");
        CHECK(surfaces.outcome("GET", of(kOtherTeam, what), with_token(), {}, "page=0") == "403 forbidden");
        CHECK(surfaces.outcome("GET", of("no team", what), with_token()) == "403 forbidden");
        CHECK(surfaces.outcome("GET", of(kTeam, what), with_token()) == "503 unavailable");
    }
    CHECK(surfaces.outcome("GET", of(kTeam, "/billing-history"), with_token(), {}, "page=0") == "400 invalid_request");
}

TEST_CASE("Billing API: an API key before a token, scope, teams, query") {
    Surfaces surfaces;
    const std::string list = "/billing/v1/invoices";
    const std::string retry = "/billing/v1/invoices/no good/retry-payment";
    const json::object read{{"scope", "billing:read"}};
    const json::object no_team{{"scope", "billing:read"}, {"teams", json::array()}};
    CHECK(surfaces.outcome("GET", list, {}, {}, "limit=x") == "401 missing_token");
    auto both = with_token(read);
    both.push_back({"Api-Key", "wrong"});
    CHECK(surfaces.outcome("GET", list, both, {}, "limit=x") == "401 invalid_api_key");
    CHECK(surfaces.outcome("GET", list, with_token(), {}, "limit=x") == "403 insufficient_scope");
    CHECK(surfaces.outcome("GET", list, with_token(no_team), {}, "limit=x") == "403 forbidden");
    CHECK(surfaces.outcome("GET", list, with_token(read), {}, "limit=x") == "400 invalid_request");
    CHECK(surfaces.outcome("GET", list, with_token(read)) == "503 unavailable");
    CHECK(surfaces.outcome("GET", list, with_key(), {}, "limit=x") == "400 invalid_request");
    CHECK(surfaces.outcome("GET", "/billing/v1/invoices/no good", with_token(read)) == "404 invoice_not_found");
    CHECK(surfaces.outcome("POST", retry, with_token(read), {}, {}) == "403 insufficient_scope");
    auto keyless = with_token({{"scope", "billing:write"}});
    keyless.push_back({"Idempotency-Key", ""});
    CHECK(surfaces.outcome("POST", retry, keyless) == "400 invalid_request");
    CHECK(surfaces.outcome("POST", retry, with_token({{"scope", "billing:write"}})) == "404 invoice_not_found");
}

TEST_CASE("a limited key may do what its rights say, on every route, and is told what it lacks") {
    Surfaces surfaces;
    const auto check = [&surfaces](const auto& table) {
        for (const auto& route : table) {
            if (route.credential.kind == edge::Credential::Kind::kTokenOfTeam) continue;
            const std::string method(route.method);
            auto path = std::string(route.pattern);
            for (auto open = path.find('{'); open != std::string::npos; open = path.find('{'))
                path.replace(open, path.find('}') - open + 1, "in_1");
            INFO(method << ' ' << path);
            const bool reads = route.right == edge::Right::kRead;
            CHECK(reads == (method == "GET"));
            const auto with_reading_key = surfaces.outcome(method, path, {{"Api-Key", kReadingKey}, kPlainText}, "{");
            CHECK((with_reading_key == "403 insufficient_rights") == !reads);
            CHECK(surfaces.outcome(method, path, {{"Api-Key", kAuditKey}, kPlainText}, "{") ==
                  "403 insufficient_rights");
            CHECK(surfaces.outcome(method, path, with_key({kPlainText}), "{") != "403 insufficient_rights");
        }
    };
    check(edge::kAdminRoutes);
    check(edge::kInvoiceActionRoutes);
    check(edge::kBillingRoutes);
    surfaces.outcome("POST", "/admin/api/invoices", {{"Api-Key", kReadingKey}}, "{}");
    CHECK(surfaces.detail() == "The Api-Key does not have the right `write`.");
}

TEST_CASE("each refusal is counted by surface and reason, and told with who and where") {
    Surfaces surfaces;
    const test::CapturedLog log;
    const auto counted = [&](const std::string& surface, const std::string& reason, const auto& request) {
        INFO(surface << ' ' << reason);
        CHECK(surfaces.refused(surface, reason) == 0);
        request();
        CHECK(surfaces.refused(surface, reason) == 1);
        REQUIRE_FALSE(log.lines().empty());
        CHECK_THAT(log.lines().back(), Catch::Contains("surface=\"" + surface + "\" reason=\"" + reason + "\""));
    };
    const std::string list = "/admin/api/invoices";
    const std::string billing = "/billing/v1/invoices";
    const auto of_team = std::string("/api/teams/") + kOtherTeam + "/last-invoice";
    counted("admin", "missing_api_key", [&] { surfaces.outcome("GET", list); });
    counted("admin", "invalid_api_key", [&] { surfaces.outcome("GET", list, {{"Api-Key", "swordfish"}}); });
    CHECK_THAT(log.lines().back(), Catch::Contains("route=\"GET /admin/api/invoices\"") &&
                                       Catch::Contains("who=\"\"") && Catch::Contains("peer=\"192.0.2.1\"") &&
                                       Catch::Contains("request_id=\"r1\"") && !Catch::Contains("swordfish"));
    counted("admin", "insufficient_rights", [&] { surfaces.outcome("POST", list, {{"Api-Key", kReadingKey}}); });
    CHECK_THAT(log.lines().back(), Catch::Contains("who=\"reports\""));
    counted("client", "missing_token", [&] { surfaces.outcome("GET", of_team); });
    counted("client", "malformed", [&] { surfaces.outcome("GET", of_team, {{"Authorization", "Bearer swordfish"}}); });
    CHECK_THAT(log.lines().back(), !Catch::Contains("swordfish"));
    counted("client", "other_team", [&] { surfaces.outcome("GET", of_team, with_token()); });
    CHECK_THAT(log.lines().back(),
               Catch::Contains("who=\"user-1\"") && Catch::Contains("route=\"GET /api/teams/{id}/last-invoice\""));
    counted("billing", "expired", [&] { surfaces.outcome("GET", billing, with_token({{"exp", 1'000}})); });
    counted("billing", "insufficient_scope", [&] { surfaces.outcome("GET", billing, with_token()); });
    counted("billing", "no_team", [&] {
        surfaces.outcome("GET", billing, with_token({{"scope", "billing:read"}, {"teams", json::array()}}));
    });
    counted("billing", "invalid_api_key", [&] { surfaces.outcome("GET", billing, {{"Api-Key", "wrong"}}); });
}

TEST_CASE("a peer whose requests are answered with 401 too often must wait, and its right requests need not") {
    http::RefusalOptions refusing;
    refusing.peer_per_second = 0.001;
    refusing.peer_burst = 3;
    Surfaces surfaces(0, refusing);
    const std::string list = "/admin/api/invoices";
    for (int i = 0; i < 2; ++i) CHECK(surfaces.outcome("GET", list) == "401 missing_api_key");
    CHECK(surfaces.outcome("GET", list, {{"Api-Key", "wrong"}}) == "401 invalid_api_key");
    CHECK(surfaces.outcome("GET", list, {{"Api-Key", "wrong"}}) == "429 too_many_refusals");
    CHECK(surfaces.outcome("GET", "/billing/v1/invoices") == "429 too_many_refusals");
    CHECK(surfaces.refused("billing", "too_many_refusals") == 1);
    CHECK(surfaces.outcome("GET", list, with_key(), {}, "page=0") == "400 invalid_request");
    CHECK(surfaces.outcome("GET", "/billing/v1/invoices", with_token()) == "403 insufficient_scope");
    surfaces.peer = "192.0.2.2:4711";
    CHECK(surfaces.outcome("GET", list) == "401 missing_api_key");
}

TEST_CASE("a Billing token without teams sees nothing, unless its scope has billing:all-teams") {
    Surfaces surfaces;
    const auto outcome = [&surfaces](const json::object& claims) {
        return surfaces.outcome("GET", "/billing/v1/invoices", with_token(claims));
    };
    const json::array none;
    CHECK(outcome({{"scope", "billing:read"}, {"teams", nullptr}}) == "403 insufficient_scope");
    CHECK(outcome({{"scope", "billing:all-teams"}, {"teams", nullptr}}) == "403 insufficient_scope");
    CHECK(outcome({{"scope", "billing:read billing:all-teams"}, {"teams", nullptr}}) == "503 unavailable");
    CHECK(outcome({{"scope", "billing:read billing:all-team"}, {"teams", nullptr}}) == "403 insufficient_scope");
    // The claim limits a token that could see all teams.
    CHECK(outcome({{"scope", "billing:read billing:all-teams"}, {"teams", none}}) == "403 forbidden");
    CHECK(outcome({{"scope", "billing:read billing:all-teams"}}) == "503 unavailable");
}

TEST_CASE("the rate limit is checked after the credential and before everything else") {
    Surfaces surfaces(0.001);
    CHECK(surfaces.outcome("GET", "/admin/api/invoices", with_key(), {}, "page=0") == "400 invalid_request");
    CHECK(surfaces.outcome("POST", "/admin/api/invoices", with_key({kPlainText}), "{") == "429 rate_limited");
    CHECK(surfaces.outcome("POST", "/admin/api/invoices", {kPlainText}, "{") == "401 missing_api_key");
    CHECK(surfaces.outcome("GET", "/billing/v1/invoices", with_key(), {}, "limit=x") == "429 rate_limited");
    const auto path = std::string("/api/teams/") + kOtherTeam + "/billing-history";
    CHECK(surfaces.outcome("GET", path, with_token()) == "403 forbidden");
    CHECK(surfaces.outcome("GET", path, with_token()) == "429 rate_limited");
    CHECK(surfaces.outcome("GET", path, {{"Authorization", "Bearer x.y.z"}}) == "401 invalid_token");
}
