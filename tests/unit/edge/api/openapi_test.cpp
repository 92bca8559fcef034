// The code and the OpenAPI document have the same routes with the same credentials and parameters. Every reference in
// the document has a target.
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "edge/api/admin_api.hpp"
#include "edge/api/billing_api.hpp"
#include "edge/api/client_api.hpp"
#include "edge/api/docs_page.hpp"
#include "edge/api/document_api.hpp"
#include "edge/api/invoice_actions.hpp"

using namespace quittance;
namespace json = boost::json;

namespace {

using Operations = std::set<std::string>;

template <class Table>
void add(Operations& operations, const Table& table) {
    for (const auto& route : table) operations.insert(std::string(route.method) + " " + std::string(route.pattern));
}

Operations in_code() {
    Operations operations;
    add(operations, edge::kAdminRoutes);
    add(operations, edge::kInvoiceActionRoutes);
    add(operations, edge::kClientRoutes);
    add(operations, edge::kBillingRoutes);
    add(operations, edge::kDocumentRoutes);
    add(operations, edge::kDocsRoutes);
    return operations;
}

// The requirement that the document has for a credential.
json::array security_of(const edge::Credential& credential, edge::Right right) {
    const json::object api_key{{"ApiKey", json::array{edge::word_of(right).data()}}};
    switch (credential.kind) {
        case edge::Credential::Kind::kApiKey:
            return {api_key};
        case edge::Credential::Kind::kTokenOfTeam:
            return {json::object{{"Bearer", json::array()}}};
        case edge::Credential::Kind::kApiKeyOrTokenWithScope:
            return {json::object{{"Bearer", json::array{json::string_view(credential.scope)}}}, api_key};
    }
    return {};
}

json::object document() {
    const auto text = edge::openapi_document();
    return json::parse(json::string_view(text.data(), text.size())).as_object();
}

std::string upper(std::string_view text) {
    std::string out;
    for (const char c : text) out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    return out;
}

Operations in_document(const json::object& root) {
    Operations operations;
    for (const auto& path : root.at("paths").as_object())
        for (const auto& method : path.value().as_object())
            operations.insert(upper(method.key()) + " " + std::string(path.key()));
    return operations;
}

void check_references(const json::value& value, const json::value& root) {
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object) {
            if (member.key() == "$ref") {
                const auto pointer = member.value().as_string().subview(1);
                boost::system::error_code missing;
                INFO(pointer);
                CHECK(root.find_pointer(pointer, missing) != nullptr);
            } else {
                check_references(member.value(), root);
            }
        }
    } else if (const auto* array = value.if_array()) {
        for (const auto& entry : *array) check_references(entry, root);
    }
}

// The {names} of a path, in order.
std::vector<std::string> names_in(std::string_view path) {
    std::vector<std::string> names;
    for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1))
        names.emplace_back(path.substr(open + 1, path.find('}', open) - open - 1));
    return names;
}

// The names of an operation's parameters in `place` ("path" or "query"), in the document's order.
std::vector<std::string> described(const json::value& root, const json::value& operation, std::string_view place) {
    std::vector<std::string> names;
    const auto* list = operation.as_object().if_contains("parameters");
    if (list == nullptr) return names;
    for (const auto& entry : list->as_array()) {
        boost::system::error_code missing;
        const auto* parameter = root.find_pointer(entry.at("$ref").as_string().subview(1), missing);
        REQUIRE(parameter != nullptr);
        if (parameter->at("in") == json::string_view(place.data(), place.size()))
            names.emplace_back(parameter->at("name").as_string());
    }
    return names;
}

// The query parameters of each list. Other operations have none.
std::vector<std::string> query_parameters_in_code(std::string_view operation) {
    const auto names = [](const auto& table) { return std::vector<std::string>(table.begin(), table.end()); };
    if (operation == "GET /admin/api/invoices") return names(edge::kAdminListParameters);
    if (operation == "GET /api/teams/{id}/billing-history") return names(edge::kHistoryParameters);
    if (operation == "GET /billing/v1/invoices") return names(edge::kBillingListParameters);
    return {};
}

}  // namespace

TEST_CASE("code and document have the same operations") {
    CHECK(in_code() == in_document(document()));
}

TEST_CASE("every reference of the document has a target") {
    const json::value root = document();
    check_references(root, root);
}

TEST_CASE("code and document ask for the same credentials") {
    std::map<std::string, json::array> in_code;
    const auto add = [&in_code](const auto& table) {
        for (const auto& route : table)
            in_code.emplace(std::string(route.method) + " " + std::string(route.pattern),
                            security_of(route.credential, route.right));
    };
    add(edge::kAdminRoutes);
    add(edge::kInvoiceActionRoutes);
    add(edge::kClientRoutes);
    add(edge::kBillingRoutes);
    for (const auto* open : {"GET /openapi.json", "GET /docs", "GET /docs/{file}"})
        in_code.emplace(open, json::array());
    const auto root = document();
    for (const auto& path : root.at("paths").as_object()) {
        for (const auto& method : path.value().as_object()) {
            const auto operation = upper(method.key()) + " " + std::string(path.key());
            INFO(operation);
            REQUIRE(in_code.contains(operation));
            CHECK(method.value().at("security").as_array() == in_code.at(operation));
        }
    }
}

TEST_CASE("code and document have the same parameters in path and query") {
    const json::value root = document();
    for (const auto& path : root.at("paths").as_object()) {
        for (const auto& method : path.value().as_object()) {
            const auto operation = upper(method.key()) + " " + std::string(path.key());
            INFO(operation);
            CHECK(described(root, method.value(), "path") == names_in(path.key()));
            CHECK(described(root, method.value(), "query") == query_parameters_in_code(operation));
        }
    }
}
