// The body of a creation: a request for the gateway, or every mistake with the field that has it.
#include "edge/requests/create_invoice_body.hpp"
#include "fuzz/targets.hpp"

namespace quittance::fuzz {

void run_creation(std::string_view input) {
    const auto body = edge::read_create_body(input);
    if (body.malformed) {
        must(!body.detail.empty(), "a malformed body is refused with a reason");
        return;
    }
    for (const auto& error : body.errors) {
        must(!error.field.empty(), "every mistake names its field");
        must(!error.message.empty(), "every mistake says what is wrong");
    }
    if (!body.errors.empty()) return;
    must(!body.request.stripe_customer_id().empty(), "a creation that is let through names a customer");
    std::string wire;
    must(body.request.SerializeToString(&wire), "a creation that is let through can be sent");
    v1::CreateInvoiceRequest received;
    must(received.ParseFromString(wire), "a creation that was sent can be read");
    // The same body, wrapped, asks for the same.
    const auto wrapped = edge::read_create_body(R"({"data":)" + std::string(input) + "}");
    if (!wrapped.malformed && wrapped.errors.empty())
        must(wrapped.request.ShortDebugString() == body.request.ShortDebugString() ||
                 input.find("\"data\"") != std::string_view::npos,
             "a wrapped body asks for what the bare one asks for");
}

std::vector<std::string> creation_seeds() {
    return {
        R"({"items":[{"name":"All resources","amount":3300}],"customer":"cus_1","paymentMethod":"pm_1"})",
        R"({"data":{"items":[{"name":"a","amount":-5},{"name":"b","amount":999999999999}],"customer":"cus_1"}})",
        R"({"items":[{"name":"a","amount":1}],"customer":"cus_1","currency":"EUR","collect":"later"})",
        R"({"items":[{"name":"a","amount":1.0}],"customer":"cus_1","description":"d","footer":"f"})",
        R"({"items":[{"name":"a","amount":1e3}],"customer":"cus_1","metadata":{"order":"42","\u00e4":"\ud83d\ude00"}})",
        R"({"items":[],"customer":"","unknown":null})",
        R"({"items":[{"name":"a","amount":1,"amount":2}],"customer":"cus_1","customer":"cus_2"})",
        R"([{"items":{}}])",
    };
}

}  // namespace quittance::fuzz
