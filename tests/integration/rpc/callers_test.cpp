// The rules for callers, with certificates on real connections.
#include "rpc/server/callers.hpp"

#include <grpcpp/client_context.h>

#include <catch2/catch.hpp>

#include "integration/rpc/store_served.hpp"
#include "integration/rpc/tls_side.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "rpc/server/dispatcher.hpp"
#include "rpc/server/stream.hpp"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using grpc::StatusCode;
namespace rpc = quittance::rpc;
namespace v1 = quittance::v1;

namespace {

constexpr std::array<rpc::MethodGroup, 2> kMethodGroups{
    {{"InvoiceStore.GetInvoice", "read"}, {"InvoiceStore.WatchInvoices", "watch"}}};

rpc::Callers parse(std::string_view rules, quittance::runtime::Metrics& metrics) {
    return rpc::Callers::parse("ALLOWED_CLIENTS", rules, kMethodGroups, metrics);
}

// A service with a unary method, a stream, and a method in no group.
class Service final : public v1::InvoiceStore::CallbackService {
  public:
    Service(boost::asio::io_context& loop, const rpc::Callers& callers, quittance::runtime::Metrics& metrics)
        : unary_(loop, {.callers = &callers}, metrics), streams_(loop, {.callers = &callers}, metrics) {}

    grpc::ServerUnaryReactor* GetInvoice(grpc::CallbackServerContext* context, const v1::GetInvoiceRequest* request,
                                         v1::Invoice* response) override {
        return unary_.serve("InvoiceStore.GetInvoice", context, *request, *response, echo);
    }
    grpc::ServerUnaryReactor* GetLastInvoice(grpc::CallbackServerContext* context,
                                             const v1::GetLastInvoiceRequest* request, v1::Invoice* response) override {
        return unary_.serve("InvoiceStore.GetLastInvoice", context, *request, *response,
                            [](const rpc::Call&, const auto&, auto&) -> boost::asio::awaitable<grpc::Status> {
                                co_return grpc::Status();
                            });
    }
    grpc::ServerWriteReactor<v1::WatchInvoicesResponse>* WatchInvoices(
        grpc::CallbackServerContext* context, const v1::WatchInvoicesRequest* request) override {
        return streams_.serve<v1::WatchInvoicesResponse>(
            "InvoiceStore.WatchInvoices", context, *request,
            [](const rpc::Call&, const auto&, auto& out) -> boost::asio::awaitable<grpc::Status> {
                v1::WatchInvoicesResponse answer;
                co_await out.write(std::move(answer));
                co_return grpc::Status();
            });
    }
    void end_streams() { streams_.end_all(); }

  private:
    rpc::Dispatcher unary_;
    rpc::StreamDispatcher streams_;
};

struct Guarded {
    explicit Guarded(const std::string& rules, const TlsSide& side)
        : callers(parse(rules, metrics)), service(thread.loop(), callers, metrics), server(side.serving(), {&service}) {
        server.set_serving(true);
    }
    ~Guarded() {
        service.end_streams();
        server.shutdown(std::chrono::system_clock::now() + kPatience);
        thread.stop();
    }

    quittance::runtime::Metrics metrics;
    LoopThread thread;
    rpc::Callers callers;
    Service service;
    rpc::Server server;
};

struct Statuses {
    grpc::Status get, last, watch;
};

// Sends `claim` as metadata, like a caller that claims another name.
Statuses call_all(const Guarded& guarded, const TlsSide& side, const std::string& claim = "") {
    const auto stub = v1::InvoiceStore::NewStub(rpc::make_channel(side.calling(guarded.server.address())));
    const auto prepare = [&claim](grpc::ClientContext& context) {
        context.set_deadline(std::chrono::system_clock::now() + kPatience);
        if (!claim.empty())
            for (const char* name : {"x-forwarded-client-cert", "peer_dns", "x-client-name"})
                context.AddMetadata(name, claim);
    };
    Statuses statuses;
    v1::Invoice invoice;
    grpc::ClientContext for_get;
    prepare(for_get);
    statuses.get = stub->GetInvoice(&for_get, v1::GetInvoiceRequest(), &invoice);
    grpc::ClientContext for_last;
    prepare(for_last);
    statuses.last = stub->GetLastInvoice(&for_last, v1::GetLastInvoiceRequest(), &invoice);
    grpc::ClientContext for_watch;
    prepare(for_watch);
    const auto reader = stub->WatchInvoices(&for_watch, v1::WatchInvoicesRequest());
    v1::WatchInvoicesResponse answer;
    while (reader->Read(&answer)) {
    }
    statuses.watch = reader->Finish();
    return statuses;
}

}  // namespace

