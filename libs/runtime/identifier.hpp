// Random identifiers.
#pragma once

#include <string>
#include <string_view>

namespace quittance::runtime {

// 32 lower-case hex digits, from the operating system's random source; never repeats.
std::string random_hex_128();

// `given` if it may stand in a log line as it is (1 to 128 characters of A-Z a-z 0-9 - _ . :), else a new one.
std::string request_id_or_new(std::string_view given);

}  // namespace quittance::runtime
