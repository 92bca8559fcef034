// The services behind the edge, as coroutines on plain messages. Waiting gets and lists travel together in one call.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "edge/backends/call_context.hpp"
#include "edge/backends/shared_list.hpp"
#include "quittance/v1/invoice_store.pb.h"
#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {
struct ChannelOptions;
}

namespace quittance::edge {

class Backends {
  public:
    Backends(boost::asio::io_context& loop, const rpc::ChannelOptions& store, const rpc::ChannelOptions& gateway,
             runtime::Metrics& metrics);
    ~Backends();

    // Codes as in invoice_store.proto and stripe_gateway.proto. A get with `read_after` travels alone.
    boost::asio::awaitable<rpc::Result<v1::Invoice>> get_invoice(v1::GetInvoiceRequest request,
                                                                 const CallContext& context);
    boost::asio::awaitable<rpc::Result<SharedList>> list_invoices(v1::ListInvoicesRequest request,
                                                                  const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::Invoice>> get_last_invoice(const v1::GetLastInvoiceRequest& request,
                                                                      const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::GetBillingHistoryResponse>> get_billing_history(
        const v1::GetBillingHistoryRequest& request, const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::Customer>> register_customer(const v1::RegisterCustomerRequest& request,
                                                                        const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::Customer>> get_customer(const v1::GetCustomerRequest& request,
                                                                   const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::Invoice>> find_by_creation_key(const v1::FindByCreationKeyRequest& request,
                                                                          const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> create_invoice(const v1::CreateInvoiceRequest& request,
                                                                          const CallContext& context);

    // One step at Stripe on an invoice that is there.
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> retrieve_invoice(const v1::RetrieveInvoiceRequest& request,
                                                                            const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> pay_invoice(const v1::PayInvoiceRequest& request,
                                                                       const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> finalise_invoice(const v1::FinalizeInvoiceRequest& request,
                                                                            const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> mark_uncollectible(
        const v1::MarkInvoiceUncollectibleRequest& request, const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> send_invoice(const v1::SendInvoiceRequest& request,
                                                                        const CallContext& context);
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> void_invoice(const v1::VoidInvoiceRequest& request,
                                                                        const CallContext& context);

    // Whether a connection stands; asks for one where it does not. From any thread.
    bool store_ready();
    bool gateway_ready();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::edge
