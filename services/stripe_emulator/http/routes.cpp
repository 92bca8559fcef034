// The table of the emulated API: one line for each call, and the search for the line of a path.
#include "stripe_emulator/http/routes.hpp"

#include <algorithm>
#include <array>

#include "stripe_emulator/catalogue/catalogue.hpp"
#include "stripe_emulator/credit_notes/credit_notes.hpp"
#include "stripe_emulator/payments/payments.hpp"
#include "stripe_emulator/thin_events/thin_events.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::array kRoutes{
    ApiRoute{"GET", "/v1/account", get_own_account},
    ApiRoute{"GET", "/v1/accounts", list_accounts},
    ApiRoute{"GET", "/v1/accounts/{account}", get_account},

    ApiRoute{"POST", "/v1/customers", create_customer},
    ApiRoute{"GET", "/v1/customers", list_customers},
    ApiRoute{"GET", "/v1/customers/{customer}", get_customer},
    ApiRoute{"POST", "/v1/customers/{customer}", update_customer},
    ApiRoute{"DELETE", "/v1/customers/{customer}", delete_customer},
    ApiRoute{"GET", "/v1/customers/{customer}/payment_methods", list_customer_payment_methods},

    ApiRoute{"POST", "/v1/payment_methods", create_payment_method},
    ApiRoute{"GET", "/v1/payment_methods", list_payment_methods},
    ApiRoute{"GET", "/v1/payment_methods/{payment_method}", get_payment_method},
    ApiRoute{"POST", "/v1/payment_methods/{payment_method}", update_payment_method},
    ApiRoute{"POST", "/v1/payment_methods/{payment_method}/attach", attach_payment_method},
    ApiRoute{"POST", "/v1/payment_methods/{payment_method}/detach", detach_payment_method},

    ApiRoute{"POST", "/v1/invoices", create_invoice},
    ApiRoute{"GET", "/v1/invoices", list_invoices},
    ApiRoute{"GET", "/v1/invoices/{invoice}", get_invoice},
    ApiRoute{"POST", "/v1/invoices/{invoice}", update_invoice},
    ApiRoute{"DELETE", "/v1/invoices/{invoice}", delete_invoice},
    ApiRoute{"POST", "/v1/invoices/{invoice}/finalize", finalize_invoice},
    ApiRoute{"POST", "/v1/invoices/{invoice}/pay", pay_invoice},
    ApiRoute{"POST", "/v1/invoices/{invoice}/void", void_invoice},
    ApiRoute{"POST", "/v1/invoices/{invoice}/mark_uncollectible", mark_invoice_uncollectible},
    ApiRoute{"POST", "/v1/invoices/{invoice}/send", send_invoice},

    ApiRoute{"GET", "/v1/invoices/{invoice}/lines", list_lines},
    ApiRoute{"POST", "/v1/invoices/{invoice}/lines/{line_item_id}", update_line},
    ApiRoute{"POST", "/v1/invoices/{invoice}/add_lines", add_lines},
    ApiRoute{"POST", "/v1/invoices/{invoice}/remove_lines", remove_lines},
    ApiRoute{"POST", "/v1/invoices/{invoice}/update_lines", update_lines},

    ApiRoute{"POST", "/v1/invoiceitems", create_invoice_item},
    ApiRoute{"GET", "/v1/invoiceitems", list_invoice_items},
    ApiRoute{"GET", "/v1/invoiceitems/{invoiceitem}", get_invoice_item},
    ApiRoute{"POST", "/v1/invoiceitems/{invoiceitem}", update_invoice_item},
    ApiRoute{"DELETE", "/v1/invoiceitems/{invoiceitem}", delete_invoice_item},

    ApiRoute{"GET", "/v1/invoice_payments", list_invoice_payments},
    ApiRoute{"GET", "/v1/invoice_payments/{invoice_payment}", get_invoice_payment},
    ApiRoute{"POST", "/v1/invoices/{invoice}/attach_payment", attach_invoice_payment},
    ApiRoute{"POST", "/v1/invoices/{invoice}/detach_payment", detach_invoice_payment},
    ApiRoute{"POST", "/v1/payment_intents", create_payment_intent},
    ApiRoute{"GET", "/v1/payment_intents", list_payment_intents},
    ApiRoute{"GET", "/v1/payment_intents/{intent}", get_payment_intent},
    ApiRoute{"POST", "/v1/payment_intents/{intent}", update_payment_intent},
    ApiRoute{"POST", "/v1/payment_intents/{intent}/confirm", confirm_payment_intent},
    ApiRoute{"POST", "/v1/payment_intents/{intent}/capture", capture_payment_intent},
    ApiRoute{"POST", "/v1/payment_intents/{intent}/cancel", cancel_payment_intent},
    ApiRoute{"POST", "/v1/setup_intents", create_setup_intent},
    ApiRoute{"GET", "/v1/setup_intents/{intent}", get_setup_intent},
    ApiRoute{"POST", "/v1/setup_intents/{intent}/confirm", confirm_setup_intent},
    ApiRoute{"POST", "/v1/setup_intents/{intent}/cancel", cancel_setup_intent},
    ApiRoute{"POST", "/v1/customers/{customer}/sources", create_source},
    ApiRoute{"POST", "/v1/customers/{customer}/sources/{id}", update_source},
    ApiRoute{"POST", "/v1/charges", create_charge},
    ApiRoute{"GET", "/v1/charges", list_charges},
    ApiRoute{"GET", "/v1/charges/{charge}", get_charge},
    ApiRoute{"POST", "/v1/charges/{charge}", update_charge},
    ApiRoute{"POST", "/v1/charges/{charge}/capture", capture_charge},
    ApiRoute{"POST", "/v1/payment_records/report_payment", report_payment},
    ApiRoute{"GET", "/v1/payment_records/{id}", get_payment_record},
    ApiRoute{"POST", "/v1/payment_records/{id}/report_payment_attempt_guaranteed", report_payment_guaranteed},
    ApiRoute{"POST", "/v1/payment_records/{id}/report_payment_attempt_failed", report_payment_failed},
    ApiRoute{"POST", "/v1/payment_records/{id}/report_refund", report_payment_refund},

    ApiRoute{"POST", "/v1/products", create_product},
    ApiRoute{"GET", "/v1/products/{id}", get_catalogue_entry},
    ApiRoute{"POST", "/v1/products/{id}", update_product},
    ApiRoute{"DELETE", "/v1/products/{id}", delete_product},
    ApiRoute{"POST", "/v1/prices", create_price},
    ApiRoute{"GET", "/v1/prices/{price}", get_price},
    ApiRoute{"POST", "/v1/prices/{price}", update_price},
    ApiRoute{"POST", "/v1/plans", create_plan},
    ApiRoute{"GET", "/v1/plans/{plan}", get_catalogue_entry},
    ApiRoute{"POST", "/v1/plans/{plan}", update_plan},
    ApiRoute{"DELETE", "/v1/plans/{plan}", delete_plan},
    ApiRoute{"POST", "/v1/coupons", create_coupon},
    ApiRoute{"GET", "/v1/coupons/{coupon}", get_catalogue_entry},
    ApiRoute{"POST", "/v1/coupons/{coupon}", update_coupon},
    ApiRoute{"DELETE", "/v1/coupons/{coupon}", delete_coupon},
    ApiRoute{"POST", "/v1/promotion_codes", create_promotion_code},
    ApiRoute{"GET", "/v1/promotion_codes/{promotion_code}", get_catalogue_entry},
    ApiRoute{"POST", "/v1/promotion_codes/{promotion_code}", update_promotion_code},
    ApiRoute{"POST", "/v1/tax_rates", create_tax_rate},
    ApiRoute{"GET", "/v1/tax_rates/{tax_rate}", get_catalogue_entry},
    ApiRoute{"POST", "/v1/tax_rates/{tax_rate}", update_tax_rate},

    ApiRoute{"POST", "/v1/refunds", create_refund},
    ApiRoute{"GET", "/v1/refunds", list_refunds},
    ApiRoute{"GET", "/v1/refunds/{refund}", get_refund},
    ApiRoute{"POST", "/v1/refunds/{refund}", update_refund},
    ApiRoute{"POST", "/v1/credit_notes", create_credit_note},
    ApiRoute{"GET", "/v1/credit_notes", list_credit_notes},
    ApiRoute{"GET", "/v1/credit_notes/preview", preview_credit_note},
    ApiRoute{"GET", "/v1/credit_notes/preview/lines", preview_credit_note_lines},
    ApiRoute{"GET", "/v1/credit_notes/{id}", get_credit_note},
    ApiRoute{"POST", "/v1/credit_notes/{id}", update_credit_note},
    ApiRoute{"GET", "/v1/credit_notes/{id}/lines", list_credit_note_lines},
    ApiRoute{"POST", "/v1/credit_notes/{id}/void", void_credit_note},
    ApiRoute{"GET", "/v1/disputes", list_disputes},
    ApiRoute{"GET", "/v1/disputes/{dispute}", get_dispute},
    ApiRoute{"POST", "/v1/disputes/{dispute}", update_dispute},
    ApiRoute{"POST", "/v1/disputes/{dispute}/close", close_dispute},

    ApiRoute{"GET", "/v1/events", list_events},
    ApiRoute{"GET", "/v1/events/{id}", get_event},
    ApiRoute{"POST", "/v1/events/{id}/retry", retry_event},

    ApiRoute{"GET", "/v2/core/events", list_core_events},
    ApiRoute{"GET", "/v2/core/events/{id}", get_core_event},
    ApiRoute{"POST", "/v2/core/event_destinations", create_event_destination},
    ApiRoute{"GET", "/v2/core/event_destinations", list_event_destinations},
    ApiRoute{"GET", "/v2/core/event_destinations/{id}", get_event_destination},
    ApiRoute{"POST", "/v2/core/event_destinations/{id}", update_event_destination},
    ApiRoute{"DELETE", "/v2/core/event_destinations/{id}", delete_event_destination},
    ApiRoute{"POST", "/v2/core/event_destinations/{id}/enable", enable_event_destination},
    ApiRoute{"POST", "/v2/core/event_destinations/{id}/disable", disable_event_destination},

    ApiRoute{"POST", "/v1/webhook_endpoints", create_webhook_endpoint},
    ApiRoute{"GET", "/v1/webhook_endpoints", list_webhook_endpoints},
    ApiRoute{"GET", "/v1/webhook_endpoints/{webhook_endpoint}", get_webhook_endpoint},
    ApiRoute{"POST", "/v1/webhook_endpoints/{webhook_endpoint}", update_webhook_endpoint},
    ApiRoute{"DELETE", "/v1/webhook_endpoints/{webhook_endpoint}", delete_webhook_endpoint},
};

