// Fields of a row, without the copies that pqxx's conversions make.
#pragma once

#include <charconv>
#include <cstdint>
#include <pqxx/pqxx>
#include <string_view>

namespace quittance::postgres {

// Valid as long as the result.
inline std::string_view text_of(const pqxx::field& field) {
    return {field.c_str(), field.size()};
}

// Of a column of an integer type; null is 0.
inline std::int64_t integer_of(const pqxx::field& field) {
    std::int64_t value = 0;
    std::from_chars(field.c_str(), field.c_str() + field.size(), value);
    return value;
}

}  // namespace quittance::postgres
