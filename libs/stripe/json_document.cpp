#include "stripe/json_document.hpp"

#include <boost/json/parser.hpp>
#include <memory>

namespace quittance::stripe {
namespace {

// Enough for the parsed form of about 80 KiB of JSON. Larger documents use the heap for the rest.
constexpr std::size_t kKeptBytes = 262'144;
constexpr std::size_t kParserBytes = 4'096;
constexpr std::size_t kDepth = 64;

unsigned char* kept_memory() {
    static thread_local const auto kMemory = std::make_unique<unsigned char[]>(kKeptBytes);
    return kMemory.get();
}

}  // namespace

JsonDocument::JsonDocument(std::string_view text) : memory_(kept_memory(), kKeptBytes) {
    boost::json::parse_options options;
    options.max_depth = kDepth;
    unsigned char scratch[kParserBytes];
    boost::json::parser parser(boost::json::storage_ptr(), options, scratch);
    parser.reset(&memory_);
    boost::system::error_code failure;
    parser.write(text.data(), text.size(), failure);
    if (!failure) value_.emplace(parser.release());
}

const boost::json::object* JsonDocument::object() const {
    return value_ ? value_->if_object() : nullptr;
}

}  // namespace quittance::stripe
