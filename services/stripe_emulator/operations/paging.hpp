// Lists: newest first, `limit`, `starting_after`, `ending_before`, and the filters that several calls share.
#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "stripe_emulator/model/call.hpp"
#include "stripe_emulator/model/refusal.hpp"
#include "stripe_emulator/model/table.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {

struct Paging {
    std::size_t limit = 10;
    OptionalText starting_after;
    OptionalText ending_before;
};

// 1 to 100, 10 unless given; both cursors at once are refused.
inline Result<Paging> paging_of(const json::object& parameters) {
    constexpr std::int64_t kMost = 100;
    Paging paging;
    if (const auto limit = integer_of(parameters, "limit")) {
        const auto shown = " (it currently is '" + std::to_string(*limit) + "').";
        if (*limit < 1) {
            return parameter_invalid("limit", "This value must be greater than or equal to 1" + shown,
                                     "parameter_invalid_integer");
        }
        if (*limit > kMost) {
            return parameter_invalid("limit", "This value must be less than or equal to 100" + shown,
                                     "parameter_invalid_integer");
        }
        paging.limit = static_cast<std::size_t>(*limit);
    }
    paging.starting_after = text_of(parameters, "starting_after");
    paging.ending_before = text_of(parameters, "ending_before");
    if (paging.starting_after && paging.ending_before) {
        return parameter_invalid("ending_before",
                                 "You may only specify one of these parameters: starting_after, ending_before.",
                                 "parameters_exclusive");
    }
    return paging;
}

// created=5 or created[gte]=5&created[lt]=9.
inline bool in_range(const json::object& parameters, std::string_view name, OptionalInteger value) {
    const auto* wanted = parameters.if_contains(name);
    if (wanted == nullptr) return true;
    if (!value) return false;
    if (wanted->is_int64()) return *value == wanted->get_int64();
    if (!wanted->is_object()) return true;
    const auto& range = wanted->get_object();
    const auto bound = [&](std::string_view which) { return integer_of(range, which); };
    return (!bound("gt") || *value > *bound("gt")) && (!bound("gte") || *value >= *bound("gte")) &&
           (!bound("lt") || *value < *bound("lt")) && (!bound("lte") || *value <= *bound("lte"));
}

// True if the call does not filter by `name`, or filters by this value.
inline bool matches(const json::object& parameters, std::string_view name, const OptionalText& value) {
    const auto wanted = text_of(parameters, name);
    return !wanted || (value && *wanted == *value);
}

// A page of a table. `kind` is the object's word for the error about a cursor that does not exist.
template <class Row, class Filter, class Show>
Result<json::object> list_page(const Table<Row>& table, const Call& call, std::string_view kind, std::string_view url,
                               Filter&& filter, Show&& show) {
    const auto paging = paging_of(call.parameters);
    if (!paging) return paging.error();
    const auto& cursor = paging->starting_after ? paging->starting_after : paging->ending_before;
    if (cursor && table.find(*cursor) == nullptr) {
        return no_such_parameter(kind, *cursor, paging->starting_after ? "starting_after" : "ending_before");
    }
    std::vector<const Row*> page;
    const auto& rows = table.rows();
    if (paging->ending_before) {
        for (auto i = table.index_of(*cursor) + 1; i < rows.size() && page.size() <= paging->limit; ++i) {
            if (filter(rows[i])) page.push_back(&rows[i]);
        }
    } else {
        for (auto i = cursor ? table.index_of(*cursor) : rows.size(); i > 0 && page.size() <= paging->limit; --i) {
            if (filter(rows[i - 1])) page.push_back(&rows[i - 1]);
        }
    }
    const bool more = page.size() > paging->limit;
    if (more) page.pop_back();
    if (paging->ending_before) std::reverse(page.begin(), page.end());
    json::array data;
    for (const auto* row : page) data.push_back(show(*row));
    return render_list(std::move(data), more, url);
}

}  // namespace quittance::stripe_emulator
