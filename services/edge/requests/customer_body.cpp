#include "edge/requests/customer_body.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/object_id.hpp"
#include "edge/requests/duplicate_members.hpp"

namespace quittance::edge {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestName = 500;
constexpr std::size_t kDeepest = 4;
constexpr std::size_t kMostErrors = 100;

void read_id(const json::value& value, const char* field, std::string& out, CustomerBody& result) {
    const auto* text = value.if_string();
    if (text != nullptr && base::is_object_id({text->data(), text->size()}))
        out.assign(text->data(), text->size());
    else
        result.errors.push_back({field, "must be 24 lower-case hex digits"});
}

void read_name(const json::value& value, std::string& out, CustomerBody& result) {
    const auto* text = value.if_string();
    if (text != nullptr) out.assign(text->data(), text->size());
    if (text == nullptr || out.find_first_not_of(" \t\r\n") == std::string::npos || out.size() > kLongestName)
        result.errors.push_back({"user.name", "must be a string of 1 to 500 bytes, not blank"});
}

void read_user(const json::value& value, CustomerBody& result) {
    const auto* user = value.if_object();
    if (user == nullptr) {
        result.errors.push_back({"user", "must be an object with _id and name"});
        return;
    }
    for (const auto& [key, member] : *user) {
        if (key == "_id")
            read_id(member, "user._id", *result.customer.mutable_user()->mutable_id(), result);
        else if (key == "name")
            read_name(member, *result.customer.mutable_user()->mutable_name(), result);
        else
            result.errors.push_back({"user." + std::string(key), "is not a field of a user"});
    }
    if (!user->contains("_id")) result.errors.push_back({"user._id", "must be given"});
    if (!user->contains("name")) result.errors.push_back({"user.name", "must be given"});
}

}  // namespace

CustomerBody read_customer_body(std::string_view body) {
    CustomerBody result;
    json::parse_options options;
    options.max_depth = kDeepest;
    json::error_code error;
    const auto document = json::parse(json::string_view(body.data(), body.size()), error, {}, options);
    const auto* object = error ? nullptr : document.if_object();
    if (object == nullptr) {
        result.malformed = true;
        result.detail = error ? "The body is not valid JSON." : "The body must be a JSON object.";
        return result;
    }
    for (const auto& field : repeated_members(body)) result.errors.push_back({field, "is given more than once"});
    for (const auto& [key, member] : *object) {
        if (key == "user")
            read_user(member, result);
        else if (key == "team")
            read_id(member, "team", *result.customer.mutable_team_id(), result);
        else
            result.errors.push_back({std::string(key), "is not a field of this request"});
    }
    if (!object->contains("user")) result.errors.push_back({"user", "must be given"});
    if (!object->contains("team")) result.errors.push_back({"team", "must be given"});
    if (result.errors.size() > kMostErrors) result.errors.resize(kMostErrors);
    return result;
}

}  // namespace quittance::edge
