// How the readers look at a JSON object of Stripe's: what is absent and what is null are the same, a reference is an id
// or an expanded object with one, an amount is an integer or a problem. The first problem is kept, as a sentence that
// starts with the member's name and never quotes its value.
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
    // `object` may be null: every member of it is then absent. `parent` is a literal for the sentence: "period".
    Fields(const boost::json::object* object, std::string& problem, std::string_view parent = {})
        : object_(object), problem_(&problem), parent_(parent) {}

    // Null where it is absent or null.
    const boost::json::value* find(std::string_view key) const;

    // Empty where it is absent or no string.
    std::string_view text(std::string_view key) const;
    // The id of what the member refers to: itself, or the `id` of the object that stands expanded in its place.
    std::string_view id(std::string_view key) const;
    bool flag(std::string_view key) const;
    // The members of the object there, all absent where there is none.
    Fields child(std::string_view key) const;
    // Null where it is absent or no array.
    const boost::json::array* list(std::string_view key) const;

    // An integer of 64 bits, or nothing; anything else (a fraction, an exponent, a string) is a problem.
    std::optional<std::int64_t> integer(std::string_view key) const;
    // The same where it is no amount: anything that is no such integer counts as absent.
    std::int64_t integer_or_zero(std::string_view key) const;
    // Its absence is a problem as well.
    std::int64_t required_integer(std::string_view key) const;
    // Seconds since 1970, up to the year 9999; anything else is a problem.
    std::optional<std::int64_t> time(std::string_view key) const;
    // A text that must be there.
    std::string_view required_text(std::string_view key) const;

    const boost::json::object* object() const { return object_; }

    void report(std::string_view key, std::string_view what) const;

  private:
    const boost::json::object* object_;
    std::string* problem_;
    std::string_view parent_;
};

// The object in a list's element, or null.
const boost::json::object* object_in(const boost::json::value& value);

// Copies, without U+0000, which PostgreSQL's text cannot hold and no field of Stripe's means.
void assign_text(std::string& target, std::string_view text);

// The texts in the member `metadata`.
void copy_metadata(const Fields& fields, google::protobuf::Map<std::string, std::string>& target);

}  // namespace quittance::stripe
