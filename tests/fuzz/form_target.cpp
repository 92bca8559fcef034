// A form of Stripe's API: read or refused, and what was read can be written and read again.
#include <boost/json.hpp>

#include "fuzz/targets.hpp"
#include "stripe/form.hpp"

namespace quittance::fuzz {

void run_form(std::string_view input) {
    const auto form = stripe::decode_form(input);
    if (form.has_error()) {
        must(!form.error().message.empty(), "a refusal says why");
        return;
    }
    const auto again = stripe::decode_form(stripe::encode_form(*form));
    must(again.has_value(), "a form that was read can be written and read again");
    // Below metadata all is names: a list there, which no schema takes, comes back as an object of names.
    const bool has_metadata =
        input.find("metadata") != std::string_view::npos || input.find('%') != std::string_view::npos;
    if (!has_metadata) must(*again == *form, "a form says the same after it was written and read again");
    const auto third = stripe::decode_form(stripe::encode_form(*again));
    must(third.has_value() && *third == *again, "what was written by us says the same when it is read");
}

std::vector<std::string> form_seeds() {
    return {
        "customer=cus_1&auto_advance=false&amount=-5",
        "lines[0][amount]=1&lines[0][metadata][a%20b]=c%26d%3D%C3%A9&lines[1][amount]=2",
        "lines%5B0%5D%5Bamount%5D=1&expand%5B%5D=customer&expand[]=lines.data.price",
        "items[][a]=1&items[][b]=2&items[][a]=3",
        "metadata[0]=first&metadata[key]=&metadata=",
        "created[gte]=1699283264&created[lt]=1699283265&types[]=invoice.paid&types[]=invoice.*",
        "description=%C3%9Cn%C3%AFcode+%26+spaces&footer=",
        "a=1&a[b]=2",
        "a[5]=x&a[0]=y&a[]=z",
        "a[b][c][d][e][f][g][h][i][j]=deep",
        "%FF=%00&=&&[=]&]=[",
    };
}

}  // namespace quittance::fuzz
