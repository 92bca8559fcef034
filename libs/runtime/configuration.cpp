#include "runtime/configuration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "runtime/ready_check.hpp"

namespace quittance::runtime {
namespace {

constexpr std::string_view kVersion = "0.1.0";

constexpr std::array<Setting, 8> kCommon{{
    {"METRICS_LISTEN", "HOST:PORT of /healthz, /readyz and /metrics; port 0 takes a free one.", "127.0.0.1:0"},
    {"LOG_LEVEL", "trace, debug, info, warn or error.", "info"},
    {"LOG_FORMAT", "text or json.", "text"},
    {"DRAIN_SECONDS", "How long a stop may take to finish what was accepted, 1 to 600.", "20"},
    {"ALLOW_DUMPS", "true: core dumps and debuggers may read this process's memory, secrets included; false.", "false"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT",
     "URL of a collector of OpenTelemetry that takes traces by OTLP over HTTP, http://HOST:4318. Empty: no traces.",
     ""},
    {"OTEL_EXPORTER_OTLP_CERTIFICATE",
     "File with the CA of an https:// collector. Empty: the system's certificate authorities.", ""},
    {"OTEL_TRACES_SAMPLER_ARG",
     "Share of the traces that begin here which are recorded, 0 to 1. A caller's traceparent decides about its own.",
     "1"},
}};

// STRIPE_API_BASE -> --stripe-api-base
std::string flag_of(std::string_view name) {
    std::string flag = "--";
    for (const char c : name)
        flag.push_back(c == '_' ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
    return flag;
}

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): read before any thread starts
    if (value == nullptr) return std::nullopt;
    return std::string(value);
}

void print_help(std::string_view program, std::string_view about, std::span<const Setting> settings) {
    std::cout << "Usage: " << program << " [--name value | --name=value] ...\n\n"
              << about << "\n\n"
              << "Each setting is a flag or an environment variable; the flag wins. A secret is no flag.\n\n";
    for (const auto& setting : settings) {
        if (setting.kind == Kind::kSecret)
            std::cout << "  " << setting.name << " (secret; also from the file that " << setting.name << "_FILE names)";
        else
            std::cout << "  " << flag_of(setting.name) << "  " << setting.name;
        std::cout << "\n      " << setting.help;
        if (!setting.default_value)
            std::cout << " Must be given.";
        else if (!setting.default_value->empty())
            std::cout << " Default: " << *setting.default_value << ".";
        std::cout << "\n";
    }
    std::cout
        << "  --check-ready\n"
        << "      Asks /readyz of the running service at METRICS_LISTEN (environment); exits with 0 if it is ready.\n"
        << "  --help, --version\n";
}

// The file that holds the value of a secret.
std::optional<std::string> file_of(const Setting& setting) {
    if (setting.kind != Kind::kSecret) return std::nullopt;
    auto path = environment(std::string(setting.name) + "_FILE");
    if (!path || path->empty()) return std::nullopt;
    return path;
}

// From the environment, else the default.
std::string value_of(const Setting& setting) {
    if (auto value = environment(std::string(setting.name))) return *value;
    if (!setting.default_value)
        throw ConfigurationError(std::string(setting.name) + " is not set and has no default (" +
                                 std::string(setting.help) + ")");
    return std::string(*setting.default_value);
}

base::Secret secret_of(const Setting& setting, const std::optional<std::string>& file) {
    if (!file) return value_of(setting);
    const std::string name(setting.name);
    const auto value = environment(name);
    if (value && !value->empty()) throw ConfigurationError(name + " and " + name + "_FILE are both given; use one");
    return read_secret_file(name, *file);
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    std::istringstream stream(list);
    for (std::string part; std::getline(stream, part, ',');) {
        const auto first = part.find_first_not_of(" \t\r\n");
        if (first == std::string::npos) continue;
        parts.push_back(part.substr(first, part.find_last_not_of(" \t\r\n") - first + 1));
    }
    return parts;
}

// The message has no value: somebody may have typed the secret there.
void refuse_flag_of_secret(const Setting& setting) {
    const std::string name(setting.name);
    throw ConfigurationError(flag_of(name) +
                             ": a secret is no flag, because everybody on the machine can read it; set " + name +
                             " or " + name + "_FILE in the environment");
}

}  // namespace

