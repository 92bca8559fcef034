// The opaque tokens that callers send back: where a page ended, where a watcher was, how far a read must have come.
#include "fuzz/targets.hpp"
#include "invoice_store/changes/change_token.hpp"
#include "invoice_store/lists/page_token.hpp"
#include "invoice_store/replica/wal_position.hpp"

namespace quittance::fuzz {
namespace {

v1::ListInvoicesRequest request_with(std::string_view token) {
    v1::ListInvoicesRequest request;
    request.mutable_scope()->set_all_teams(true);
    request.mutable_filter()->set_status("open");
    request.set_page_token(std::string(token));
    return request;
}

}  // namespace

void run_cursor(std::string_view input) {
    const auto request = request_with(input);
    if (const auto id = invoice_store::read_page_token(request)) {
        must(id->size() == 24, "a page begins after an object id");
        const auto again = invoice_store::make_page_token(*id, request);
        must(invoice_store::read_page_token(request_with(again)) == id,
             "a page token says the same when written again");
        auto other = request_with(again);
        other.mutable_filter()->set_status("paid");
        must(!invoice_store::read_page_token(other), "a page token is refused with another filter");
    }
    if (const auto token = invoice_store::read_change_token(input)) {
        const auto again = invoice_store::read_change_token(invoice_store::make_change_token(*token));
        must(again && again->feed_id == token->feed_id && again->position.seq == token->position.seq &&
                 again->position.micros == token->position.micros,
             "a change token says the same when written again");
    }
    if (const auto position = invoice_store::read_wal_position(input))
        must(invoice_store::read_wal_position(invoice_store::make_wal_position(*position)) == position,
             "a position says the same when written again");
}

std::vector<std::string> cursor_seeds() {
    const auto page = invoice_store::make_page_token("6548a41138406c14db33b606", request_with(""));
    const auto change = invoice_store::make_change_token({"0123456789abcdef", {42, 1'700'000'000'000'000}});
    return {page,
            change,
            invoice_store::make_wal_position({1, 0x16b3748}),
            invoice_store::make_wal_position({0xffffffff, 0xffffffffffffffff}),
            "latest",
            "1.",
            page + page,
            change.substr(1)};
}

}  // namespace quittance::fuzz
