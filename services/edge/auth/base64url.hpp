// Base64 with the alphabet of URLs and without padding (RFC 7515, 2), as tokens and key sets use it.
#pragma once

#include <string>
#include <string_view>

namespace quittance::edge {

// False if the text is not base64url. `out` is undefined then.
bool decode_base64url(std::string_view text, std::string& out);

}  // namespace quittance::edge
