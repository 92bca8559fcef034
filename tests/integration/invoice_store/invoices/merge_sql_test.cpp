// The upsert's rule in SQL does what the pure merge does.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "invoice_store/events/batch_transaction.hpp"
#include "invoice_store/invoices/invoice_upsert.hpp"
#include "invoice_store/invoices/merge.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using invoice_store::merge;
using invoice_store::snapshot_of;

namespace {

// The pure merge and the table, fed with the same snapshots.
class Twins {
  public:
    explicit Twins(const test::StoreDatabase& database) : connection_(database.connect()) {
        invoice_store::prepare_batches(*connection_);
    }

    // One snapshot per invoice.
    std::vector<invoice_store::RowChange> write(const std::vector<v1::Invoice>& snapshots) {
        for (const auto& snapshot : snapshots) {
            auto& row = rows_[snapshot.stripe_invoice_id()];
            row = merge(std::move(row), snapshot);
        }
        pqxx::work transaction(*connection_);
        auto changes = invoice_store::write_invoices(transaction, snapshots, counts_);
        transaction.commit();
        return changes;
    }

    const std::map<std::string, std::optional<v1::Invoice>>& rows() const { return rows_; }

  private:
    std::unique_ptr<pqxx::connection> connection_;
    invoice_store::InvoiceCounts counts_{3};
    std::map<std::string, std::optional<v1::Invoice>> rows_;
};

void check_equal(const test::StoreDatabase& database, const Twins& twins) {
    const auto stored = database.invoices();
    REQUIRE(stored.size() == twins.rows().size());
    for (const auto& [id, row] : twins.rows()) CHECK(stored.at(id).DebugString() == test::shown(*row));
    CHECK(database.value("SELECT count(*) FROM invoices"
                         " WHERE invoice_in_doubt(refetch_needed, rank, furthest, answer_time)") ==
          std::to_string(std::count_if(stored.begin(), stored.end(),
                                       [](const auto& row) { return row.second.provenance().refetch_needed(); })));
    CHECK(database.totals() == database.counted());
}

}  // namespace

TEST_CASE("random sequences end in the rows that the pure merge makes") {
    const test::StoreDatabase database;
    Twins twins(database);
    test::EventGenerator generator(7);
    for (int round = 0; round < 400; ++round) {
        std::vector<v1::Invoice> snapshots;
        for (int invoice = 0; invoice < 12; ++invoice) {
            if (generator.below(3) == 0) continue;
            snapshots.push_back(snapshot_of(generator.next("in_" + std::to_string(invoice))));
            // Now and then a fold of two, as the writer makes it.
            if (generator.below(4) == 0)
                snapshots.back() =
                    merge(snapshots.back(), snapshot_of(generator.next("in_" + std::to_string(invoice))));
        }
        if (!snapshots.empty()) twins.write(snapshots);
        if (round % 40 == 0) check_equal(database, twins);
    }
    check_equal(database, twins);
}

TEST_CASE("every field of an invoice is kept") {
    const test::StoreDatabase database;
    Twins twins(database);
    auto event = test::make_event("evt_1", "open", 1);
    auto& invoice = *event.mutable_invoice();
    // Each field gets a value of its own, so that no two columns can be mixed up unseen.
    std::int64_t number = 100;
    const auto* descriptor = v1::Invoice::descriptor();
    const auto* reflection = v1::Invoice::GetReflection();
    for (int i = 0; i < descriptor->field_count(); ++i) {
        const auto* field = descriptor->field(i);
        if (field->is_repeated() || field->name() == "create_time") continue;
        using Type = google::protobuf::FieldDescriptor;
        if (field->cpp_type() == Type::CPPTYPE_INT64)
            reflection->SetInt64(&invoice, field, ++number);
        else if (field->cpp_type() == Type::CPPTYPE_STRING && field->name() != "status")
            reflection->SetString(&invoice, field, field->name() + " ü\"\\{}");
        else if (field->cpp_type() == Type::CPPTYPE_BOOL)
            reflection->SetBool(&invoice, field, true);
        else if (field->cpp_type() == Type::CPPTYPE_MESSAGE && field->message_type()->name() == "Timestamp")
            static_cast<google::protobuf::Timestamp*>(reflection->MutableMessage(&invoice, field))
                ->set_seconds(test::kCreateSecond + ++number);
    }
    (*invoice.mutable_metadata())["user_id"] = "65490130ff600e06af2a9694";
    (*invoice.mutable_metadata())["ключ"] = "\"значение\"";
    auto& line = *invoice.add_lines();
    line.set_id("il_1");
    line.set_amount_minor(-5);
    twins.write({snapshot_of(event)});
    check_equal(database, twins);
}

TEST_CASE("a write tells what stood before and what stands after") {
    const test::StoreDatabase database;
    Twins twins(database);
    const auto first = twins.write({snapshot_of(test::make_event("evt_1", "open", 1))});
    REQUIRE(first.size() == 1);
    CHECK_FALSE(first[0].before);
    CHECK(first[0].after.event_id() == "evt_1");

    const auto second = twins.write({snapshot_of(test::make_event("evt_2", "paid", 2))});
    REQUIRE(second.size() == 1);
    REQUIRE(second[0].before);
    CHECK(second[0].before->event_id() == "evt_1");
    CHECK(second[0].after.rank() == 3);

    // Nothing in it is greater: the row is not even rewritten.
    CHECK(twins.write({snapshot_of(test::make_event("evt_3", "open", 1))}).empty());
}

TEST_CASE("a registered customer's invoices go to the registered owner") {
    const test::StoreDatabase database;
    database.run(
        "INSERT INTO customers (account, stripe_customer_id, user_id, user_name, team_id)"
        " VALUES ('default', 'cus_test', 'aaaaaaaaaaaaaaaaaaaaaaaa', 'Registered', 'bbbbbbbbbbbbbbbbbbbbbbbb')");
    Twins twins(database);
    auto event = test::make_event("evt_1", "open", 1);
    (*event.mutable_invoice()->mutable_metadata())["team_id"] = "cccccccccccccccccccccccc";
    auto other_account = event;
    other_account.set_event_id("evt_2");
    other_account.set_account("other");
    other_account.mutable_invoice()->set_stripe_invoice_id("in_other");
    twins.write({snapshot_of(event)});
    twins.write({snapshot_of(other_account)});
    const auto stored = database.invoices();
    CHECK(stored.at("in_test").team_id() == "bbbbbbbbbbbbbbbbbbbbbbbb");
    CHECK(stored.at("in_test").user().name() == "Registered");
    CHECK(stored.at("in_other").team_id() == "cccccccccccccccccccccccc");
    CHECK(database.totals() == database.counted());
}
