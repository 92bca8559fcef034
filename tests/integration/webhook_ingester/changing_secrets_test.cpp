// Webhook secrets and relay keys that change with their files, while the ingester runs.
#include <catch2/catch.hpp>
#include <csignal>

#include "base/digest.hpp"
#include "integration/webhook_ingester/scripted_store.hpp"
#include "integration/webhook_ingester/sender.hpp"
#include "support/patience.hpp"
#include "support/process.hpp"
#include "support/secret_file.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own
using quittance::v1::EventOutcome;

namespace {

class RunningIngester {
  public:
    explicit RunningIngester(std::map<std::string, std::string> environment)
        : process_(options(std::move(environment))) {
        process_.wait_until_ready();
    }

    int status_of(const std::string& secret, const std::string& path = "/webhooks/stripe",
                  bool livemode = false) const {
        const auto body = event_body("evt_1", [livemode](auto& event) { event["livemode"] = livemode; });
        const auto webhook = signed_webhook(body, 0, {secret});
        return webhooks()
            .request("POST", path, webhook.body,
                     {{"Content-Type", "application/json"}, {"Stripe-Signature", webhook.signature}})
            .status;
    }
    Sender webhooks() const { return Sender("http://" + process_.address("WEBHOOK_LISTEN")); }
    double metric(const std::string& sample) const {
        return sample_in(Sender("http://" + process_.address("METRICS_LISTEN")).request("GET", "/metrics").body,
                         sample);
    }
    bool refused(const std::string& setting, int times) const {
        const auto sample = "quittance_secret_file_changes_total{result=\"refused\",setting=\"" + setting + "\"}";
        return eventually([&] { return metric(sample) == times; });
    }
    Process& process() { return process_; }

  private:
    static ProcessOptions options(std::map<std::string, std::string> environment) {
        environment.insert({"WEBHOOK_LISTEN", "127.0.0.1:0"});
        // The tests refuse many requests.
        environment.insert({"REFUSALS_PER_SECOND", "0"});
        return {our_program("quittance-webhook-ingester"), {}, std::move(environment)};
    }

    Process process_;
};

}  // namespace

TEST_CASE("a webhook secret is rolled while the ingester runs") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    const SecretFile secrets(kSecret);
    RunningIngester ingester({{"INVOICE_STORE_ADDRESS", store.address()},
                              {"STRIPE_WEBHOOK_SECRETS_FILE", secrets.path()},
                              {"STRIPE_LIVEMODE", "false"}});
    CHECK(ingester.status_of(kSecret) == 200);
    CHECK(ingester.status_of(kSecondSecret) == 400);

    secrets.write(kSecret + ",\n" + kSecondSecret + "\n");
    REQUIRE(eventually([&] { return ingester.status_of(kSecondSecret) == 200; }));
    CHECK(ingester.status_of(kSecret) == 200);
    CHECK(ingester.metric(R"(quittance_webhook_signatures_total{account="default",secret="1"})") >= 1);

    secrets.write(kSecondSecret);
    REQUIRE(eventually([&] { return ingester.status_of(kSecret) == 400; }));
    CHECK(ingester.status_of(kSecondSecret) == 200);

    secrets.remove();
    REQUIRE(ingester.refused("STRIPE_WEBHOOK_SECRETS", 1));
    CHECK(ingester.status_of(kSecondSecret) == 200);

    secrets.write("");
    REQUIRE(eventually([&] { return ingester.status_of(kSecondSecret) == 400; }));
    CHECK_THAT(ingester.process().log(), Catch::Contains("every webhook is refused") && !Catch::Contains(kSecret) &&
                                             !Catch::Contains(kSecondSecret));
    CHECK(ingester.process().terminate().clean());
}

TEST_CASE("secrets of several accounts change, and a change of anything else is refused") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    const auto accounts = [](const std::string& eu, const std::string& us, const std::string& label = "us") {
        return R"([{"label":"eu","livemode":false,"webhook_secrets":[")" + eu + R"("]},{"label":")" + label +
               R"(","livemode":false,"webhook_secrets":[")" + us + R"("]}])";
    };
    const SecretFile file(accounts(kSecret, kSecondSecret));
    RunningIngester ingester({{"INVOICE_STORE_ADDRESS", store.address()}, {"STRIPE_ACCOUNTS_FILE", file.path()}});
    const std::string eu = "/webhooks/stripe/eu";
    CHECK(ingester.status_of(kSecret, eu) == 200);

    file.write(accounts("whsec_new", kSecondSecret));
    REQUIRE(eventually([&] { return ingester.status_of("whsec_new", eu) == 200; }));
    CHECK(ingester.status_of(kSecret, eu) == 400);
    CHECK(ingester.status_of(kSecondSecret, eu) == 400);
    CHECK(ingester.status_of(kSecondSecret, "/webhooks/stripe/us") == 200);

    int times = 0;
    for (const auto& wrong : {accounts("whsec_other", kSecondSecret, "ca"), std::string("[{"),
                              accounts("whsec_same", "whsec_same"), std::string("[]")}) {
        INFO(wrong);
        file.write(wrong);
        REQUIRE(ingester.refused("STRIPE_ACCOUNTS", ++times));
        CHECK(ingester.status_of("whsec_new", eu) == 200);
    }
    CHECK_THAT(ingester.process().log(), Catch::Contains("it changes more than secrets") && !Catch::Contains("whsec_"));
}

TEST_CASE("the key of a relay changes with its file") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    const auto entry = [](const std::string& key) { return "default:" + quittance::base::sha256_hex(key); };
    const SecretFile keys(entry("alpha"));
    RunningIngester ingester(
        {{"INVOICE_STORE_ADDRESS", store.address()}, {"EVENT_RELAY_KEY_HASHES_FILE", keys.path()}});
    const auto status_of = [&](const std::string& key) {
        return ingester.webhooks().request("POST", "/events/stripe", "{}", {{"Api-Key", key}}).status;
    };
    CHECK(status_of("alpha") == 400);  // let in: the body is no envelope
    CHECK(status_of("beta") == 401);
    keys.write(entry("beta"));
    REQUIRE(eventually([&] { return status_of("beta") == 400; }));
    CHECK(status_of("alpha") == 401);
    keys.write("swordfish");
    REQUIRE(ingester.refused("EVENT_RELAY_KEY_HASHES", 1));
    CHECK(status_of("beta") == 400);
    CHECK_THAT(ingester.process().log(), !Catch::Contains("swordfish"));
}

TEST_CASE("SIGHUP does not end the ingester") {
    ScriptedStore store(always(EventOutcome::APPLIED));
    RunningIngester ingester({{"INVOICE_STORE_ADDRESS", store.address()},
                              {"STRIPE_WEBHOOK_SECRETS", kSecret},
                              {"STRIPE_LIVEMODE", "false"}});
    ingester.process().signal(SIGHUP);
    REQUIRE(eventually([&] { return ingester.process().log().find("SIGHUP") != std::string::npos; }));
    CHECK(ingester.status_of(kSecret) == 200);
    CHECK(ingester.process().terminate().clean());
}