// Takes the next segment, without its slash, from the front of the path.
std::string_view next_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

// The words that stand in Stripe's paths where an id could stand. No id is one of them.
bool is_word_of_a_path(std::string_view segment) {
    constexpr std::array<std::string_view, 6> kWords{"create_preview", "lines",  "preview",
                                                     "report_payment", "search", "upcoming"};
    return std::find(kWords.begin(), kWords.end(), segment) != kWords.end();
}

bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& names) {
    names.clear();
    while (pattern.starts_with('/') && path.starts_with('/')) {
        const auto wanted = next_segment(pattern);
        const auto given = next_segment(path);
        if (wanted.starts_with('{')) {
            if (given.empty() || is_word_of_a_path(given)) return false;
            names.emplace_back(given);
        } else if (wanted != given) {
            return false;
        }
    }
    return pattern.empty() && path.empty();
}

}  // namespace

std::span<const ApiRoute> api_routes() {
    return kRoutes;
}

std::optional<RouteMatch> find_route(std::string_view method, std::string_view path) {
    RouteMatch match;
    for (const auto& route : kRoutes) {
        if (route.method != method || !fits(route.pattern, path, match.path)) continue;
        match.route = &route;
        return match;
    }
    return std::nullopt;
}

}  // namespace quittance::stripe_emulator
