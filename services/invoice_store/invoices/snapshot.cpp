#include "invoice_store/invoices/snapshot.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <array>

#include "base/digest.hpp"
#include "base/object_id.hpp"
#include "base/timestamps.hpp"
#include "invoice_store/invoices/invoice_id.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

using google::protobuf::Timestamp;

constexpr int kPayloadLines = 10;
constexpr std::size_t kIdentifierBytes = 255;  // Stripe's limit for ids

std::string hex_id_in_metadata(const v1::Invoice& invoice, const std::string& key) {
    const auto found = invoice.metadata().find(key);
    return found != invoice.metadata().end() && base::is_object_id(found->second) ? found->second : std::string();
}

bool is_storable(const Timestamp& time) {
    return time.seconds() >= 0 && time.seconds() <= base::kLastSecondOf9999 && time.nanos() >= 0 &&
           time.nanos() < 1'000'000'000;
}

bool has_unstorable_time(const v1::Invoice& invoice) {
    const std::array<const Timestamp*, 8> times = {&invoice.last_payment_attempt_time(),
                                                   &invoice.next_payment_attempt_time(),
                                                   &invoice.period_start(),
                                                   &invoice.period_end(),
                                                   &invoice.finalize_time(),
                                                   &invoice.paid_time(),
                                                   &invoice.void_time(),
                                                   &invoice.uncollectible_time()};
    return !std::all_of(times.begin(), times.end(), [](const Timestamp* time) { return is_storable(*time); });
}

std::string serialise(const v1::Invoice& invoice) {
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);  // maps in the order of their keys
        invoice.SerializeToCodedStream(&coded);
    }
    return bytes;
}

void set_provenance(const v1::InvoiceEvent& event, v1::Invoice& snapshot) {
    snapshot.clear_provenance();
    auto& provenance = *snapshot.mutable_provenance();
    provenance.set_rank(rank_of(snapshot.status()));
    provenance.mutable_event_time()->set_seconds(event.event_time().seconds());
    provenance.set_event_id(event.event_id());
    provenance.set_content_hash(content_hash(snapshot));
    provenance.set_begins_stage(event.begins_stage());
    if (provenance.rank() != kDraftRank && provenance.rank() != kDeletedRank) {
        provenance.set_furthest_rank(provenance.rank());
        *provenance.mutable_furthest_time() = provenance.event_time();
    }
    if (event.source() == v1::InvoiceEvent::SOURCE_REFETCH) *provenance.mutable_answer_time() = provenance.event_time();
}

}  // namespace

std::int32_t rank_of(std::string_view status) {
    if (status == "draft") return kDraftRank;
    if (status == "uncollectible") return kUncollectibleRank;
    if (status == "paid" || status == "void") return kPaidOrVoidRank;
    if (status == "deleted") return kDeletedRank;
    return kOpenRank;
}

std::string content_hash(const v1::Invoice& invoice) {
    v1::Invoice contents = invoice;
    contents.clear_id();
    contents.clear_account();
    contents.clear_stripe_account_id();
    contents.clear_livemode();
    contents.clear_user();
    contents.clear_team_id();
    contents.clear_amount_minor();
    contents.clear_update_time();
    contents.clear_provenance();
    contents.clear_last_payment_attempt_time();
    contents.clear_payment_error();
    contents.clear_payments();
    contents.clear_amount_refunded_minor();
    contents.clear_amount_disputed_minor();
    contents.clear_settlement();
    contents.clear_payment_intent_id();
    contents.clear_charge_id();
    if (!contents.hosted_invoice_url().empty()) contents.set_hosted_invoice_url("there");
    if (!contents.invoice_pdf_url().empty()) contents.set_invoice_pdf_url("there");
    contents.clear_lines_complete();
    contents.clear_line_count();
    if (contents.lines_size() > kPayloadLines)
        contents.mutable_lines()->DeleteSubrange(kPayloadLines, contents.lines_size() - kPayloadLines);
    return base::sha256(serialise(contents)).substr(0, 16);
}

std::int64_t contract_amount(const v1::Invoice& invoice) {
    return invoice.status() == "paid" ? invoice.amount_paid_minor() : invoice.amount_due_minor();
}

v1::Invoice snapshot_of(const v1::InvoiceEvent& event) {
    v1::Invoice snapshot = event.invoice();
    // The envelope was vouched for by a secret or key; the object inside says nothing of accounts.
    snapshot.set_account(event.account());
    snapshot.set_livemode(event.livemode());
    snapshot.set_stripe_account_id(event.stripe_account_id());
    snapshot.mutable_create_time()->set_nanos(0);  // as Stripe has it: the id tells it by itself
    snapshot.set_id(
        invoice_id(event.account(), event.livemode(), snapshot.stripe_invoice_id(), snapshot.create_time().seconds()));
    snapshot.mutable_user()->set_id(hex_id_in_metadata(snapshot, "user_id"));
    snapshot.mutable_user()->set_name(snapshot.customer_name());
    snapshot.set_team_id(hex_id_in_metadata(snapshot, "team_id"));
    snapshot.set_amount_minor(contract_amount(snapshot));
    *snapshot.mutable_update_time() = postgres::storable(event.event_time());
    // Nothing was tried, whatever other fields say: a balance or a credit covered the invoice.
    if (snapshot.attempt_count() == 0) snapshot.clear_last_payment_attempt_time();
    snapshot.clear_payment_error();
    snapshot.clear_payments();
    snapshot.clear_settlement();
    snapshot.clear_amount_refunded_minor();
    snapshot.clear_amount_disputed_minor();
    set_provenance(event, snapshot);
    return snapshot;
}

std::optional<std::string> content_problem(const v1::InvoiceEvent& event) {
    if (!event.problem().empty()) return event.problem();
    if (!event.has_invoice()) return std::nullopt;
    const auto& invoice = event.invoice();
    if (invoice.stripe_invoice_id().empty()) return "the invoice has no id";
    if (invoice.stripe_invoice_id().size() > kIdentifierBytes) return "the invoice's id is longer than 255 bytes";
    if (invoice.stripe_customer_id().size() > kIdentifierBytes) return "the customer's id is longer than 255 bytes";
    if (!invoice.has_create_time()) return "the invoice has no creation time";
    if (invoice.create_time().seconds() < 0 || invoice.create_time().seconds() > kLastCreateSecond)
        return "the invoice's creation time is not between 1970 and 2106";
    if (invoice.status().empty()) return "the invoice has no status";
    if (invoice.status().size() > kIdentifierBytes) return "the invoice's status is longer than 255 bytes";
    if (invoice.attempt_count() < 0) return "attempt_count is negative";
    if (invoice.line_count() < 0) return "the number of lines is negative";
    if (invoice.pre_payment_credit_notes_minor() < 0 || invoice.post_payment_credit_notes_minor() < 0)
        return "a sum of credit notes is negative";
    if (has_unstorable_time(invoice)) return "a time is not between 1970 and 9999";
    return std::nullopt;
}

}  // namespace quittance::invoice_store
