// Makes signing keys and tokens for tests, as an issuer would.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace quittance::test {

class SigningKey {
  public:
    // `algorithm`: "RS256", "ES256", … as libjose generates them.
    SigningKey(std::string kid, std::string algorithm);

    const std::string& kid() const { return kid_; }
    // The public half as a JWK, without `alg` unless asked for.
    boost::json::object public_jwk() const;
    // The compact form of a token with these claims. `head` replaces members of the usual header.
    std::string sign(const boost::json::object& claims, const boost::json::object& head = {}) const;

  private:
    std::string kid_;
    std::string algorithm_;
    std::shared_ptr<void> jwk_;
};

// {"keys":[…]} of the public halves.
std::string key_set(std::initializer_list<const SigningKey*> keys);

std::string base64url(std::string_view bytes);

}  // namespace quittance::test
