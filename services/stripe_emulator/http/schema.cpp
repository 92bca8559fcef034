// Checks parameters against Stripe's schemas, which are interpreted at each call. An error names the parameter as the
// client wrote it: lines[0][amount].
#include "stripe_emulator/http/schema.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>
#include <optional>
#include <vector>

namespace quittance::stripe_emulator {
namespace {

constexpr std::string_view kOldVersion = "2023-08-16";
constexpr std::string_view kMiddleVersion = "2024-04-10";
constexpr std::string_view kNewVersion = "2026-10-28.endive";
constexpr std::size_t kMetadataKeys = 50;
constexpr std::size_t kMetadataKeyLength = 40;
constexpr std::size_t kMetadataValueLength = 500;
constexpr std::size_t kTextLength = 5000;

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// An empty value unsets free texts and the references below, although their schemas do not say so.
bool may_be_empty(std::string_view name) {
    constexpr std::string_view kUnsettable[] = {"description",    "footer",  "statement_descriptor",
                                                "name",           "email",   "phone",
                                                "number",         "invoice", "city",
                                                "country",        "line1",   "line2",
                                                "postal_code",    "state",   "default_payment_method",
                                                "default_source", "carrier", "tracking_number"};
    return std::find(std::begin(kUnsettable), std::end(kUnsettable), name) != std::end(kUnsettable);
}

std::string inner_name(std::string_view path, std::string_view name) {
    return path.empty() ? std::string(name) : std::string(path) + '[' + std::string(name) + ']';
}

std::string_view type_of(const json::object& schema) {
    const auto* type = schema.if_contains("type");
    return type != nullptr && type->is_string() ? std::string_view(type->get_string()) : std::string_view("anyOf");
}

// "draft, open, void, paid, or uncollectible"
std::string enumeration(const json::array& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += words.size() > 2 ? ", " : " ";
        if (i > 0 && i + 1 == words.size()) text += "or ";
        text += std::string_view(words[i].as_string());
    }
    return text;
}

class Check {
  public:
    Result<json::value> value(const json::value& given, const json::object& schema, const std::string& path,
                              std::string_view name) {
        const auto type = type_of(schema);
        if (type == "string") return text(given, schema, path, name);
        if (type == "integer") return integer(given, path);
        if (type == "boolean") return boolean(given, path);
        if (type == "array") return array(given, schema, path);
        if (type == "object") return object(given, schema, path, name);
        return any(given, schema, path, name);
    }

    Result<json::value> object(const json::value& given, const json::object& schema, const std::string& path,
                               std::string_view name) {
        if (!given.is_object()) return parameter_invalid(path, "Invalid object");
        const auto* properties = schema.if_contains("properties");
        const auto* additional = schema.if_contains("additionalProperties");
        const bool closed = properties != nullptr || (additional != nullptr && additional->is_bool());
        if (name == "metadata" || name.ends_with("_metadata")) return metadata(given.get_object(), path);
        if (!closed) return given;
        const json::object none;
        const auto& known = properties != nullptr ? properties->as_object() : none;
        std::vector<std::string> unknown;
        for (const auto& member : given.get_object()) {
            if (!known.contains(member.key())) unknown.push_back(inner_name(path, member.key()));
        }
        if (!unknown.empty()) return parameter_unknown(unknown);
        return members(given.get_object(), known, schema, path);
    }

  private:
    Result<json::value> members(const json::object& given, const json::object& known, const json::object& schema,
                                const std::string& path) {
        json::object out;
        for (const auto& [key, member] : given) {
            auto checked = value(member, known.at(key).as_object(), inner_name(path, key), key);
            if (!checked) return checked.error();
            out[key] = std::move(*checked);
        }
        if (const auto* required = schema.if_contains("required")) {
            for (const auto& name : required->as_array()) {
                if (!out.contains(name.as_string())) return parameter_missing(inner_name(path, name.as_string()));
            }
        }
        return json::value(std::move(out));
    }

    static Result<json::value> metadata(const json::object& given, const std::string& path) {
        if (given.size() > kMetadataKeys) {
            return parameter_invalid(path, "You can only specify up to 50 metadata keys.");
        }
        for (const auto& [key, member] : given) {
            const auto name = inner_name(path, key);
            if (!member.is_string()) return parameter_invalid(name, "Invalid metadata: values must be strings");
            if (characters(key) > kMetadataKeyLength) {
                return parameter_invalid(
                    path, "Metadata keys can have up to 40 characters, but you passed in one of length " +
                              std::to_string(characters(key)) + ".");
            }
            if (characters(member.get_string()) > kMetadataValueLength) {
                return parameter_invalid(
                    name, "Metadata values can have up to 500 characters, but you passed in a value that is " +
                              std::to_string(characters(member.get_string())) + " characters.");
            }
        }
        return json::value(given);
    }

    static Result<json::value> text(const json::value& given, const json::object& schema, const std::string& path,
                                    std::string_view name) {
        if (!given.is_string()) return parameter_invalid(path, "Invalid string");
        const std::string_view content = given.get_string();
        if (const auto* words = schema.if_contains("enum")) {
            for (const auto& word : words->as_array()) {
                if (word == given) return given;
            }
            if (content.empty()) return parameter_empty(path);
            return parameter_invalid(path, "Invalid " + path + ": must be one of " + enumeration(words->as_array()));
        }
        if (content.empty() && !may_be_empty(name)) return parameter_empty(path);
        const auto* most = schema.if_contains("maxLength");
        const auto limit = most != nullptr ? static_cast<std::size_t>(most->to_number<std::int64_t>()) : kTextLength;
        if (characters(content) > limit) {
            return parameter_invalid(path, "Invalid string: " + std::string(content.substr(0, 10)) +
                                               "…; must be at most " + std::to_string(limit) + " characters");
        }
        return given;
    }

