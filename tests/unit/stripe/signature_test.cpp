// The Stripe-Signature header: the recorded vectors, and cases that they do not have.
#include "stripe/signature.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <vector>

#include "unit/stripe/stripe_data.hpp"

using quittance::stripe::sign;
using quittance::stripe::SignatureProblem;
using quittance::stripe::verify_signature;

namespace {

constexpr std::int64_t kNow = 1'699'283'264;
const std::vector<quittance::base::Secret> kSecrets{"whsec_old", "whsec_new"};
const std::string kBody = R"({"id":"evt_1","object":"event"})";

std::string decode_base64(std::string_view text) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        if (c == '=') break;
        bits = (bits << 6U) | static_cast<std::uint32_t>(kDigits.find(c));
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out.push_back(static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU));
    }
    return out;
}

SignatureProblem verify(const std::string& header, const std::string& body = kBody, std::int64_t now = kNow) {
    return verify_signature(header, body, kSecrets, now).problem;
}

}  // namespace

TEST_CASE("every recorded signature vector ends as recorded") {
    const auto path = std::string(QUITTANCE_TEST_DATA) + "/stripe/signature_vectors.json";
    const auto document = boost::json::parse(quittance::test::read_file(path));
    const auto& vectors = document.at("vectors").as_array();
    REQUIRE(vectors.size() >= 16);
    for (const auto& vector : vectors) {
        INFO(vector.at("name").as_string().c_str());
        std::vector<quittance::base::Secret> secrets;
        for (const auto& secret : vector.at("secrets").as_array()) secrets.emplace_back(secret.as_string().c_str());
        const auto body = decode_base64(vector.at("payload_base64").as_string());
        const auto check = verify_signature(vector.at("header").as_string(), body, secrets, vector.at("now").as_int64(),
                                            vector.at("tolerance_seconds").as_int64());
        CHECK(name_of(check.problem) == std::string_view(vector.at("expect").as_string()));
    }
    const auto& known = document.at("known_answer");
    const std::vector<quittance::base::Secret> secrets{known.at("secret").as_string().c_str()};
    const auto made = sign(known.at("payload").as_string(), secrets, known.at("t").as_int64());
    CHECK(made == "t=" + std::to_string(known.at("t").as_int64()) + ",v1=" + known.at("v1").as_string().c_str());
}

TEST_CASE("no secret, or only empty ones, accepts nothing") {
    const std::vector<quittance::base::Secret> empty{""};
    const auto signed_with_empty_key = sign(kBody, empty, kNow);
    CHECK(verify_signature(signed_with_empty_key, kBody, {}, kNow).problem == SignatureProblem::kNoSecret);
    CHECK(verify_signature(signed_with_empty_key, kBody, empty, kNow).problem == SignatureProblem::kNoSecret);
    const std::vector<quittance::base::Secret> one_empty{"", "whsec_new"};
    CHECK(verify_signature(signed_with_empty_key, kBody, one_empty, kNow).problem == SignatureProblem::kNoMatch);
}

TEST_CASE("a signature holds for 300 seconds in both directions") {
    const auto header = sign(kBody, kSecrets, kNow);
    CHECK(verify(header, kBody, kNow + 300) == SignatureProblem::kNone);
    CHECK(verify(header, kBody, kNow + 301) == SignatureProblem::kTimestampTooOld);
    CHECK(verify(header, kBody, kNow - 300) == SignatureProblem::kNone);
    CHECK(verify(header, kBody, kNow - 301) == SignatureProblem::kTimestampInFuture);
}

