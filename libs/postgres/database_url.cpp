#include "postgres/database_url.hpp"

#include <arpa/inet.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "runtime/configuration.hpp"

namespace quittance::postgres {
namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

Parameters given_in(const PQconninfoOption* options) {
    Parameters given;
    for (const auto* option = options; option != nullptr && option->keyword != nullptr; ++option)
        if (option->val != nullptr && *option->val != '\0') given[option->keyword] = option->val;
    return given;
}

// Kinds of what libpq complains about, by a part of its English text (fe-connect.c). We never set a locale.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kKinds{{
    {"forbidden value %00", "%00 is not allowed"},
    {"percent-encoded", "a percent sign is not followed by two hexadecimal digits; write %25 for the sign itself"},
    {"URI query parameter", "a parameter after the question mark is unknown, lacks its value or has two"},
    {"key/value separator", "a parameter after the question mark is unknown, lacks its value or has two"},
    {"IPv6 host address", "the brackets around an IPv6 address do not match"},
    {"unexpected character", "after an IPv6 address only a port or a path may follow"},
    {"after \"", "a name=value pair has no equals sign"},
    {"unterminated quoted string", "a quote is not closed"},
    {"invalid connection option", "it has a parameter that libpq does not know"},
}};

struct Parsed {
    std::optional<Parameters> parameters;
    std::string_view problem;
};

Parsed parse(const std::string& url) {
    char* complaint = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(url.c_str(), &complaint),
                                                                               &PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> release(complaint, &PQfreemem);
    if (options) return {given_in(options.get()), {}};
    const std::string_view words = complaint == nullptr ? "" : complaint;
    for (const auto& [part, kind] : kKinds)
        if (words.find(part) != std::string_view::npos) return {std::nullopt, kind};
    return {std::nullopt, "libpq cannot read it"};
}

// What libpq takes from the environment where a URL says nothing.
Parameters from_environment() {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconndefaults(), &PQconninfoFree);
    return given_in(options.get());
}

std::vector<std::string> parts_of(const std::string& list) {
    std::vector<std::string> parts;
    std::istringstream stream(list);
    for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
    return parts;
}

