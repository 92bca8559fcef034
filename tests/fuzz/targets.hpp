// The fuzz targets: everything that reads bytes from outside before a credential or signature was checked, and what
// reads signed bytes of unknown form. The same targets run in libFuzzer and, over their seeds and some mutants of
// these, in the unit tests.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quittance::fuzz {

struct Target {
    std::string_view name;
    // Throws std::logic_error where a promise of the code under test does not hold; what it refuses is no failure.
    void (*run)(std::string_view input);
    std::vector<std::string> (*seeds)();
};

std::span<const Target> targets();

// For the targets: throws with `promise` unless it holds.
void must(bool holds, std::string_view promise);

// The content of each file under tests/data/stripe/fixtures, in the order of their names.
std::vector<std::string> recorded_payloads();
std::string data_file(std::string_view path_below_data);

// signature_target.cpp: "header\nbody".
void run_signature(std::string_view input);
std::vector<std::string> signature_seeds();
// event_target.cpp: a webhook's body.
void run_event(std::string_view input);
std::vector<std::string> event_seeds();
// routes_target.cpp: "METHOD target", as in a request's first line.
void run_routes(std::string_view input);
std::vector<std::string> routes_seeds();
// form_target.cpp: a form of Stripe's API.
void run_form(std::string_view input);
std::vector<std::string> form_seeds();
// creation_target.cpp: the body of POST /admin/api/invoices.
void run_creation(std::string_view input);
std::vector<std::string> creation_seeds();
// token_target.cpp: "T" and a bearer token, or "K" and a key set.
void run_token(std::string_view input);
std::vector<std::string> token_seeds();
// cursor_target.cpp: a page token, a change token or a position.
void run_cursor(std::string_view input);
std::vector<std::string> cursor_seeds();

}  // namespace quittance::fuzz
