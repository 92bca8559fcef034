// The pipeline of a call to the emulated API, without I/O: key, version, route, form, schema, faults, idempotency; then
// the operation. It has two steps, admit() and perform(). Between them a fault can slow or hold a call while its
// idempotency key is in use.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stripe_emulator/http/faults.hpp"
#include "stripe_emulator/http/idempotency.hpp"
#include "stripe_emulator/http/permissions.hpp"
#include "stripe_emulator/http/routes.hpp"
#include "stripe_emulator/http/schema.hpp"
#include "stripe_emulator/model/accounts.hpp"

namespace quittance::stripe_emulator {

// A request as received; a missing header is nothing.
struct RawCall {
    std::string method;
    std::string path;
    std::string query;
    std::string body;
    OptionalText authorization;
    OptionalText version;          // Stripe-Version
    OptionalText idempotency_key;  // Idempotency-Key
    OptionalText account;          // Stripe-Account
    OptionalText context;          // Stripe-Context
    OptionalText content_type;
};

struct Answer {
    int status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool drop_connection = false;
};

// One call in the log of the last ones.
struct LogLine {
    std::string request_id;
    std::string method;
    std::string path;
    std::string idempotency_key;
    int status = 0;
    bool replayed = false;
    std::string fault;
};

// A call that passed all checks.
struct Admitted {
    RawCall raw;
    std::string request_id;
    std::string version;
    std::string key;  // empty: none, or not a POST
    Account* account = nullptr;
    RouteMatch match;
    Call call;
    std::optional<FaultRule> fault;
    bool replay = false;
};

class RequestPipeline {
  public:
    RequestPipeline(Accounts& accounts, const Schema& schema, Faults& faults, std::vector<std::string> api_keys);

    // Either an answer at once (a refusal, a dropped connection), or a call for perform().
    struct Admission {
        std::optional<Answer> answer;
        std::optional<Admitted> admitted;
    };
    Admission admit(RawCall raw, const Now& now);
    Answer perform(const Admitted& admitted, const Now& now);
    // Instead of perform(): nothing happens, and the connection is reset.
    Answer drop(const Admitted& admitted);

    // Both steps in one, for callers that do not wait.
    Answer answer(RawCall raw, const Now& now);

    // Stripe's answer for an address that does not exist.
    Answer not_found(std::string_view method, std::string_view path);

    IdempotencyKeys& keys() { return keys_; }
    Permissions& permissions() { return permissions_; }
    const std::deque<LogLine>& log() const { return log_; }

  private:
    std::optional<Refusal> refuse_key(Admitted& admitted) const;
    std::optional<Refusal> refuse_permission(const Admitted& admitted) const;
    Result<json::object> parameters_of(const RawCall& raw, const RouteMatch& match, std::string_view version) const;
    std::optional<Refusal> refuse_before_start(Admitted& admitted, const Now& now);
    std::optional<Refusal> refuse_by_fault(const Admitted& admitted) const;
    Answer refuse(const Admitted& admitted, const Refusal& refusal);
    Answer replay(const Admitted& admitted);
    Answer finish(const Admitted& admitted, int status, std::string body, std::optional<bool> should_retry,
                  const std::vector<std::pair<std::string, std::string>>& more, const std::string& original_request);
    void keep(const Admitted& admitted, int status, const std::string& body, std::optional<bool> should_retry);

    Accounts& accounts_;
    const Schema& schema_;
    Faults& faults_;
    std::vector<std::string> api_keys_;
    IdempotencyKeys keys_;
    Permissions permissions_;
    std::deque<LogLine> log_;
};

}  // namespace quittance::stripe_emulator
