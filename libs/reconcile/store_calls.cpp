#include "reconcile/store_calls.hpp"

namespace quittance::reconcile {
namespace {

rpc::Result<v1::Cursor> value_of(const rpc::Reply<v1::Cursor>& reply) {
    if (reply.has_error()) return reply.error();
    return *reply;
}

}  // namespace

v1::GetInvoiceRequest get_whole_row(const std::string& id) {
    v1::GetInvoiceRequest get;
    get.set_id(id);
    get.set_view(v1::VIEW_FULL);
    get.set_read_after(clients::kLatest);
    return get;
}

Answer<v1::Cursor> get_cursor(clients::InvoiceStoreClient& store, const std::string& name) {
    v1::GetCursorRequest request;
    request.set_name(name);
    const auto cursor = co_await store.get_cursor(request);
    co_return value_of(cursor);
}

Answer<v1::Cursor> move_cursor(clients::InvoiceStoreClient& store, const std::string& name, const std::string& expected,
                               const std::string& value) {
    v1::MoveCursorRequest request;
    request.set_name(name);
    request.set_expected(expected);
    request.set_value(value);
    const auto cursor = co_await store.move_cursor(request);
    co_return value_of(cursor);
}

}  // namespace quittance::reconcile