    static Result<json::value> integer(const json::value& given, const std::string& path) {
        if (!given.is_string()) return parameter_not_integer(path, "{}");
        const std::string_view digits = given.get_string();
        if (digits.empty()) return parameter_empty(path);
        std::int64_t number = 0;
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (problem != std::errc{} || end != digits.data() + digits.size()) return parameter_not_integer(path, digits);
        return json::value(number);
    }

    static Result<json::value> boolean(const json::value& given, const std::string& path) {
        if (given == "true") return json::value(true);
        if (given == "false") return json::value(false);
        if (given == "") return parameter_empty(path);
        return parameter_invalid(path,
                                 "Invalid boolean: " + (given.is_string() ? std::string(given.get_string()) : "{}"));
    }

    Result<json::value> array(const json::value& given, const json::object& schema, const std::string& path) {
        json::array out;
        if (given == "") return json::value(std::move(out));
        if (!given.is_array()) return parameter_invalid(path, "Invalid array");
        const auto& items = schema.at("items").as_object();
        std::size_t index = 0;
        for (const auto& element : given.get_array()) {
            auto checked = value(element, items, path + '[' + std::to_string(index++) + ']', "");
            if (!checked) return checked.error();
            out.push_back(std::move(*checked));
        }
        return json::value(std::move(out));
    }

    // The alternative of the value's own kind decides, so that the error is about that one.
    Result<json::value> any(const json::value& given, const json::object& schema, const std::string& path,
                            std::string_view name) {
        const auto* alternatives = schema.if_contains("anyOf");
        if (alternatives == nullptr) return given;
        std::optional<Refusal> first;
        for (const auto& alternative : alternatives->as_array()) {
            const auto& one = alternative.as_object();
            const auto type = type_of(one);
            const bool empty_word = type == "string" && one.contains("enum");
            if (given == "" && !empty_word) continue;
            if (given.is_object() != (type == "object") || given.is_array() != (type == "array")) continue;
            auto checked = value(given, one, path, name);
            if (checked) return checked;
            if (!first) first = checked.error();
        }
        if (first) return *first;
        if (given == "") return parameter_empty(path);
        return parameter_invalid(path, "Invalid " + path);
    }
};

// `additions` win, member by member, inside a call's properties.
void merge_endpoints(json::object& into, const json::object& additions) {
    for (const auto& [key, versions] : additions) {
        auto& endpoint = into[key];
        if (!endpoint.is_object()) endpoint.emplace_object();
        for (const auto& [version, parts] : versions.as_object()) {
            auto& target = endpoint.get_object()[version];
            if (!target.is_object()) {
                target = parts;
                continue;
            }
            for (const auto& [part, schema] : parts.as_object()) {
                auto& properties = target.get_object()[part].as_object()["properties"].as_object();
                for (const auto& [name, property] : schema.at("properties").as_object()) properties[name] = property;
            }
        }
    }
}

// Takes over the calls and versions that `into` does not have.
void add_endpoints(json::object& into, const json::object& more) {
    for (const auto& [key, versions] : more) {
        auto& endpoint = into[key];
        if (!endpoint.is_object()) endpoint.emplace_object();
        for (const auto& [version, parts] : versions.as_object()) {
            if (!endpoint.get_object().contains(version)) endpoint.get_object()[version] = parts;
        }
    }
}

// The versions whose schemas fit a call, the best first.
std::array<std::string_view, 3> versions_for(std::string_view version) {
    if (version >= "2025-03-31") return {kNewVersion, kMiddleVersion, kOldVersion};
    if (version >= kMiddleVersion) return {kMiddleVersion, kOldVersion, kNewVersion};
    return {kOldVersion, kMiddleVersion, kNewVersion};
}

}  // namespace

Schema::Schema(std::string_view subset, std::string_view additions, std::string_view sdk_parameters) {
    endpoints_ = json::parse(json::string_view(subset.data(), subset.size())).as_object().at("x-endpoints").as_object();
    merge_endpoints(endpoints_, json::parse(json::string_view(additions.data(), additions.size())).as_object());
    const json::string_view more(sdk_parameters.data(), sdk_parameters.size());
    add_endpoints(endpoints_, json::parse(more).as_object());
}

Result<json::object> Schema::check(std::string_view method, std::string_view pattern, std::string_view version,
                                   const json::object& form) const {
    static const json::object kNothing{{"type", "object"}, {"properties", json::object{}}};
    const auto* endpoint = endpoints_.if_contains(std::string(method) + ' ' + std::string(pattern));
    const json::object* parameters = &kNothing;
    if (endpoint != nullptr) {
        const auto& versions = endpoint->as_object();
        for (const auto wanted : versions_for(version)) {
            const auto* parts = versions.if_contains(wanted);
            if (parts == nullptr) continue;
            if (!parts->as_object().empty()) parameters = &parts->as_object().begin()->value().as_object();
            break;
        }
    }
    auto checked = Check().object(json::value(form), *parameters, "", "");
    if (!checked) return checked.error();
    return std::move(checked->as_object());
}

}  // namespace quittance::stripe_emulator
