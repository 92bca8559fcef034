#include "invoice_store/database/schema_migrator.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <pqxx/pqxx>
#include <string_view>
#include <thread>
#include <utility>

#include "invoice_store/database/schema.hpp"
#include "postgres/connection.hpp"
#include "postgres/data_access.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{2'000};
constexpr milliseconds kNoTimeout{0};  // a migration takes as long as it takes
constexpr std::string_view kHowToMigrate = "; run the program with MIGRATE=only and DATABASE_OWNER_URL";
constexpr std::string_view kHowToGrant =
    "; run the program with MIGRATE=only, DATABASE_OWNER_URL and this role's name in DATABASE_STORE_ROLE";

int migrate_once(const SchemaOwner& owner) {
    const auto connection = postgres::connect(owner.url, kNoTimeout);
    const int applied = postgres::migrate(*connection, schema_migrations());
    if (!owner.store_role.empty()) postgres::grant_data_access(*connection, owner.store_role);
    return applied;
}

}  // namespace

int migrate_when_free(const SchemaOwner& owner) {
    constexpr int kAttempts = 200;
    for (int attempt = 1;; ++attempt) {
        try {
            return migrate_once(owner);
        } catch (const postgres::TableInUse& in_use) {
            if (attempt == kAttempts) throw;
            runtime::log_warn("the schema is migrated later", {{"error", in_use.what()}});
        }
        std::this_thread::sleep_for(kLongestPause);
    }
}

SchemaMigrator::SchemaMigrator(std::string url, MigrateMode mode, std::string replica_url, SchemaOwner owner)
    : url_(std::move(url)),
      replica_url_(std::move(replica_url)),
      mode_(mode),
      owner_(std::move(owner)),
      thread_("schema", kLongestPause) {}

void SchemaMigrator::start(std::function<void()> when_ready) {
    when_ready_ = std::move(when_ready);
    thread_.start([this, pause = kFirstPause]() mutable {
        if (!attempt()) return runtime::Pause{std::exchange(pause, std::min(pause * 2, kLongestPause))};
        describe("");
        ready_.store(true, std::memory_order_release);
        when_ready_();
        return runtime::Pause::end();
    });
}

std::string SchemaMigrator::detail() const {
    const std::lock_guard lock(mutex_);
    return detail_;
}

void SchemaMigrator::describe(std::string detail) {
    const std::lock_guard lock(mutex_);
    detail_ = std::move(detail);
}

void SchemaMigrator::refuse(const std::string& reason) {
    // The same at each attempt: logged once.
    if (detail() != reason) runtime::log_error("the store cannot work with the schema", {{"reason", reason}});
    describe(reason);
}

bool SchemaMigrator::schema_fits() {
    const auto connection = postgres::connect(url_, kNoTimeout);
    const int version = postgres::schema_version(*connection);
    const int wanted = static_cast<int>(schema_migrations().size());
    if (version < wanted) {
        describe("schema version " + std::to_string(version) + ", waiting for " + std::to_string(wanted));
        return false;
    }
    const auto closed = postgres::tables_without_access(*connection);
    if (closed.empty()) return true;
    refuse("the role of DATABASE_URL lacks rights on rows of " + closed + std::string(kHowToGrant));
    return false;
}

bool SchemaMigrator::attempt() {
    try {
        if (mode_ == MigrateMode::kAuto) migrate_once(owner_.url.empty() ? SchemaOwner{url_, ""} : owner_);
        return schema_fits();
    } catch (const postgres::MayNotMigrate& refusal) {
        refuse(refusal.what() + std::string(kHowToMigrate));
    } catch (const postgres::NoSuchRole& unknown) {
        refuse(unknown.what() + std::string(" (DATABASE_STORE_ROLE)"));
    } catch (const pqxx::insufficient_privilege&) {
        refuse("the role of DATABASE_URL may not read quittance_schema" + std::string(kHowToGrant));
    } catch (const postgres::SchemaMismatch& mismatch) {
        runtime::log_error("the database has the schema of another program", {{"error", mismatch.what()}});
        describe(mismatch.what());
    } catch (const postgres::TableInUse& in_use) {
        runtime::log_warn("the schema is migrated later", {{"error", in_use.what()}});
        describe(in_use.what());
    } catch (const std::exception& failure) {
        runtime::log_warn("the schema cannot be checked yet", {{"error", failure.what()}});
        describe("the database cannot be reached");
        return replica_has_schema();
    }
    return false;
}

bool SchemaMigrator::replica_has_schema() {
    if (replica_url_.empty()) return false;
    try {
        const auto connection = postgres::connect(replica_url_, kNoTimeout);
        const int version = postgres::schema_version(*connection);
        const int wanted = static_cast<int>(schema_migrations().size());
        // A program that migrates must not use a newer schema.
        return mode_ == MigrateMode::kAuto ? version == wanted : version >= wanted;
    } catch (const std::exception& failure) {
        runtime::log_warn("the replica's schema cannot be checked either", {{"error", failure.what()}});
        return false;
    }
}

}  // namespace quittance::invoice_store
