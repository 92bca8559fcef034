#include "unit/edge/auth/signing_key.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

extern "C" {
#include <jose/b64.h>
#include <jose/jwk.h>
#include <jose/jws.h>
}

namespace quittance::test {
namespace {

json_t* raw(const std::shared_ptr<void>& held) {
    return static_cast<json_t*>(held.get());
}

std::shared_ptr<void> hold(json_t* value) {
    if (value == nullptr) throw std::runtime_error("the JOSE library gave nothing");
    return {value, [](void* pointer) { json_decref(static_cast<json_t*>(pointer)); }};
}

std::string text_of(const json_t* object, const char* name) {
    return json_string_value(json_object_get(object, name));
}

}  // namespace

SigningKey::SigningKey(std::string kid, std::string algorithm)
    : kid_(std::move(kid)),
      algorithm_(std::move(algorithm)),
      jwk_(hold(json_pack("{s:s}", "alg", algorithm_.c_str()))) {
    if (!jose_jwk_gen(nullptr, raw(jwk_))) throw std::runtime_error("no key could be made");
}

boost::json::object SigningKey::public_jwk() const {
    const auto copy = hold(json_deep_copy(raw(jwk_)));
    if (!jose_jwk_pub(nullptr, raw(copy))) throw std::runtime_error("the key has no public half");
    char* text = json_dumps(raw(copy), 0);
    auto jwk = boost::json::parse(text).as_object();
    free(text);  // NOLINT: jansson allocates with malloc
    jwk.erase("alg");
    jwk.erase("key_ops");
    jwk["kid"] = kid_;
    jwk["use"] = "sig";
    return jwk;
}

std::string SigningKey::sign(const boost::json::object& claims, const boost::json::object& head) const {
    boost::json::object header{{"alg", algorithm_}, {"typ", "JWT"}, {"kid", kid_}};
    for (const auto& member : head) {
        if (member.value().is_null())
            header.erase(member.key());
        else
            header[member.key()] = member.value();
    }
    const auto payload = base64url(boost::json::serialize(claims));
    const auto protected_head = boost::json::serialize(header);
    const auto jws = hold(json_pack("{s:s}", "payload", payload.c_str()));
    json_error_t error;
    const auto signature = hold(json_pack("{s:o}", "protected", json_loads(protected_head.c_str(), 0, &error)));
    if (!jose_jws_sig(nullptr, raw(jws), raw(signature), raw(jwk_))) throw std::runtime_error("signing failed");
    return text_of(raw(jws), "protected") + "." + payload + "." + text_of(raw(jws), "signature");
}

std::string key_set(std::initializer_list<const SigningKey*> keys) {
    boost::json::array list;
    for (const auto* key : keys) list.push_back(key->public_jwk());
    return boost::json::serialize(boost::json::object{{"keys", std::move(list)}});
}

std::string base64url(std::string_view bytes) {
    std::string out(jose_b64_enc_buf(nullptr, bytes.size(), nullptr, 0), '\0');
    jose_b64_enc_buf(bytes.data(), bytes.size(), out.data(), out.size());
    return out;
}

}  // namespace quittance::test
