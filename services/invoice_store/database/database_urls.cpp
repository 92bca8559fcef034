#include "invoice_store/database/database_urls.hpp"

#include <string_view>
#include <utility>

#include "postgres/connection.hpp"
#include "postgres/database_url.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

class Reader {
  public:
    Reader(const runtime::Configuration& configuration, runtime::Metrics& metrics)
        : configuration_(configuration), metrics_(metrics) {
        rules_.verified = configuration.one_of("DATABASE_TLS", {"verified", "unverified"}) == "verified";
        rules_.ca_file = configuration.text("DATABASE_CA");
        rules_.pooled = configuration.one_of("DATABASE_POOLER", {"none", "transaction"}) == "transaction";
    }

    // Empty where the setting is.
    postgres::DatabaseUrl read(std::string_view setting) const {
        const auto& text = configuration_.secret(setting).reveal();
        if (text.empty()) return {};
        auto url = postgres::read_database_url(setting, text, rules_);
        if (rules_.pooled) url.text = postgres::through_pooler(url.text);
        metrics_
            .gauge("quittance_postgres_tls",
                   "1 for each database that a setting names, with what protects the connections to it.",
                   {{"setting", std::string(setting)}, {"state", std::string(postgres::word_of(url.protection))}})
            .set(1);
        if (url.protection == postgres::Protection::kUnverified)
            runtime::log_warn(
                "DATABASE_TLS=unverified: whoever is between the store and its database may read and "
                "change everything, the password included",
                {{"setting", setting}});
        return url;
    }

  private:
    const runtime::Configuration& configuration_;
    runtime::Metrics& metrics_;
    postgres::DatabaseUrlRules rules_;
};

}  // namespace

DatabaseUrls read_database_urls(const runtime::Configuration& configuration, bool serves, runtime::Metrics& metrics) {
    const Reader reader(configuration, metrics);
    const auto primary = reader.read("DATABASE_URL");
    auto owner = reader.read("DATABASE_OWNER_URL");
    if (primary.text.empty() && (serves || owner.text.empty()))
        throw runtime::ConfigurationError(serves ? "DATABASE_URL is not set"
                                                 : "neither DATABASE_URL nor DATABASE_OWNER_URL is set");
    DatabaseUrls urls;
    urls.primary = primary.text;
    urls.replica = reader.read("DATABASE_READ_URL").text;
    urls.owner.store_role = configuration.text("DATABASE_STORE_ROLE");
    if (urls.owner.store_role.empty() && !owner.text.empty()) urls.owner.store_role = primary.user;
    urls.owner.url = std::move(owner.text);
    return urls;
}

}  // namespace quittance::invoice_store
