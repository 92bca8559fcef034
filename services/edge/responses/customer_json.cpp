#include "edge/responses/customer_json.hpp"

#include "edge/responses/json_writer.hpp"

namespace quittance::edge {

std::string customer_json(const v1::Customer& customer) {
    return json_object([&customer](JsonWriter& json) {
        json.member<"customer">(customer.stripe_customer_id());
        json.key<"user">();
        json.begin_object();
        json.member<"_id">(customer.user().id());
        json.member<"name">(customer.user().name());
        json.end_object();
        json.member<"team">(customer.team_id());
        json.member<"registeredAt">(customer.register_time());
    });
}

}  // namespace quittance::edge