base::Secret read_secret_file(std::string_view name, const std::string& path) {
    constexpr std::size_t kLargestSecret = 64 * 1024;
    std::ifstream file(path, std::ios::binary);
    // Read by size: a directory opens like a file, and only the read tells.
    std::string value(kLargestSecret + 1, '\0');
    if (file) file.read(value.data(), static_cast<std::streamsize>(value.size()));
    if (!file.is_open() || file.bad()) throw ConfigurationError(std::string(name) + "_FILE: cannot read " + path);
    value.resize(static_cast<std::size_t>(file.gcount()));
    if (value.size() > kLargestSecret) throw ConfigurationError(std::string(name) + "_FILE: larger than 64 KiB");
    while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
    return value;
}

std::vector<base::Secret> split_secrets(const base::Secret& list) {
    const auto parts = split(list.reveal());
    return {parts.begin(), parts.end()};
}

Configuration Configuration::read(std::string_view program, std::string_view about, std::span<const Setting> settings,
                                  int argc, const char* const* argv) {
    std::vector<std::optional<std::string>> flags(settings.size());
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--help") {
            print_help(program, about, settings);
            std::exit(0);  // NOLINT(concurrency-mt-unsafe): no other thread yet
        }
        if (argument == "--version") {
            std::cout << program << " " << kVersion << "\n";
            std::exit(0);  // NOLINT(concurrency-mt-unsafe): no other thread yet
        }
        if (argument == "--check-ready") {
            const int code = check_ready(environment("METRICS_LISTEN").value_or(""));
            std::exit(code);  // NOLINT(concurrency-mt-unsafe): no other thread yet
        }
        const auto equals = argument.find('=');
        const auto name = argument.substr(0, equals);
        const auto found =
            std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return flag_of(s.name) == name; });
        if (found == settings.end()) throw ConfigurationError(name + " is not a setting; --help lists them");
        if (found->kind == Kind::kSecret) refuse_flag_of_secret(*found);
        auto& flag = flags[static_cast<std::size_t>(found - settings.begin())];
        if (equals != std::string::npos)
            flag = argument.substr(equals + 1);
        else if (i + 1 < argc)
            flag = argv[++i];
        else
            throw ConfigurationError(name + " needs a value");
    }
    Configuration configuration;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        const auto& setting = settings[i];
        const auto file = file_of(setting);
        Value value{std::string(setting.name), {}, {}, setting.kind, file.value_or("")};
        if (setting.kind == Kind::kSecret)
            value.secret = secret_of(setting, file);
        else
            value.text = flags[i] ? *flags[i] : value_of(setting);
        if (value.text.empty() && value.secret.empty() && !setting.default_value)
            throw ConfigurationError(value.name + " is empty (" + std::string(setting.help) + ")");
        configuration.values_.push_back(std::move(value));
    }
    return configuration;
}

const Configuration::Value& Configuration::find(std::string_view name, Kind kind) const {
    for (const auto& value : values_)
        if (value.name == name && value.kind == kind) return value;
    throw std::logic_error("no such setting of this kind: " + std::string(name));
}

const std::string& Configuration::text(std::string_view name) const {
    return find(name, Kind::kPlain).text;
}

const base::Secret& Configuration::secret(std::string_view name) const {
    return find(name, Kind::kSecret).secret;
}

const std::string& Configuration::secret_file(std::string_view name) const {
    return find(name, Kind::kSecret).file;
}

std::int64_t Configuration::integer(std::string_view name, std::int64_t least, std::int64_t most) const {
    const auto& value = text(name);
    std::int64_t number = 0;
    const auto* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc() || stop != end || value.empty() || number < least || number > most)
        throw ConfigurationError(std::string(name) + " must be a whole number from " + std::to_string(least) + " to " +
                                 std::to_string(most));
    return number;
}

bool Configuration::boolean(std::string_view name) const {
    return one_of(name, {"true", "false"}) == "true";
}

const std::string& Configuration::one_of(std::string_view name, std::initializer_list<std::string_view> words) const {
    const auto& value = text(name);
    std::string list;
    for (const auto word : words) {
        if (word == value) return value;
        list += (list.empty() ? "" : ", ") + std::string(word);
    }
    throw ConfigurationError(std::string(name) + " must be one of: " + list);
}

std::vector<std::string> Configuration::list(std::string_view name) const {
    return split(text(name));
}

std::span<const Setting> common_settings() {
    return kCommon;
}

std::vector<Setting> with_common_settings(std::span<const Setting> settings) {
    std::vector<Setting> all(settings.begin(), settings.end());
    all.insert(all.end(), kCommon.begin(), kCommon.end());
    return all;
}

}  // namespace quittance::runtime
