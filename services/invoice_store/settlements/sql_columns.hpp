// Parts of statements that take rows as parameters, one array for each column.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/literal.hpp"

namespace quittance::invoice_store {

// A name and a type, as "amount_minor bigint".
using SqlColumn = std::string_view;

inline std::string_view name_of(SqlColumn column) {
    return column.substr(0, column.find(' '));
}

inline std::string_view type_of(SqlColumn column) {
    return column.substr(column.find(' ') + 1);
}

// "p.a, p.b" for the prefix "p."
inline std::string names_of(std::span<const SqlColumn> columns, std::string_view prefix = "") {
    std::string text;
    for (const auto column : columns) text.append(text.empty() ? "" : ", ").append(prefix).append(name_of(column));
    return text;
}

// "unnest($3::text[], $4::bigint[]) AS t(a, b)" for the first parameter 3. An array goes as text, because unnest takes
// arrays of arrays apart.
inline std::string unnest(std::span<const SqlColumn> columns, int first = 1) {
    std::string text;
    for (const auto column : columns) {
        text.append(text.empty() ? "unnest($" : ", $").append(std::to_string(first++)).append("::");
        text.append(type_of(column).ends_with("[]") ? "text" : type_of(column)).append("[]");
    }
    return text + ") AS t(" + names_of(columns) + ")";
}

// "t.a, t.b::text[]": the values of unnest.
inline std::string values_of(std::span<const SqlColumn> columns) {
    std::string text;
    for (const auto column : columns) {
        text.append(text.empty() ? "t." : ", t.").append(name_of(column));
        if (type_of(column).ends_with("[]")) text.append("::").append(type_of(column));
    }
    return text;
}

// "a = excluded.a, b = excluded.b"
inline std::string replacements(std::span<const SqlColumn> columns) {
    std::string text;
    for (const auto column : columns)
        text.append(text.empty() ? "" : ", ").append(name_of(column)).append(" = excluded.").append(name_of(column));
    return text;
}

inline void add_time_or_null(postgres::ArrayLiteral& literal, bool is_known, const google::protobuf::Timestamp& time) {
    if (is_known)
        literal.add_time(time);
    else
        literal.add_null();
}

// The parameters of unnest.
inline std::vector<std::string> take_all(std::span<postgres::ArrayLiteral> literals) {
    std::vector<std::string> parameters;
    for (auto& literal : literals) parameters.push_back(literal.take());
    return parameters;
}

}  // namespace quittance::invoice_store
