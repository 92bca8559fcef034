// Configuration from flags and environment variables of the same names: STRIPE_API_BASE is also --stripe-api-base, a
// flag wins. A secret is no flag, because everybody on the machine can read command lines. It is also read from the
// file that NAME_FILE names. Whatever is wrong or missing stops the start with a sentence that names it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace quittance::runtime {

enum class Kind { kPlain, kSecret };

struct Setting {
    std::string_view name;  // "STRIPE_API_BASE"
    std::string_view help;  // one sentence, with the unit and the range
    // Unset: must be given. Set to "": optional.
    std::optional<std::string_view> default_value;
    Kind kind = Kind::kPlain;
};

struct ConfigurationError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Configuration {
  public:
    // Reads all settings; throws ConfigurationError for an unknown flag, a flag without a value, the flag of a secret,
    // a setting without default that is nowhere given, an unreadable _FILE, or both NAME and NAME_FILE.
    // --help prints `about` and every setting and exits with 0; --version prints the version and exits with 0;
    // --check-ready asks a running copy (ready_check.hpp) and exits with the answer.
    static Configuration read(std::string_view program, std::string_view about, std::span<const Setting> settings,
                              int argc, const char* const* argv);

    const std::string& text(std::string_view name) const;     // "" where optional and not given; never of a secret
    const base::Secret& secret(std::string_view name) const;  // of a secret alone
    // The file that NAME_FILE named and the value came from; "" where it came from elsewhere.
    const std::string& secret_file(std::string_view name) const;
    // Decimal digits only. Throws ConfigurationError outside [least, most].
    std::int64_t integer(std::string_view name, std::int64_t least, std::int64_t most) const;
    bool boolean(std::string_view name) const;  // "true" or "false"
    // Throws unless one of `words`.
    const std::string& one_of(std::string_view name, std::initializer_list<std::string_view> words) const;
    // Split at commas, blanks trimmed, empty parts left out.
    std::vector<std::string> list(std::string_view name) const;

  private:
    struct Value {
        std::string name;
        std::string text;     // of a plain setting
        base::Secret secret;  // of a secret
        Kind kind;
        std::string file;
    };
    const Value& find(std::string_view name, Kind kind) const;

    std::vector<Value> values_;
};

// What the file of a secret holds, up to 64 KiB, without line ends behind it. Throws ConfigurationError, which names
// the setting and the path.
base::Secret read_secret_file(std::string_view name, const std::string& path);

// The parts of a secret as Configuration::list: split at commas, blanks trimmed, empty parts left out.
std::vector<base::Secret> split_secrets(const base::Secret& list);

// The settings that every service has: METRICS_LISTEN, LOG_…, DRAIN_SECONDS, ALLOW_DUMPS and OTEL_….
std::span<const Setting> common_settings();
std::vector<Setting> with_common_settings(std::span<const Setting> settings);

}  // namespace quittance::runtime
