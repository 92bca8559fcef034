// key new: makes an API key for the edge, and the entry with its hash. Only the output of this command has the key.
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <stdexcept>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "quittancectl/command_line.hpp"

namespace quittance::quittancectl {
namespace {

constexpr std::size_t kLongestName = 64;
// As many bits as the hash that stands for the key.
constexpr std::size_t kKeyBytes = 32;
// Tools that look for secrets in texts find the key by this.
constexpr std::string_view kPrefix = "qtk_";

struct KeyOptions {
    std::string name;
    std::vector<std::string> rights;
};

CLI::Validator name_rule() {
    return {[](std::string& text) {
                const bool fits =
                    !text.empty() && text.size() <= kLongestName && std::all_of(text.begin(), text.end(), [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                               c == '_' || c == '.';
                    });
                return fits ? std::string() : "must be 1 to 64 letters, digits, '-', '_' and '.'";
            },
            "NAME"};
}

std::string random_key() {
    std::array<unsigned char, kKeyBytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("the operating system gives no random bytes");
    return std::string(kPrefix) + base::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

boost::asio::awaitable<ExitCode> print_key(const KeyOptions& options, bool json) {
    const auto key = random_key();
    auto entry = options.name + ":" + base::sha256_hex(key);
    for (std::size_t i = 0; i < options.rights.size(); ++i) entry += (i == 0 ? ":" : "+") + options.rights[i];
    if (json)
        std::cout << boost::json::serialize(boost::json::object{{"name", options.name}, {"key", key}, {"entry", entry}})
                  << "\n";
    else
        std::cout << "key (shown only now):          " << key << "\n"
                  << "entry of ADMIN_API_KEY_HASHES: " << entry << "\n";
    co_return kDone;
}

}  // namespace

void add_key_command(CLI::App& app, CommandLine& line) {
    auto options = std::make_shared<KeyOptions>();
    auto* keys = app.add_subcommand("key", "API keys of the edge");
    keys->require_subcommand(1);
    auto* command = keys->add_subcommand("new", "Makes an API key and the entry with its hash");
    command->add_option("NAME", options->name, "Name of the key, as the log and the metrics show it")
        ->required()
        ->check(name_rule());
    command->add_option("--may", options->rights, "Rights, comma-separated: read, write, audit. Without it: all")
        ->delimiter(',')
        ->check(CLI::IsMember({"read", "write", "audit"}));
    command->callback([&line, options] {
        line.calls_services = false;
        line.command = [&line, options](Services&) { return print_key(*options, line.json); };
    });
}

}  // namespace quittance::quittancectl
