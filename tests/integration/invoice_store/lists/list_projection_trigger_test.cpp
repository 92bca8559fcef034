// Whoever changes a row without its list entry takes the entry away: an older store, a person, a later column.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "integration/invoice_store/lists/listed_table.hpp"
#include "invoice_store/invoices/invoice_upsert.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;

TEST_CASE("who changes a row without its entry takes the entry away") {
    test::ListedTable table;
    auto event = test::make_event("evt_1", "open", 1, "in_1");
    auto& line = *event.mutable_invoice()->add_lines();
    line.set_id("il_1");
    line.set_kind("subscription");
    table.write(event);
    REQUIRE(table.entries() == "1");

    SECTION("each column that it shows") {
        for (const std::string change :
             {"id = repeat('a', 24)",
              "stripe_invoice_id = 'in_2'",
              "account = 'other'",
              "livemode = NOT livemode",
              "stripe_customer_id = 'cus_other'",
              "status = 'paid'",
              "currency = 'usd'",
              "amount_minor = 1",
              "amount_paid_minor = 1",
              "subtotal_minor = 1",
              "tax_minor = 1",
              "attempt_count = attempt_count + 1",
              "last_payment_attempt_time = now()",
              "invoice_pdf_url = 'https://other'",
              "subscription_id = 'sub_1'",
              "create_time = now()",
              "update_time = update_time + interval '1 s'",
              "period_start = now()",
              "period_end = now()",
              "lines = '[{\"id\": \"il_2\", \"kind\": \"subscription\", \"amount_minor\": 7}]'",
              "lines_complete = NOT lines_complete"}) {
            INFO(change);
            table.fill({table.listed_by_columns().front().id()});
            REQUIRE(table.entries() == "1");
            table.check_that_entries_say_what_columns_say();
            table.database().run("UPDATE invoices SET " + change);
            CHECK(table.entries() == "0");
            std::vector<std::string> missing;
            const auto listed = table.listed(&missing);
            CHECK(missing == std::vector<std::string>{listed.front().id()});
            CHECK(listed.front().DebugString() == table.listed_by_columns().front().DebugString());
        }
    }
    SECTION("what is not in it leaves it there") {
        table.database().run(
            "UPDATE invoices SET team_id = repeat('a', 24), user_id = repeat('b', 24), user_name = 'Grace',"
            " description = 'other', refetch_needed = true, stored_at = now()");
        CHECK(table.entries() == "1");
        table.check_that_entries_say_what_columns_say();
    }
}

TEST_CASE("a store that knows no entries may write beside one that does") {
    test::ListedTable table;
    // Its statement is the present one without the entry.
    const auto write_as_before = [&table](const v1::InvoiceEvent& event) {
        const auto snapshot = invoice_store::snapshot_of(event);
        std::string names;
        std::string values;
        std::string updates;
        std::vector<std::string> parameters;
        postgres::ArrayLiteral literal;
        for (const auto& column : invoice_store::invoice_columns()) {
            const std::string name = column.name;
            if (name == "list_entry") continue;
            column.add(literal, snapshot);
            parameters.push_back(literal.take());
            const auto number = std::to_string(parameters.size());
            names += (names.empty() ? "" : ", ") + name;
            values += std::string(values.empty() ? "" : ", ") + "($" + number + "::" + column.type + "[])[1]";
            updates += std::string(updates.empty() ? "" : ", ") + name + " = excluded." + name;
        }
        pqxx::work transaction(table.connection());
        transaction.exec_params("INSERT INTO invoices (" + names + ") VALUES (" + values +
                                    ") ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET " + updates,
                                pqxx::prepare::make_dynamic_params(parameters));
        transaction.commit();
    };
    write_as_before(test::make_event("evt_1", "draft", 1, "in_1"));
    CHECK(table.entries() == "0");
    CHECK(table.listed().front().status() == "draft");
    table.write(test::make_event("evt_2", "open", 2, "in_1"));
    CHECK(table.entries() == "1");
    CHECK(table.listed().front().status() == "open");
    write_as_before(test::make_event("evt_3", "paid", 3, "in_1"));
    CHECK(table.entries() == "0");
    CHECK(table.listed().front().status() == "paid");
    table.write(test::make_event("evt_4", "draft", 4, "in_1"));  // below the row
    CHECK(table.listed().front().status() == "paid");
    CHECK(table.fill({table.listed().front().id()}) == 1);
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("the trigger looks at every column that an entry shows") {
    const test::ListedTable table;
    const auto trigger = table.database().value(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'invoices_forget_list_entry'");
    std::string shown(invoice_store::select_list(v1::VIEW_BILLING));
    shown.resize(shown.find('('));  // the settlement
    int columns = 0;
    for (const auto& column : invoice_store::invoice_columns()) {
        if (shown.find(std::string("i.") + column.name + ",") == std::string::npos) continue;
        INFO(column.name);
        CHECK(trigger.find(std::string("new.") + column.name) != std::string::npos);
        CHECK(trigger.find(std::string("old.") + column.name) != std::string::npos);
        ++columns;
    }
    CHECK(columns == 21);
}
