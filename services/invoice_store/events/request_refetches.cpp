#include "invoice_store/events/request_refetches.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

constexpr int kMostRefetches = 256;
constexpr std::size_t kLongestLabel = 64;
constexpr std::size_t kLongestId = 255;

bool is_printable(std::string_view text, std::size_t most_bytes) {
    return !text.empty() && text.size() <= most_bytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

void require(std::vector<v1::FieldViolation>& violations, bool holds, std::string field, const char* message) {
    if (holds) return;
    auto& violation = violations.emplace_back();
    violation.set_field(std::move(field));
    violation.set_message(message);
}

}  // namespace

std::vector<v1::FieldViolation> violations_of(const v1::RequestRefetchesRequest& request) {
    std::vector<v1::FieldViolation> violations;
    const int count = request.refetches_size();
    require(violations, count >= 1 && count <= kMostRefetches, "refetches", "must have 1 to 256 items");
    for (int i = 0; i < std::min(count, kMostRefetches); ++i) {
        const auto& refetch = request.refetches(i);
        const auto field = "refetches[" + std::to_string(i) + "]";
        require(violations, is_printable(refetch.account(), kLongestLabel), field + ".account",
                "must be 1 to 64 printable characters");
        require(violations, is_printable(refetch.stripe_invoice_id(), kLongestId), field + ".stripe_invoice_id",
                "must be 1 to 255 printable characters");
    }
    return violations;
}

rpc::Result<v1::RequestRefetchesResponse> request_refetches(pqxx::connection& connection,
                                                            const v1::RequestRefetchesRequest& request) {
    // Each once, in the order of the keys: two callers that lock rows in different orders would wait for each other.
    std::map<std::tuple<std::string, std::string, bool>, bool> keys;
    for (const auto& refetch : request.refetches())
        keys[{refetch.stripe_invoice_id(), refetch.account(), refetch.livemode()}] = true;
    postgres::ArrayLiteral invoices;
    postgres::ArrayLiteral accounts;
    postgres::ArrayLiteral modes;
    for (const auto& [key, wanted] : keys) {
        invoices.add_text(std::get<0>(key));
        accounts.add_text(std::get<1>(key));
        modes.add_boolean(std::get<2>(key));
    }
    pqxx::nontransaction session(connection);
    session.exec_params0(
        "INSERT INTO refetches AS r (stripe_invoice_id, account, livemode, reason, answer_from)"
        " SELECT w.stripe_invoice_id, w.account, w.livemode, $4, date_trunc('second', now()) + interval '1 second'"
        " FROM unnest($1::text[], $2::text[], $3::boolean[]) AS w(stripe_invoice_id, account, livemode)"
        " ON CONFLICT (stripe_invoice_id, account, livemode)"
        " DO UPDATE SET reason = CASE WHEN r.reason IN ('tie', 'taken_back') THEN excluded.reason ELSE r.reason END,"
        "     answer_from = greatest(excluded.answer_from, r.answer_from), next_at = now()",
        invoices.take(), accounts.take(), modes.take(), kReasonRequested);
    return v1::RequestRefetchesResponse();
}

}  // namespace quittance::invoice_store
