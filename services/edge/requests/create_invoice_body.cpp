#include "edge/requests/create_invoice_body.hpp"

#include "edge/requests/duplicate_members.hpp"

namespace quittance::edge {
namespace {

namespace json = boost::json;

class Reader {
  public:
    explicit Reader(CreateInvoiceBody& result) : result_(result) {}

    void read(const json::object& body) {
        bool has_customer = false;
        bool has_items = false;
        auto& request = result_.request;
        for (const auto& [key, value] : body) {
            if (key == "customer") {
                has_customer = true;
                read_text("customer", value, *request.mutable_stripe_customer_id());
            } else if (key == "items") {
                has_items = true;
                read_items(value);
            } else if (key == "paymentMethod") {
                read_optional_text("paymentMethod", value, *request.mutable_payment_method_id());
            } else if (key == "currency") {
                read_optional_text("currency", value, *request.mutable_currency());
            } else if (key == "description") {
                read_optional_text("description", value, *request.mutable_description());
            } else if (key == "footer") {
                read_optional_text("footer", value, *request.mutable_footer());
            } else if (key == "metadata") {
                read_metadata(value);
            } else if (key == "collect") {
                read_collect(value);
            } else {
                fail(std::string(key), "is not a field of this request");
            }
        }
        if (!has_customer) fail("customer", "must be given");
        if (!has_items) fail("items", "must be given");
    }

  private:
    void fail(std::string_view field, std::string_view message) { result_.add(field, message); }

    bool read_text(const std::string& field, const json::value& value, std::string& out) {
        const auto* text = value.if_string();
        if (text == nullptr) {
            fail(field, "must be a string");
            return false;
        }
        out.assign(text->data(), text->size());
        if (is_blank(out)) {
            fail(field, "must not be blank");
            return false;
        }
        return true;
    }

    void read_optional_text(const std::string& field, const json::value& value, std::string& out) {
        if (!value.is_null()) read_text(field, value, out);
    }

    void read_amount(const std::string& field, const json::value& value, v1::CreateInvoiceItem& item) {
        if (const auto* number = value.if_int64())
            item.set_amount_minor(*number);
        else if (value.is_uint64())
            fail(field, "is too large");
        else
            fail(field, "must be an integer in the currency's minor unit");
    }

    void read_items(const json::value& value) {
        const auto* items = value.if_array();
        if (items == nullptr) {
            fail("items", "must be an array");
            return;
        }
        for (std::size_t i = 0; i < items->size(); ++i) {
            const auto place = "items[" + std::to_string(i) + "]";
            const auto* item = (*items)[i].if_object();
            auto& line = *result_.request.add_items();
            if (item == nullptr) {
                fail(place, "must be an object with name and amount");
                continue;
            }
            bool has_name = false;
            bool has_amount = false;
            for (const auto& [key, member] : *item) {
                if (key == "name") {
                    has_name = true;
                    read_text(place + ".name", member, *line.mutable_name());
                } else if (key == "amount") {
                    has_amount = true;
                    read_amount(place + ".amount", member, line);
                } else {
                    fail(place + "." + std::string(key), "is not a field of an item");
                }
            }
            if (!has_name) fail(place + ".name", "must be given");
            if (!has_amount) fail(place + ".amount", "must be given");
        }
    }

    void read_metadata(const json::value& value) {
        if (value.is_null()) return;
        const auto* metadata = value.if_object();
        if (metadata == nullptr) {
            fail("metadata", "must be an object of strings");
            return;
        }
        for (const auto& [key, member] : *metadata) {
            if (member.is_null()) continue;
            const auto* text = member.if_string();
            if (text == nullptr)
                fail("metadata." + std::string(key), "must be a string");
            else
                (*result_.request.mutable_metadata())[std::string(key)] = std::string(*text);
        }
    }

    void read_collect(const json::value& value) {
        if (value.is_null()) return;
        const auto* word = value.if_string();
        if (word != nullptr && *word == "now")
            result_.request.set_collect(v1::CreateInvoiceRequest::COLLECT_NOW);
        else if (word != nullptr && *word == "later")
            result_.request.set_collect(v1::CreateInvoiceRequest::COLLECT_LATER);
        else
            fail("collect", "must be now or later");
    }

    CreateInvoiceBody& result_;
};

}  // namespace

CreateInvoiceBody read_create_body(std::string_view body) {
    constexpr std::size_t kDeepest = 8;
    CreateInvoiceBody result;
    json::value document;
    const auto* object = parse_object(body, kDeepest, document, result);
    if (object == nullptr) return result;
    // Wrapped: exactly one member `data`, so that a stray `data` in a bare request is an unknown field.
    constexpr std::string_view kInside = "data.";
    const bool wrapped = object->size() == 1 && object->contains("data");
    const auto duplicates = duplicate_members(body);
    for (std::string_view path : duplicates.paths) {
        if (wrapped && path.starts_with(kInside)) path.remove_prefix(kInside.size());
        result.add(path, "is given more than once");
    }
    result.errors_omitted += duplicates.omitted;
    if (wrapped) object = object->at("data").if_object();
    if (object == nullptr)
        result.add("data", "must be an object");
    else
        Reader(result).read(*object);
    return result;
}

}  // namespace quittance::edge