TEST_CASE("a caller may call only the methods that the rules allow to a name in its certificate") {
    CertificateAuthority authority;
    const TlsSide store(authority, kLoopback);
    Guarded guarded("edge=read, dashboards = read + watch,spiffe://quittance/reports=watch,operator=all", store);
    const auto by = [&](const std::string& names, const std::string& claim = "") {
        const TlsSide side(authority, names);
        return call_all(guarded, side, claim);
    };
    const auto edge = by("DNS:edge");
    CHECK(edge.get.ok());
    CHECK(edge.watch.error_code() == StatusCode::PERMISSION_DENIED);
    CHECK(edge.watch.error_message() == "edge may not call InvoiceStore.WatchInvoices");
    CHECK(rpc::detail_of(edge.watch).reason() == "caller_not_allowed");
    CHECK(edge.last.error_code() == StatusCode::PERMISSION_DENIED);
    CHECK((by("DNS:dashboards").get.ok() && by("DNS:dashboards").watch.ok()));
    const auto reports = by("DNS:unknown,URI:spiffe://quittance/reports");
    CHECK(reports.watch.ok());
    CHECK(reports.get.error_message() == "unknown, spiffe://quittance/reports may not call InvoiceStore.GetInvoice");
    // No caller may call a method that is in no group.
    const auto operators = by("DNS:operator");
    CHECK((operators.get.ok() && operators.watch.ok()));
    CHECK(operators.last.error_code() == StatusCode::PERMISSION_DENIED);
}

TEST_CASE("only whole DNS and URI names of the certificate count") {
    CertificateAuthority authority;
    const TlsSide store(authority, kLoopback);
    Guarded guarded("edge=read,10.0.0.1=read,me@edge=read,quittance-test=read", store);
    for (const char* names : {"DNS:edge.example.org", "DNS:edg", "DNS:*.edge", "DNS:edge2", "URI:http://edge",
                              "IP:10.0.0.1", "email:me@edge"}) {
        INFO(names);  // the subject's common name, quittance-test, has no effect
        const TlsSide side(authority, names);
        CHECK(call_all(guarded, side, "edge").get.error_code() == StatusCode::PERMISSION_DENIED);
    }
    const auto text = guarded.metrics.text();
    CHECK_THAT(text, Catch::Contains("quittance_rpc_callers_refused_total{method=\"InvoiceStore.GetInvoice\"} 7"));
    CHECK_THAT(text, Catch::Contains("code=\"PERMISSION_DENIED\",method=\"InvoiceStore.GetInvoice\"} 7"));
    const TlsSide edge(authority, "DNS:edge");
    CHECK(call_all(guarded, edge).get.ok());
}

TEST_CASE("without rules no caller is allowed") {
    CertificateAuthority authority;
    const TlsSide store(authority, kLoopback);
    Guarded guarded("", store);
    const TlsSide edge(authority, "DNS:edge");
    CHECK(call_all(guarded, edge).get.error_code() == StatusCode::PERMISSION_DENIED);
}

TEST_CASE("an invalid rule is refused with the setting's name and the wrong part") {
    quittance::runtime::Metrics metrics;
    for (const char* rules : {"edge", "=read", "edge=", "edge=read+", "edge=write", "edge=read,,operator=al"}) {
        INFO(rules);
        CHECK_THROWS_WITH(parse(rules, metrics), Catch::Contains("ALLOWED_CLIENTS") && Catch::Contains("read, watch"));
    }
    CHECK_THROWS_WITH(parse("edge=write", metrics), Catch::Contains("there is no group 'write'"));
    CHECK_NOTHROW(parse(" edge = read , ", metrics));
}
