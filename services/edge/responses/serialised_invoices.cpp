#include "edge/responses/serialised_invoices.hpp"

#include <google/protobuf/wire_format_lite.h>

#include <stdexcept>

namespace quittance::edge {

bool has_invoices(const v1::ListInvoicesResponse& list) {
    return !list.invoices().empty() || !list.serialised_invoices().empty();
}

ListedInvoices::ListedInvoices(const v1::ListInvoicesResponse& list)
    : list_(list),
      serialised_(reinterpret_cast<const std::uint8_t*>(list.serialised_invoices().data()),
                  static_cast<int>(list.serialised_invoices().size())),
      invoice_(google::protobuf::Arena::CreateMessage<v1::Invoice>(&arena_)) {}

const v1::Invoice* ListedInvoices::next() {
    using google::protobuf::internal::WireFormatLite;
    constexpr auto kTag = WireFormatLite::MakeTag(v1::ListInvoicesResponse::kInvoicesFieldNumber,
                                                  WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
    if (given_ < list_.invoices_size()) return &list_.invoices(given_++);
    const void* bytes = nullptr;
    int left = 0;
    if (!serialised_.GetDirectBufferPointer(&bytes, &left)) return nullptr;
    std::uint32_t size = 0;
    if (serialised_.ReadTag() != kTag || !serialised_.ReadVarint32(&size))
        throw std::runtime_error("the store's list cannot be read");
    const bool there = serialised_.GetDirectBufferPointer(&bytes, &left) || size == 0;
    if (!there || size > static_cast<std::uint32_t>(left) || !invoice_->ParseFromArray(bytes, static_cast<int>(size)))
        throw std::runtime_error("an invoice of the store's list cannot be read");
    serialised_.Skip(static_cast<int>(size));
    return invoice_;
}

}  // namespace quittance::edge
