// Which command lines are understood.
#include "quittancectl/command_line.hpp"

#include <catch2/catch.hpp>

namespace quittance::quittancectl {
namespace {

// True where it parses and leaves a command to run.
bool understood(const std::string& arguments) {
    CommandLine line;
    const auto app = make_command_line(line);
    try {
        app->parse(arguments);
    } catch (const CLI::ParseError&) {
        return false;
    }
    return line.command != nullptr;
}

TEST_CASE("every command is understood") {
    for (const char* arguments :
         {"events list", "events list --state dead --since 24h --limit 5 --type invoice.paid --invoice in_1 --json",
          "events show evt_1", "events replay evt_1 evt_2", "events replay --all-dead", "events replay evt_1 --live",
          "events discard evt_1 --reason known", "reconcile", "reconcile --since 2h --dry-run", "audit",
          "audit --dry-run", "backfill --from 2023-01-01 --to 2024-01-01 --slice 7d --again", "invoice show in_1",
          "--account eu audit", "key new reports", "key new reports --may read,audit --json", "key new a --may write",
          "account replace acct_2 --account eu --live",
          "token --key k --kid a --issuer i --audience a --team 0123456789abcdef01234567"})
        CHECK(understood(arguments));
}

TEST_CASE("what is wrong is refused before anything is asked") {
    for (const char* arguments : {"",
                                  "events",
                                  "events list --state gone",
                                  "events list --limit 0",
                                  "events list --since yesterday",
                                  "events show",
                                  "events replay",
                                  "events discard evt_1",
                                  "reconcile --since",
                                  "backfill",
                                  "backfill --from 2023-01-01 --slice 1",
                                  "invoice show",
                                  "unknown",
                                  "token",
                                  "account",
                                  "account replace",
                                  "key",
                                  "key new",
                                  "key new a:b",
                                  "key new a,b",
                                  "key new 'a b'",
                                  "key new a --may admin",
                                  "key new a --may read+write"})
        CHECK_FALSE(understood(arguments));
}

TEST_CASE("options of all commands may stand before or behind") {
    CommandLine line;
    const auto app = make_command_line(line);
    app->parse("--store a:1 invoice show in_1 --json --account eu");
    CHECK(line.store_address == "a:1");
    CHECK(line.json);
    CHECK(line.account == "eu");
}

}  // namespace
}  // namespace quittance::quittancectl
