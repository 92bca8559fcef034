#include "quittancectl/output.hpp"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <iostream>

#include "rpc/status.hpp"

namespace quittance::quittancectl {
namespace {

constexpr std::size_t kWidest = 60;

// Without control characters, which a terminal could obey.
std::string printable(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
    if (text.size() > kWidest) text = text.substr(0, kWidest - 3) + "...";
    return text;
}

void print_row(std::ostream& out, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto cell = printable(cells[i]);
        line += cell;
        if (i + 1 < cells.size()) line.append(widths[i] - cell.size() + 2, ' ');
    }
    out << line << "\n";
}

}  // namespace

void Table::print(std::ostream& out) const {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < head_.size(); ++i) {
        auto width = head_[i].size();
        for (const auto& row : rows_) width = std::max(width, printable(row[i]).size());
        widths.push_back(width);
    }
    print_row(out, head_, widths);
    for (const auto& row : rows_) print_row(out, row, widths);
}

std::string json_of(const google::protobuf::Message& message) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    options.always_print_primitive_fields = true;
    std::string text;
    if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok())
        throw std::runtime_error("a reply cannot be printed as JSON");
    return text;
}

std::string shown(const google::protobuf::Timestamp& time) {
    if (time.seconds() == 0 && time.nanos() == 0) return "";
    google::protobuf::Timestamp seconds = time;
    seconds.set_nanos(0);
    auto text = google::protobuf::util::TimeUtil::ToString(seconds);
    std::replace(text.begin(), text.end(), 'T', ' ');
    if (!text.empty() && text.back() == 'Z') text.pop_back();
    return text;
}

ExitCode report(const grpc::Status& status) {
    std::cerr << "quittancectl: " << status.error_message() << " (" << rpc::code_name(status.error_code()) << ")\n";
    const auto detail = rpc::detail_of(status);
    for (const auto& field : detail.fields()) std::cerr << "  " << field.field() << " " << field.message() << "\n";
    switch (status.error_code()) {
        case grpc::StatusCode::NOT_FOUND:
            return kNotFound;
        case grpc::StatusCode::UNAVAILABLE:
        case grpc::StatusCode::DEADLINE_EXCEEDED:
        case grpc::StatusCode::RESOURCE_EXHAUSTED:
            return kUnavailable;
        case grpc::StatusCode::INVALID_ARGUMENT:
            return kUsage;
        default:
            return kFailed;
    }
}

}  // namespace quittance::quittancectl