// A name is none but "localhost": "127.0.0.1.example.com" leads elsewhere.
bool is_loopback(const std::string& host) {
    in_addr address{};
    constexpr std::uint32_t kLoopback = 127;
    if (::inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24U == kLoopback;
    return host == "localhost" || host == "::1";
}

// An empty host is the default Unix socket.
bool is_local(const std::string& host) {
    return host.empty() || host.front() == '/' || host.front() == '@' || is_loopback(host);
}

bool is_known(const std::string& sslmode) {
    constexpr std::array<std::string_view, 5> kModes{"disable", "allow", "prefer", "require", "verify-ca"};
    return std::find(kModes.begin(), kModes.end(), sslmode) != kModes.end();
}

class Reading {
  public:
    Reading(std::string_view setting, Parameters given)
        : setting_(setting), given_(std::move(given)), environment_(from_environment()) {}

    // The parameter in effect; "" where neither the URL nor the environment has it.
    std::string effective(std::string_view name) const {
        if (const auto found = given_.find(name); found != given_.end()) return found->second;
        // Of the environment's values some are libpq's own defaults, such as sslmode=prefer.
        const auto found = environment_.find(name);
        return found == environment_.end() ? "" : found->second;
    }
    // sslmode where somebody chose it.
    std::string chosen_sslmode() const {
        if (const auto found = given_.find("sslmode"); found != given_.end()) return found->second;
        const auto found = environment_.find("sslmode");
        return found == environment_.end() || found->second == "prefer" ? "" : found->second;
    }

    // `hostaddr` is where libpq connects to, if it is there; a service file may name any host.
    bool all_local() const {
        if (!effective("service").empty()) return false;
        const auto addresses = parts_of(effective("hostaddr"));
        const auto hosts = parts_of(effective("host"));
        if (!addresses.empty()) return std::all_of(addresses.begin(), addresses.end(), is_loopback);
        return std::all_of(hosts.begin(), hosts.end(), is_local);
    }

    void verify(const DatabaseUrlRules& rules) {
        const auto mode = chosen_sslmode();
        if (!mode.empty() && mode != "verify-full")
            fail("sslmode=" + (is_known(mode) ? mode : "…") +
                 " does not verify the server, so its password could go to anybody; use sslmode=verify-full, or "
                 "DATABASE_TLS=unverified if that is what you want");
        given_["sslmode"] = "verify-full";
        set_default("gssencmode", "disable");  // its encryption would take the place of TLS
        if (!given_.contains("sslrootcert") && !rules.ca_file.empty()) given_["sslrootcert"] = rules.ca_file;
        check_authority();
        if (!rules.pooled && !effective("password").empty() && environment_default("channel_binding"))
            set_default("channel_binding", "require");
    }

    std::string text() const {
        std::string pairs;
        for (const auto& [name, value] : given_) pairs += (pairs.empty() ? "" : " ") + name + "=" + quoted(value);
        return pairs;
    }

    [[noreturn]] void fail(const std::string& why) const {
        throw runtime::ConfigurationError(std::string(setting_) + ": " + why);
    }

  private:
    void set_default(const std::string& name, const std::string& value) { given_.try_emplace(name, value); }

    // True if the environment does not say otherwise than libpq's own default.
    bool environment_default(std::string_view name) const {
        const auto found = environment_.find(name);
        return found == environment_.end() || found->second == "prefer";
    }

    void check_authority() const {
        const auto path = effective("sslrootcert");
        if (path.empty())
            fail(
                "the server is on another machine, and nothing says whose certificates are trusted; name the PEM file "
                "of the authority in DATABASE_CA");
        std::ifstream file(path, std::ios::binary);
        const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        if (content.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
            fail("there is no certificate in the file " + path + " of DATABASE_CA or sslrootcert");
    }

    static std::string quoted(const std::string& value) {
        constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,@";
        if (value.find_first_not_of(kPlain) == std::string::npos) return value;
        std::string text = "'";
        for (const char c : value) {
            if (c == '\'' || c == '\\') text.push_back('\\');
            text.push_back(c);
        }
        return text + "'";
    }

    const std::string_view setting_;
    Parameters given_;
    const Parameters environment_;
};

}  // namespace

DatabaseUrl read_database_url(std::string_view setting, const std::string& url, const DatabaseUrlRules& rules) {
    auto parsed = parse(url);
    if (!parsed.parameters)
        throw runtime::ConfigurationError(std::string(setting) + " is no URL of a database (" +
                                          std::string(parsed.problem) +
                                          "); it is like postgresql://user:password@host:port/database");
    Reading reading(setting, std::move(*parsed.parameters));
    DatabaseUrl read;
    read.user = reading.effective("user");
    if (reading.all_local()) {
        read.protection = Protection::kLocal;
    } else if (rules.verified) {
        reading.verify(rules);
        read.protection = Protection::kVerified;
    } else {
        read.protection = reading.chosen_sslmode() == "verify-full" ? Protection::kVerified : Protection::kUnverified;
    }
    read.text = reading.text();
    return read;
}

void check_readable(const std::string& url) {
    const auto parsed = parse(url);
    if (!parsed.parameters)
        throw std::runtime_error("the URL of the database cannot be read: " + std::string(parsed.problem));
}

bool has_parameter(const std::string& url, std::string_view name) {
    const auto parsed = parse(url);
    return parsed.parameters && parsed.parameters->contains(name);
}

std::string_view word_of(Protection protection) {
    switch (protection) {
        case Protection::kLocal:
            return "local";
        case Protection::kVerified:
            return "verified";
        case Protection::kUnverified:
            return "unverified";
    }
    return "";
}

}  // namespace quittance::postgres
