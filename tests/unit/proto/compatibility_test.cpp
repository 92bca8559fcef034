// Callers of one version meet services of another in every rollout. So nothing that a released version sends may change
// its number, type or meaning: each line of tests/data/proto/VERSION.txt must still be true. A field may go if its
// number and its name are reserved. With QUITTANCE_WRITE_PROTO=VERSION the test writes the list of a new release.
#include <google/protobuf/descriptor.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "quittance/v1/error.pb.h"
#include "quittance/v1/invoice_store.pb.h"
#include "quittance/v1/stripe_gateway.pb.h"

namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using Lines = std::set<std::string>;

std::string type_of(const FieldDescriptor& field) {
    std::string type = field.type_name();
    if (field.message_type() != nullptr) type = field.message_type()->full_name();
    if (field.enum_type() != nullptr) type = field.enum_type()->full_name();
    if (field.is_repeated()) type = "repeated " + type;
    if (field.real_containing_oneof() != nullptr) type += " in oneof " + field.real_containing_oneof()->name();
    if (field.has_optional_keyword()) type = "optional " + type;
    return type;
}

void list_enum(const EnumDescriptor& type, Lines& lines) {
    for (int i = 0; i < type.value_count(); ++i)
        lines.insert("enum " + type.full_name() + ": " + std::to_string(type.value(i)->number()) + " " +
                     type.value(i)->name());
}

void list_message(const Descriptor& type, Lines& lines) {
    lines.insert("message " + type.full_name());
    for (int i = 0; i < type.field_count(); ++i)
        lines.insert("message " + type.full_name() + ": " + std::to_string(type.field(i)->number()) + " " +
                     type.field(i)->name() + " " + type_of(*type.field(i)));
    for (int i = 0; i < type.nested_type_count(); ++i) list_message(*type.nested_type(i), lines);
    for (int i = 0; i < type.enum_type_count(); ++i) list_enum(*type.enum_type(i), lines);
}

void list_file(const FileDescriptor& file, Lines& lines) {
    for (int i = 0; i < file.message_type_count(); ++i) list_message(*file.message_type(i), lines);
    for (int i = 0; i < file.enum_type_count(); ++i) list_enum(*file.enum_type(i), lines);
    for (int s = 0; s < file.service_count(); ++s)
        for (int m = 0; m < file.service(s)->method_count(); ++m) {
            const auto& method = *file.service(s)->method(m);
            lines.insert("method " + method.full_name() + ": " + (method.client_streaming() ? "stream " : "") +
                         method.input_type()->full_name() + " to " + (method.server_streaming() ? "stream " : "") +
                         method.output_type()->full_name());
        }
}

Lines present_lines() {
    Lines lines;
    for (const auto* file :
         {quittance::v1::Invoice::descriptor()->file(), quittance::v1::ListInvoicesRequest::descriptor()->file(),
          quittance::v1::CreateInvoiceRequest::descriptor()->file(), quittance::v1::ErrorDetail::descriptor()->file()})
        list_file(*file, lines);
    return lines;
}

// `line`: "message FULL.NAME: NUMBER NAME TYPE" that is not true any more.
bool is_reserved(const std::string& line) {
    const auto colon = line.find(": ");
    if (!line.starts_with("message ") || colon == std::string::npos) return false;
    const auto* type =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(line.substr(8, colon - 8));
    if (type == nullptr) return false;
    const auto number_end = line.find(' ', colon + 2);
    const auto name = line.substr(number_end + 1, line.find(' ', number_end + 1) - number_end - 1);
    return type->IsReservedNumber(std::stoi(line.substr(colon + 2))) && type->IsReservedName(name);
}

const std::filesystem::path kVersions = QUITTANCE_TEST_DATA "/proto";

}  // namespace

TEST_CASE("what a released version sends is still understood") {
    const auto lines = present_lines();
    REQUIRE(lines.size() > 200);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread is there
    if (const char* version = std::getenv("QUITTANCE_WRITE_PROTO"); version != nullptr) {
        std::ofstream file(kVersions / (std::string(version) + ".txt"));
        for (const auto& line : lines) file << line << '\n';
    }
    int versions = 0;
    for (const auto& version : std::filesystem::directory_iterator(kVersions)) {
        INFO(version.path().filename().string());
        std::ifstream file(version.path());
        int known = 0;
        for (std::string line; std::getline(file, line); ++known) {
            INFO("not true any more: " << line);
            CHECK((lines.contains(line) || is_reserved(line)));
        }
        CHECK(known > 200);
        ++versions;
    }
    CHECK(versions > 0);
}
