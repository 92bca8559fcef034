// The only file that knows libpqxx's exception types.
#include "postgres/failure.hpp"

#include <exception>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>

#include "rpc/status.hpp"
#include "runtime/log.hpp"

namespace quittance::postgres {
namespace {

using grpc::StatusCode;

grpc::Status unavailable(std::string_view reason) {
    v1::ErrorDetail detail;
    detail.set_reason(std::string(reason));
    detail.set_retry_after_ms(1'000);
    return rpc::make_status(StatusCode::UNAVAILABLE, "the database cannot take this now", detail);
}

FailureKind kind_of_sqlstate(const std::string& state) {
    // https://www.postgresql.org/docs/15/errcodes-appendix.html
    if (state.empty()) return FailureKind::kConnectionLost;
    const auto error_class = state.substr(0, 2);
    if (error_class == "08" || state == "57P01" || state == "57P02" || state == "57P03" || state == "57P05")
        return FailureKind::kConnectionLost;
    if (error_class == "40") return FailureKind::kRetryAtOnce;
    if (error_class == "53" || error_class == "58" || state == "57014" || state == "25006" || state == "55P03")
        return FailureKind::kUnavailable;
    if (error_class == "22" || error_class == "23") return FailureKind::kBadData;
    return FailureKind::kBug;
}

}  // namespace

Failure classify(const std::exception_ptr& exception) {
    // serialization_failure and deadlock_detected are not sql_errors in libpqxx 6.4.5: the order matters.
    try {
        std::rethrow_exception(exception);
    } catch (const pqxx::too_many_connections& failure) {
        return {FailureKind::kConnectionLost, "53300", failure.what()};
    } catch (const pqxx::broken_connection& failure) {
        return {FailureKind::kConnectionLost, "", failure.what()};
    } catch (const pqxx::in_doubt_error& failure) {
        return {FailureKind::kConnectionLost, "", failure.what()};
    } catch (const pqxx::statement_completion_unknown& failure) {
        return {FailureKind::kConnectionLost, "40003", failure.what()};
    } catch (const pqxx::transaction_rollback& failure) {
        return {FailureKind::kRetryAtOnce, "40001", failure.what()};
    } catch (const pqxx::sql_error& failure) {
        return {kind_of_sqlstate(failure.sqlstate()), failure.sqlstate(), failure.what()};
    } catch (const PoolExhausted& failure) {
        return {FailureKind::kExhausted, "", failure.what()};
    } catch (const std::exception& failure) {
        return {FailureKind::kBug, "", failure.what()};
    } catch (...) {
        return {FailureKind::kBug, "", "an exception that is no std::exception"};
    }
}

bool connection_is_spent(const Failure& failure) {
    return failure.kind == FailureKind::kConnectionLost || failure.sqlstate == "25006";
}

grpc::Status status_of(const Failure& failure) {
    switch (failure.kind) {
        case FailureKind::kConnectionLost:
            return unavailable("database_unreachable");
        case FailureKind::kUnavailable:
            return unavailable(failure.sqlstate == "57014" ? "database_timeout" : "database_unavailable");
        case FailureKind::kExhausted:
            return rpc::make_status(StatusCode::RESOURCE_EXHAUSTED, "no database connection became free in time",
                                    "pool_exhausted");
        case FailureKind::kRetryAtOnce:
            return rpc::make_status(StatusCode::ABORTED, "another transaction was in the way", "transaction_conflict");
        case FailureKind::kBadData:
        case FailureKind::kBug:
            break;
    }
    return rpc::make_status(StatusCode::INTERNAL, "the database refused a statement", "database_error");
}

grpc::Status status_of_exception(std::exception_ptr failure) {
    const auto found = classify(failure);
    const auto level =
        found.kind == FailureKind::kBug || found.kind == FailureKind::kBadData ? runtime::log_error : runtime::log_warn;
    level("database work failed", {{"sqlstate", found.sqlstate}, {"error", found.text}});
    return status_of(found);
}

}  // namespace quittance::postgres

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// libpqxx 6.4.5 leaks a result (2 KB) when the connection is lost while it handles an error. The leak is small: one for
// each lost connection. The name of the function is the sanitiser's.
extern "C" const char* __lsan_default_suppressions() {  // NOLINT
    return "leak:PQmakeEmptyPGresult\n";
}
#endif
#endif
