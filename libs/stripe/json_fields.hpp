// Reads the members of a JSON object from Stripe. An absent member and null are the same. A reference is an id, or an
// expanded object with an id. An amount is an integer; anything else is a problem. The first problem is kept as a
// sentence that starts with the member's name and never quotes its value.
#pragma once

#include <google/protobuf/map.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::stripe {

class Fields {
  public:
    // `object` may be null: then every member is absent. `parent` is a literal for the problem's sentence: "period".
    Fields(const boost::json::object* object, std::string& problem, std::string_view parent = {})
        : object_(object), problem_(&problem), parent_(parent) {}

    // Null if the member is absent or null.
    const boost::json::value* find(std::string_view key) const;

    // Empty if the member is absent or no string.
    std::string_view text(std::string_view key) const;
    // The id in the member, or the `id` of the expanded object in it.
    std::string_view id(std::string_view key) const;
    bool flag(std::string_view key) const;
    // The object in the member. If there is none, all of its members are absent.
    Fields child(std::string_view key) const;
    // Null if the member is absent or no array.
    const boost::json::array* list(std::string_view key) const;

    // A 64-bit integer, or nothing if absent. Anything else (a fraction, an exponent, a string) is a problem.
    std::optional<std::int64_t> integer(std::string_view key) const;
    // For members that are no amounts: zero if the member is no 64-bit integer.
    std::int64_t integer_or_zero(std::string_view key) const;
    // An integer that must be there: its absence is a problem as well.
    std::int64_t required_integer(std::string_view key) const;
    // Seconds since 1970, up to the year 9999; anything else is a problem.
    std::optional<std::int64_t> time(std::string_view key) const;
    // A text that must be there: its absence is a problem.
    std::string_view required_text(std::string_view key) const;

    const boost::json::object* object() const { return object_; }

    // Keeps the problem `what` of the member, unless there is one already.
    void report(std::string_view key, std::string_view what) const;

  private:
    const boost::json::object* object_;
    std::string* problem_;
    std::string_view parent_;
};

// The element of a list as an object, or null.
const boost::json::object* object_in(const boost::json::value& value);

// Copies `text` without U+0000, which PostgreSQL's text cannot hold and no field of Stripe needs.
void assign_text(std::string& target, std::string_view text);

// Copies the texts of the member `metadata` into `target`.
void copy_metadata(const Fields& fields, google::protobuf::Map<std::string, std::string>& target);

}  // namespace quittance::stripe
