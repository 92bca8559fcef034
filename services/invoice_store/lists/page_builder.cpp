#include "invoice_store/lists/page_builder.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <array>
#include <stdexcept>

#include "invoice_store/invoices/columns.hpp"
#include "invoice_store/invoices/list_projection.hpp"
#include "invoice_store/lists/page_token.hpp"

namespace quittance::invoice_store {
namespace {

// Appends a serialised invoice as an element of ListInvoicesResponse.invoices.
// https://protobuf.dev/programming-guides/encoding/#length-types
void append_field(std::string& fields, const std::string& bytes) {
    using google::protobuf::internal::WireFormatLite;
    using Stream = google::protobuf::io::CodedOutputStream;
    constexpr std::size_t kLongestHead = 10;  // a tag and a length, of 32 bits each
    std::array<std::uint8_t, kLongestHead> head;
    auto* end = Stream::WriteTagToArray(WireFormatLite::MakeTag(v1::ListInvoicesResponse::kInvoicesFieldNumber,
                                                                WireFormatLite::WIRETYPE_LENGTH_DELIMITED),
                                        head.data());
    end = Stream::WriteVarint32ToArray(static_cast<std::uint32_t>(bytes.size()), end);
    fields.append(head.data(), end);
    fields += bytes;
}

}  // namespace

RowOutcome PageBuilder::add(const pqxx::row& row, int first_column) {
    if (added_ == page_.limit - 1) {
        response_.set_next_page_token(make_page_token(last_id(), request_));
        return RowOutcome::kNextPage;
    }
    const bool added = request_.serialised() ? add_serialised(row, first_column) : add_message(row, first_column);
    if (!added) return RowOutcome::kNoProjection;
    ++added_;
    return RowOutcome::kAdded;
}

bool PageBuilder::add_message(const pqxx::row& row, int first_column) {
    auto& invoice = *response_.add_invoices();
    if (page_.by_projection) return ListProjection::read(row, first_column, bytes_) && invoice.ParseFromString(bytes_);
    read_invoice(row, first_column, page_.view, invoice);
    return true;
}

bool PageBuilder::add_serialised(const pqxx::row& row, int first_column) {
    if (!page_.by_projection)
        bytes_ = read_invoice(row, first_column, page_.view).SerializeAsString();
    else if (!ListProjection::read(row, first_column, bytes_))
        return false;
    auto& fields = *response_.mutable_serialised_invoices();
    constexpr std::size_t kMargin = 64;  // the next invoices may be longer than the first
    if (added_ == 0) fields.reserve((bytes_.size() + kMargin) * static_cast<std::size_t>(page_.limit - 1));
    append_field(fields, bytes_);
    return true;
}

std::string PageBuilder::last_id() const {
    if (!request_.serialised()) return response_.invoices(added_ - 1).id();
    v1::Invoice last;
    if (!last.ParseFromString(bytes_)) throw std::runtime_error("a list projection does not hold an invoice");
    return last.id();
}

}  // namespace quittance::invoice_store
