#include "base/percent.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace quittance::base {

namespace urls = boost::urls;

bool percent_decode(std::string_view text, bool plus_is_space, std::string& out) {
    const auto encoded = urls::make_pct_string_view({text.data(), text.size()});
    if (!encoded) return false;
    encoded->decode({plus_is_space}, urls::string_token::assign_to(out));
    return true;
}

void append_percent_encoded(std::string& out, std::string_view text) {
    urls::encode({text.data(), text.size()}, urls::unreserved_chars, {}, urls::string_token::append_to(out));
}

}  // namespace quittance::base
