// Renders accounts.
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

json::object settings_of(const Account& account) {
    return {
        {"branding", {{"icon", nullptr}, {"logo", nullptr}, {"primary_color", nullptr}, {"secondary_color", nullptr}}},
        {"card_issuing", {{"tos_acceptance", {{"date", nullptr}, {"ip", nullptr}}}}},
        {"card_payments",
         {{"statement_descriptor_prefix", nullptr},
          {"statement_descriptor_prefix_kana", nullptr},
          {"statement_descriptor_prefix_kanji", nullptr}}},
        {"dashboard", {{"display_name", account.settings.name}, {"timezone", "Etc/UTC"}}},
        {"payments",
         {{"statement_descriptor", nullptr},
          {"statement_descriptor_kana", nullptr},
          {"statement_descriptor_kanji", nullptr},
          {"statement_descriptor_prefix_kana", nullptr},
          {"statement_descriptor_prefix_kanji", nullptr}}}};
}

}  // namespace

json::object render_account(const Account& account) {
    return {
        {"id", account.settings.id},
        {"object", "account"},
        {"business_profile",
         {{"mcc", nullptr},
          {"minority_owned_business_designation", nullptr},
          {"name", account.settings.name},
          {"product_description", nullptr},
          {"specified_commercial_transactions_act_url", nullptr},
          {"support_address", nullptr},
          {"support_email", nullptr},
          {"support_phone", nullptr},
          {"support_url", nullptr},
          {"url", nullptr}}},
        {"business_type", "company"},
        {"capabilities", {{"card_payments", "active"}, {"transfers", "active"}}},
        {"charges_enabled", true},
        {"country", account.settings.country},
        {"default_currency", account.settings.currency},
        {"details_submitted", true},
        {"email", "owner@example.com"},
        {"metadata", json::object{}},
        {"payouts_enabled", true},
        {"settings", settings_of(account)},
        {"type", "standard"},
    };
}

}  // namespace quittance::stripe_emulator
