#include "stripe/json_fields.hpp"

#include <algorithm>
#include <boost/json/value.hpp>

#include "base/timestamps.hpp"

namespace quittance::stripe {
namespace {

std::string_view view(const boost::json::string& text) {
    return {text.data(), text.size()};
}

}  // namespace

const boost::json::value* Fields::find(std::string_view key) const {
    const auto* value = object_ == nullptr ? nullptr : object_->if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::string_view Fields::text(std::string_view key) const {
    const auto* value = find(key);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view() : view(*text);
}

std::string_view Fields::id(std::string_view key) const {
    const auto* value = find(key);
    if (value == nullptr) return {};
    if (const auto* text = value->if_string()) return view(*text);
    return child(key).text("id");
}

bool Fields::flag(std::string_view key) const {
    const auto* value = find(key);
    const auto* flag = value == nullptr ? nullptr : value->if_bool();
    return flag != nullptr && *flag;
}

Fields Fields::child(std::string_view key) const {
    const auto* value = find(key);
    return {value == nullptr ? nullptr : value->if_object(), *problem_, key};
}

const boost::json::array* Fields::list(std::string_view key) const {
    const auto* value = find(key);
    return value == nullptr ? nullptr : value->if_array();
}

std::optional<std::int64_t> Fields::integer(std::string_view key) const {
    const auto* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (const auto* number = value->if_int64()) return *number;
    report(key, "is no integer of 64 bits");
    return std::nullopt;
}

std::int64_t Fields::integer_or_zero(std::string_view key) const {
    const auto* value = find(key);
    const auto* number = value == nullptr ? nullptr : value->if_int64();
    return number == nullptr ? 0 : *number;
}

std::int64_t Fields::required_integer(std::string_view key) const {
    if (find(key) == nullptr) report(key, "is missing");
    return integer(key).value_or(0);
}

std::optional<std::int64_t> Fields::time(std::string_view key) const {
    const auto seconds = integer(key);
    if (!seconds || (*seconds >= 0 && *seconds <= base::kLastSecondOf9999)) return seconds;
    report(key, "is no time in seconds since 1970");
    return std::nullopt;
}

std::string_view Fields::required_text(std::string_view key) const {
    const auto found = text(key);
    if (found.empty()) report(key, "is missing or no text");
    return found;
}

void Fields::report(std::string_view key, std::string_view what) const {
    if (!problem_->empty()) return;
    if (!parent_.empty()) problem_->append(parent_).append(".");
    problem_->append(key).append(" ").append(what);
}

const boost::json::object* object_in(const boost::json::value& value) {
    return value.if_object();
}

void assign_text(std::string& target, std::string_view text) {
    target.assign(text);
    if (text.find('\0') != std::string_view::npos)
        target.erase(std::remove(target.begin(), target.end(), '\0'), target.end());
}

void copy_metadata(const Fields& fields, google::protobuf::Map<std::string, std::string>& target) {
    const auto metadata = fields.child("metadata");
    if (metadata.object() == nullptr) return;
    for (const auto& [key, value] : *metadata.object()) {
        if (!value.is_string()) continue;
        std::string name;
        assign_text(name, {key.data(), key.size()});
        assign_text(target[name], view(value.get_string()));
    }
}

}  // namespace quittance::stripe