TEST_CASE("a header that no body could be right for is known before the body") {
    const auto check = [](const std::string& header, std::int64_t now = kNow) {
        return quittance::stripe::check_signature_header(header, kSecrets, now);
    };
    const auto header = sign(kBody, kSecrets, kNow);
    CHECK(check(header) == SignatureProblem::kNone);
    CHECK(check(header, kNow + 300) == SignatureProblem::kNone);
    CHECK(check(header, kNow + 301) == SignatureProblem::kTimestampTooOld);
    CHECK(check(header, kNow - 301) == SignatureProblem::kTimestampInFuture);
    CHECK(check("") == SignatureProblem::kMissingHeader);
    CHECK(check("v1=abc") == SignatureProblem::kBadHeader);
    CHECK(check("t=1699283264") == SignatureProblem::kNoSignatures);
    for (const std::string v1 : {"abc", "", "g000000000000000000000000000000000000000000000000000000000000000"})
        CHECK(check("t=1699283264,v1=" + v1) == SignatureProblem::kNoMatch);
    CHECK(check("t=1699283264,v1=abc,v1=" + std::string(64, '0')) == SignatureProblem::kNone);
    CHECK(quittance::stripe::check_signature_header(header, {}, kNow) == SignatureProblem::kNoSecret);
}

TEST_CASE("a body changed by any one byte is refused") {
    const auto header = sign(kBody, kSecrets, kNow);
    REQUIRE(verify(header) == SignatureProblem::kNone);
    for (std::size_t i = 0; i < kBody.size(); ++i) {
        auto body = kBody;
        body[i] = static_cast<char>(body[i] ^ 1);
        CHECK(verify(header, body) == SignatureProblem::kNoMatch);
    }
    CHECK(verify(header, kBody + "\n") == SignatureProblem::kNoMatch);
    CHECK(verify(header, kBody.substr(1)) == SignatureProblem::kNoMatch);
}

TEST_CASE("each live secret is accepted, and told by its index") {
    for (std::size_t i = 0; i < kSecrets.size(); ++i) {
        const std::vector<quittance::base::Secret> sender{kSecrets[i]};
        const auto check = verify_signature(sign(kBody, sender, kNow), kBody, kSecrets, kNow);
        CHECK(check.problem == SignatureProblem::kNone);
        CHECK(check.secret_index == i);
    }
    const std::vector<quittance::base::Secret> stranger{"whsec_other"};
    CHECK(verify(sign(kBody, stranger, kNow)) == SignatureProblem::kNoMatch);
    const std::vector<quittance::base::Secret> many{"whsec_a", "whsec_b", "whsec_new", "whsec_c"};
    CHECK(verify(sign(kBody, many, kNow)) == SignatureProblem::kNone);
}

TEST_CASE("malformed headers are refused as what they are") {
    const std::vector<quittance::base::Secret> sender{kSecrets[0]};
    const auto good = sign(kBody, sender, kNow);
    const auto v1 = good.substr(good.find(",v1="));
    CHECK(verify("") == SignatureProblem::kMissingHeader);
    for (const std::string t : {"", "t=", "t=-1699283264", "t=+1699283264", "t=1699283264.0", "t= 1699283264",
                                "t=0x65490130", "t=1699283264000", "T=1699283264", "t:1699283264"})
        CHECK(verify(t + v1) == SignatureProblem::kBadHeader);
    CHECK(verify("garbage") == SignatureProblem::kBadHeader);
    CHECK(verify("t=1699283264") == SignatureProblem::kNoSignatures);
    CHECK(verify("t=1699283264,v1=") == SignatureProblem::kNoMatch);
    CHECK(verify("t=1699283264,v2=" + v1.substr(4)) == SignatureProblem::kNoSignatures);
    CHECK(verify("t=1699283264, v1=" + v1.substr(4)) == SignatureProblem::kNoSignatures);
    CHECK(verify(good + ",,=,v1,v1=" + std::string(3000, 'a')) == SignatureProblem::kNone);
    CHECK(verify(good + "," + std::string(4096, 'a')) == SignatureProblem::kBadHeader);
}

TEST_CASE("a time written with leading zeros is what was signed, not what it means") {
    const std::vector<quittance::base::Secret> sender{kSecrets[0]};
    const auto good = sign(kBody, sender, kNow);
    CHECK(verify("t=0" + good.substr(2)) == SignatureProblem::kNoMatch);
}
