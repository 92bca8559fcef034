// The HTTP adapter of the emulator: Stripe's API, with faults that make calls wait, and the routes below /_emulator by
// which tests control it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "http/server/router.hpp"
#include "http/server/server.hpp"
#include "stripe_emulator/http/delivery_pump.hpp"
#include "stripe_emulator/http/request_pipeline.hpp"
#include "stripe_emulator/model/clock.hpp"

namespace quittance::stripe_emulator {

class Frontend {
  public:
    Frontend(Accounts& accounts, RequestPipeline& pipeline, Faults& faults, Clock& clock, DeliveryPump& pump);

    // All routes, bound to this object, which must outlive them.
    std::vector<http::Route> routes();
    // The body of answers that the server gives by itself.
    http::Response failure_body(const http::Failure& failure);

    boost::asio::awaitable<http::Response> call(const http::Request& request);

    // Below /_emulator, see README.md.
    boost::asio::awaitable<http::Response> add_faults(const http::Request& request);
    boost::asio::awaitable<http::Response> list_faults(const http::Request& request);
    boost::asio::awaitable<http::Response> clear_faults(const http::Request& request);
    boost::asio::awaitable<http::Response> remove_fault(const http::Request& request);
    boost::asio::awaitable<http::Response> release(const http::Request& request);
    boost::asio::awaitable<http::Response> advance(const http::Request& request);
    boost::asio::awaitable<http::Response> dispute(const http::Request& request);
    boost::asio::awaitable<http::Response> fail_refund_of(const http::Request& request);
    boost::asio::awaitable<http::Response> pause(const http::Request& request);
    boost::asio::awaitable<http::Response> settle_intent_of(const http::Request& request);
    boost::asio::awaitable<http::Response> report_missing(const http::Request& request);
    boost::asio::awaitable<http::Response> add_account(const http::Request& request);
    boost::asio::awaitable<http::Response> prune_keys(const http::Request& request);
    boost::asio::awaitable<http::Response> restrict_key(const http::Request& request);
    boost::asio::awaitable<http::Response> roll_secret(const http::Request& request);
    boost::asio::awaitable<http::Response> state(const http::Request& request);

  private:
    struct Held {
        std::uint64_t fault;
        boost::asio::steady_timer timer;
        bool dropped = false;
    };

    // The account that a control route means: ?account=acct_…&livemode=true, else the first one.
    Result<Account*> account_in(const http::Request& request);
    // False if the call was dropped meanwhile.
    boost::asio::awaitable<bool> wait_for_fault(const Admitted& admitted, bool after);
    // `drop`: the held calls are not performed, and their connections are reset.
    std::size_t release_held(std::optional<std::uint64_t> fault, bool drop = false);

    Accounts& accounts_;
    RequestPipeline& pipeline_;
    Faults& faults_;
    Clock& clock_;
    DeliveryPump& pump_;
    std::list<Held> held_;
};

}  // namespace quittance::stripe_emulator
