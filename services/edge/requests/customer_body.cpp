#include "edge/requests/customer_body.hpp"

#include "base/object_id.hpp"
#include "edge/requests/duplicate_members.hpp"

namespace quittance::edge {
namespace {

namespace json = boost::json;

void read_id(const json::value& value, const char* field, std::string& out, BodyErrors& errors) {
    const auto* text = value.if_string();
    if (text != nullptr && base::is_object_id({text->data(), text->size()}))
        out.assign(text->data(), text->size());
    else
        errors.add(field, "must be 24 lower-case hex digits");
}

void read_name(const json::value& value, std::string& out, BodyErrors& errors) {
    constexpr std::size_t kLongestName = 500;
    const auto* text = value.if_string();
    if (text != nullptr) out.assign(text->data(), text->size());
    if (text == nullptr || is_blank(out) || out.size() > kLongestName)
        errors.add("user.name", "must be a string of 1 to 500 bytes, not blank");
}

void read_user(const json::value& value, CustomerBody& result) {
    const auto* user = value.if_object();
    if (user == nullptr) {
        result.add("user", "must be an object with _id and name");
        return;
    }
    for (const auto& [key, member] : *user) {
        if (key == "_id")
            read_id(member, "user._id", *result.customer.mutable_user()->mutable_id(), result);
        else if (key == "name")
            read_name(member, *result.customer.mutable_user()->mutable_name(), result);
        else
            result.add("user." + std::string(key), "is not a field of a user");
    }
    if (!user->contains("_id")) result.add("user._id", "must be given");
    if (!user->contains("name")) result.add("user.name", "must be given");
}

}  // namespace

CustomerBody read_customer_body(std::string_view body) {
    constexpr std::size_t kDeepest = 4;
    CustomerBody result;
    json::value document;
    const auto* object = parse_object(body, kDeepest, document, result);
    if (object == nullptr) return result;
    const auto duplicates = duplicate_members(body);
    for (const auto& field : duplicates.paths) result.add(field, "is given more than once");
    result.errors_omitted += duplicates.omitted;
    for (const auto& [key, member] : *object) {
        if (key == "user")
            read_user(member, result);
        else if (key == "team")
            read_id(member, "team", *result.customer.mutable_team_id(), result);
        else
            result.add(std::string(key), "is not a field of this request");
    }
    if (!object->contains("user")) result.add("user", "must be given");
    if (!object->contains("team")) result.add("team", "must be given");
    return result;
}

}  // namespace quittance::edge
