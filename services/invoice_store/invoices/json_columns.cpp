// Lines as an array of objects that leave out what is empty; times in them are whole Unix seconds, as Stripe has them.
#include "invoice_store/invoices/json_columns.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>

#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

namespace json = boost::json;

using postgres::storable;

template <class Map>
json::object object_of(const Map& map) {
    json::object object;
    for (const auto& [key, value] : map) object[storable(key)] = storable(value);
    return object;
}

void put(json::object& object, std::string_view key, const std::string& text) {
    if (!text.empty()) object[key] = storable(text);
}

void put(json::object& object, std::string_view key, bool present, const google::protobuf::Timestamp& time) {
    if (present) object[key] = time.seconds();
}

json::object object_of_line(const v1::InvoiceLine& line) {
    json::object object;
    put(object, "id", line.id());
    put(object, "kind", line.kind());
    put(object, "invoice_item_id", line.invoice_item_id());
    put(object, "subscription_id", line.subscription_id());
    put(object, "subscription_item_id", line.subscription_item_id());
    put(object, "price_id", line.price_id());
    put(object, "product_id", line.product_id());
    put(object, "description", line.description());
    object["amount_minor"] = line.amount_minor();
    put(object, "currency", line.currency());
    if (line.quantity() != 0) object["quantity"] = line.quantity();
    if (line.proration()) object["proration"] = true;
    put(object, "period_start", line.has_period_start(), line.period_start());
    put(object, "period_end", line.has_period_end(), line.period_end());
    if (line.metadata_size() > 0) object["metadata"] = object_of(line.metadata());
    return object;
}

// A document that is read and forgotten, for the most part without memory from the heap.
class Kept {
  public:
    // Lives as long as this.
    json::value parse(std::string_view text) { return json::parse({text.data(), text.size()}, &memory_); }

  private:
    static constexpr std::size_t kBytes = 8'192;
    unsigned char bytes_[kBytes];
    json::monotonic_resource memory_{bytes_, kBytes};
};

std::string_view text_of(const json::value& value) {
    const auto* text = value.if_string();
    return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

std::int64_t integer_of(const json::value& value) {
    const auto* integer = value.if_int64();
    return integer == nullptr ? 0 : *integer;
}

template <class Map>
void fill(const json::value& value, Map& map) {
    for (const auto& [key, text] : value.as_object()) map[std::string(key)] = text_of(text);
}

// A member of a line's object, and what reads it.
struct LineMember {
    std::string_view key;
    void (*read)(const json::value& value, v1::InvoiceLine& line);
};

template <std::string* (v1::InvoiceLine::*Mutable)()>
constexpr LineMember text(std::string_view key) {
    return {key, [](const json::value& value, v1::InvoiceLine& line) { *(line.*Mutable)() = text_of(value); }};
}

template <void (v1::InvoiceLine::*Set)(std::int64_t)>
constexpr LineMember integer(std::string_view key) {
    return {key, [](const json::value& value, v1::InvoiceLine& line) { (line.*Set)(integer_of(value)); }};
}

template <google::protobuf::Timestamp* (v1::InvoiceLine::*Mutable)()>
constexpr LineMember time(std::string_view key) {
    return {key,
            [](const json::value& value, v1::InvoiceLine& line) { (line.*Mutable)()->set_seconds(integer_of(value)); }};
}

using v1::InvoiceLine;

constexpr LineMember kLineMembers[] = {
    text<&InvoiceLine::mutable_id>("id"),
    text<&InvoiceLine::mutable_kind>("kind"),
    text<&InvoiceLine::mutable_currency>("currency"),
    text<&InvoiceLine::mutable_price_id>("price_id"),
    integer<&InvoiceLine::set_quantity>("quantity"),
    text<&InvoiceLine::mutable_product_id>("product_id"),
    time<&InvoiceLine::mutable_period_end>("period_end"),
    text<&InvoiceLine::mutable_description>("description"),
    integer<&InvoiceLine::set_amount_minor>("amount_minor"),
    time<&InvoiceLine::mutable_period_start>("period_start"),
    text<&InvoiceLine::mutable_subscription_id>("subscription_id"),
    text<&InvoiceLine::mutable_invoice_item_id>("invoice_item_id"),
    text<&InvoiceLine::mutable_subscription_item_id>("subscription_item_id"),
    {"proration", [](const json::value&, InvoiceLine& line) { line.set_proration(true); }},
    {"metadata", [](const json::value& value, InvoiceLine& line) { fill(value, *line.mutable_metadata()); }},
};

void fill_line(const json::object& object, v1::InvoiceLine& line) {
    for (const auto& member : object) {
        const std::string_view key(member.key().data(), member.key().size());
        const auto* known = std::find_if(std::begin(kLineMembers), std::end(kLineMembers),
                                         [key](const LineMember& line_member) { return line_member.key == key; });
        if (known != std::end(kLineMembers)) known->read(member.value(), line);
    }
}

}  // namespace

std::string lines_to_json(const v1::Invoice& invoice) {
    json::array lines;
    lines.reserve(static_cast<std::size_t>(invoice.lines_size()));
    for (const auto& line : invoice.lines()) lines.emplace_back(object_of_line(line));
    return json::serialize(lines);
}

std::string metadata_to_json(const v1::Invoice& invoice) {
    return json::serialize(object_of(invoice.metadata()));
}

void add_lines_of_json(std::string_view json, v1::Invoice& invoice) {
    Kept kept;
    const auto document = kept.parse(json);
    for (const auto& line : document.as_array()) fill_line(line.as_object(), *invoice.add_lines());
}

void add_metadata_of_json(std::string_view json, v1::Invoice& invoice) {
    Kept kept;
    const auto document = kept.parse(json);
    fill(document, *invoice.mutable_metadata());
}

}  // namespace quittance::invoice_store
