// Percent-encoding (RFC 3986, section 2.1), by Boost.URL.
#pragma once

#include <string>
#include <string_view>

namespace quittance::base {

// Decodes %XX, and '+' as a space if asked: only in query strings and forms. False where a '%' is not followed by two
// hex digits; `out` is then unspecified.
bool percent_decode(std::string_view text, bool plus_is_space, std::string& out);

// Appends `text` with every byte escaped that is no ASCII letter or digit and none of "-._~".
void append_percent_encoded(std::string& out, std::string_view text);

}  // namespace quittance::base
