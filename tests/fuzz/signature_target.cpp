// The Stripe-Signature header: whatever it says, only a body that was signed is accepted.
#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "fuzz/targets.hpp"
#include "stripe/signature.hpp"

namespace quittance::fuzz {
namespace {

constexpr std::int64_t kNow = 1'699'283'264;
constexpr std::int64_t kAnyTime = 0;  // no check of the time

const std::vector<base::Secret>& secrets() {
    static const std::vector<base::Secret> kSecrets{"whsec_old", "whsec_new"};
    return kSecrets;
}

// A header that is accepted holds the signature that the secret gives for the time that the header tells.
bool holds_true_signature(std::string_view header, std::string_view body, const stripe::SignatureCheck& check) {
    // Of several times the last one counts.
    std::int64_t t = -1;
    for (auto rest = header; !rest.empty(); rest.remove_prefix(std::min(rest.find(','), rest.size() - 1) + 1)) {
        if (!rest.starts_with("t=")) continue;
        const auto digits = rest.substr(2, std::min(rest.find(','), rest.size()) - 2);
        t = -1;
        std::from_chars(digits.data(), digits.data() + digits.size(), t);
    }
    if (t < 0) return false;
    const auto made = stripe::sign(body, std::span(&secrets().at(check.secret_index), 1), t);
    return header.find(std::string_view(made).substr(made.find("v1="))) != std::string_view::npos;
}

}  // namespace

void run_signature(std::string_view input) {
    const auto line = input.find('\n');
    const auto header = input.substr(0, line);
    const auto body = line == std::string_view::npos ? std::string_view() : input.substr(line + 1);
    for (const auto tolerance : {stripe::kSignatureToleranceSeconds, kAnyTime}) {
        const auto check = stripe::verify_signature(header, body, secrets(), kNow, tolerance);
        must(!stripe::name_of(check.problem).empty(), "every problem has a name");
        if (check.problem == stripe::SignatureProblem::kNone)
            must(holds_true_signature(header, body, check), "what is accepted was signed with that secret");
        must(stripe::verify_signature(header, body, {}, kNow, tolerance).problem != stripe::SignatureProblem::kNone,
             "without a secret nothing is accepted");
    }
    if (body.empty()) return;
    const auto made = stripe::sign(body, secrets(), kNow);
    must(stripe::verify_signature(made, body, secrets(), kNow).problem == stripe::SignatureProblem::kNone,
         "what is signed is accepted");
}

std::vector<std::string> signature_seeds() {
    const auto document = boost::json::parse(data_file("stripe/signature_vectors.json"));
    std::vector<std::string> seeds;
    const std::string body = R"({"id":"evt_1","object":"event"})";
    for (const auto& vector : document.at("vectors").as_array())
        seeds.push_back(std::string(vector.at("header").as_string()) + '\n' + body);
    for (const auto& secret : secrets()) seeds.push_back(stripe::sign(body, std::span(&secret, 1), kNow) + '\n' + body);
    seeds.push_back(stripe::sign(body, secrets(), kNow) + '\n' + body);
    return seeds;
}

}  // namespace quittance::fuzz
