// token: makes a bearer token for development, signed with a private key. The edge's key set must have its public key.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>

extern "C" {
#include <jose/b64.h>
#include <jose/jws.h>
#include <jose/openssl.h>
}

#include "base/timestamps.hpp"
#include "quittancectl/command_line.hpp"
#include "quittancectl/time_argument.hpp"

namespace quittance::quittancectl {
namespace {

struct TokenOptions {
    std::string key;
    std::string kid;
    std::string issuer;
    std::string audience;
    std::string subject = "quittancectl";
    std::vector<std::string> teams;
    std::string scope;
    std::string valid = "1h";
};

struct FreeJson {
    void operator()(json_t* value) const { json_decref(value); }
};
using Json = std::unique_ptr<json_t, FreeJson>;

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

Json checked(json_t* value, const char* what) {
    if (value == nullptr) throw std::runtime_error(what);
    return Json(value);
}

Json read_key(const std::string& path) {
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "r"));
    if (!file) throw std::runtime_error("the key " + path + " cannot be opened");
    const std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
    if (!key) throw std::runtime_error(path + " is not a PEM file with a private key");
    return checked(jose_openssl_jwk_from_EVP_PKEY(nullptr, key.get()), "keys of this type cannot sign tokens");
}

std::string text_of(const json_t* object, const char* name) {
    const auto* text = json_string_value(json_object_get(object, name));
    if (text == nullptr) throw std::runtime_error("the token could not be signed");
    return text;
}

// RS256 or ES256, by the kind of the key.
std::string algorithm_of(const json_t* key) {
    return text_of(key, "kty") == "EC" ? "ES256" : "RS256";
}

std::string encode(const std::string& bytes) {
    std::string out(jose_b64_enc_buf(nullptr, bytes.size(), nullptr, 0), '\0');
    jose_b64_enc_buf(bytes.data(), bytes.size(), out.data(), out.size());
    return out;
}

std::string mint(const TokenOptions& options) {
    const auto key = read_key(options.key);
    const auto now = base::unix_now();
    boost::json::object claims{{"iss", options.issuer},
                               {"aud", options.audience},
                               {"sub", options.subject},
                               {"iat", now},
                               {"nbf", now},
                               {"exp", now + *parse_duration(options.valid)}};
    if (!options.teams.empty()) claims["teams"] = boost::json::array(options.teams.begin(), options.teams.end());
    if (!options.scope.empty()) claims["scope"] = options.scope;
    const auto payload = encode(boost::json::serialize(claims));
    const auto head = boost::json::serialize(
        boost::json::object{{"alg", algorithm_of(key.get())}, {"typ", "JWT"}, {"kid", options.kid}});
    const auto jws = checked(json_pack("{s:s}", "payload", payload.c_str()), "the token could not be made");
    json_error_t error;
    const auto signature =
        checked(json_pack("{s:o}", "protected", json_loads(head.c_str(), 0, &error)), "the token could not be made");
    if (!jose_jws_sig(nullptr, jws.get(), signature.get(), key.get()))
        throw std::runtime_error("the token could not be signed");
    return text_of(jws.get(), "protected") + "." + payload + "." + text_of(jws.get(), "signature");
}

boost::asio::awaitable<ExitCode> print_token(const TokenOptions& options, bool json) {
    const auto token = mint(options);
    std::cout << (json ? boost::json::serialize(boost::json::object{{"token", token}}) : token) << "\n";
    co_return kDone;
}

}  // namespace

void add_token_command(CLI::App& app, CommandLine& line) {
    auto options = std::make_shared<TokenOptions>();
    auto* command = app.add_subcommand("token", "Makes a bearer token for development");
    command->add_option("--key", options->key, "PEM file with the private key")->envname("JWT_PRIVATE_KEY")->required();
    command->add_option("--kid", options->kid, "The key's id in the key set")->envname("JWT_KID")->required();
    command->add_option("--issuer", options->issuer, "The claim iss")->envname("JWT_ISSUER")->required();
    command->add_option("--audience", options->audience, "The claim aud")->envname("JWT_AUDIENCE")->required();
    command->add_option("--subject", options->subject, "The claim sub")->capture_default_str();
    command->add_option("--team", options->teams, "A team's id; may be repeated");
    command->add_option("--scope", options->scope, "Scopes, such as \"billing:read billing:write\"");
    command->add_option("--valid", options->valid, "Lifetime: 15m, 24h, ...")
        ->check(duration_rule())
        ->capture_default_str();
    command->callback([&line, options] {
        line.calls_services = false;
        line.command = [&line, options](Services&) { return print_token(*options, line.json); };
    });
}

}  // namespace quittance::quittancectl
