// The store's calls that several repairs make. All of them are in the background.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "clients/services.hpp"

namespace quittance::reconcile {

template <class T>
using Answer = boost::asio::awaitable<rpc::Result<T>>;

// A get of the whole row as it is now: a repair never decides from a replica that lags. `id`: ours or Stripe's.
v1::GetInvoiceRequest get_whole_row(const std::string& id);

Answer<v1::Cursor> get_cursor(clients::InvoiceStoreClient& store, const std::string& name);
// ABORTED if its value is not `expected` any more.
Answer<v1::Cursor> move_cursor(clients::InvoiceStoreClient& store, const std::string& name, const std::string& expected,
                               const std::string& value);

}  // namespace quittance::reconcile
