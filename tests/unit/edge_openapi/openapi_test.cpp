// The routes in the code and those in the OpenAPI document are the same, and every reference in it leads somewhere.
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <set>

#include "edge/admin_api.hpp"
#include "edge/billing_api.hpp"
#include "edge/client_api.hpp"
#include "edge/document_api.hpp"

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
    add(operations, edge::kClientRoutes);
    add(operations, edge::kBillingRoutes);
    add(operations, edge::kDocumentRoutes);
    return operations;
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

}  // namespace

TEST_CASE("code and document have the same operations") {
    CHECK(in_code() == in_document(document()));
}

TEST_CASE("every reference of the document leads somewhere") {
    const json::value root = document();
    check_references(root, root);
}

TEST_CASE("every parameter of a path is described") {
    const json::value root = document();
    for (const auto& path : root.at("paths").as_object()) {
        for (const auto& method : path.value().as_object()) {
            std::vector<std::string> described;
            if (const auto* list = method.value().as_object().if_contains("parameters")) {
                for (const auto& entry : list->as_array()) {
                    boost::system::error_code missing;
                    const auto* parameter = root.find_pointer(entry.at("$ref").as_string().subview(1), missing);
                    REQUIRE(parameter != nullptr);
                    if (parameter->at("in") == "path") described.emplace_back(parameter->at("name").as_string());
                }
            }
            INFO(path.key());
            CHECK(described == names_in(path.key()));
        }
    }
}
