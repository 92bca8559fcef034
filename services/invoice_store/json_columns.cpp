// Lines as an array of objects that leave out what is empty; times in them are whole Unix seconds, as Stripe has them.
#include "invoice_store/json_columns.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace quittance::invoice_store {
namespace {

namespace json = boost::json;

// jsonb cannot hold U+0000 in a string: it becomes U+FFFD, as in text columns.
std::string storable(const std::string& text) {
    if (text.find('\0') == std::string::npos) return text;
    std::string clean;
    for (const char c : text) {
        if (c == '\0')
            clean += "\xEF\xBF\xBD";
        else
            clean += c;
    }
    return clean;
}

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

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string().data(), value->get_string().size())
                                                  : std::string();
}

std::int64_t integer_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

template <class Map>
void fill(const json::object& object, Map& map) {
    for (const auto& member : object) map[std::string(member.key())] = text_at(object, member.key());
}

void fill_line(const json::object& object, v1::InvoiceLine& line) {
    line.set_id(text_at(object, "id"));
    line.set_kind(text_at(object, "kind"));
    line.set_invoice_item_id(text_at(object, "invoice_item_id"));
    line.set_subscription_id(text_at(object, "subscription_id"));
    line.set_subscription_item_id(text_at(object, "subscription_item_id"));
    line.set_price_id(text_at(object, "price_id"));
    line.set_product_id(text_at(object, "product_id"));
    line.set_description(text_at(object, "description"));
    line.set_amount_minor(integer_at(object, "amount_minor"));
    line.set_currency(text_at(object, "currency"));
    line.set_quantity(integer_at(object, "quantity"));
    line.set_proration(object.contains("proration"));
    if (object.contains("period_start")) line.mutable_period_start()->set_seconds(integer_at(object, "period_start"));
    if (object.contains("period_end")) line.mutable_period_end()->set_seconds(integer_at(object, "period_end"));
    if (const auto* metadata = object.if_contains("metadata")) fill(metadata->as_object(), *line.mutable_metadata());
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
    fill(document.as_object(), *invoice.mutable_metadata());
}

}  // namespace quittance::invoice_store
