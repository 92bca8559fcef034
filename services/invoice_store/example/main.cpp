// An example client of the store: lists a page of invoices, gets one invoice, and watches all changes without missing
// any, even while the store restarts.
//
//   invoice-store-example HOST:PORT list
//   invoice-store-example HOST:PORT get ID
//   invoice-store-example HOST:PORT watch TOKEN_FILE [CHANGES]
//
// `watch` saves its resume token in TOKEN_FILE and continues from there at the next start. It ends after CHANGES
// changes if given. TLS_CERT, TLS_KEY and TLS_CA name PEM files for a store with mutual TLS; without them the client
// uses plaintext.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "quittance/v1/error.pb.h"
#include "quittance/v1/invoice_store.grpc.pb.h"

namespace {

namespace v1 = quittance::v1;
using Store = v1::InvoiceStore::Stub;

// Every call has a deadline. Without one, a call to a machine that vanished would never end.
constexpr std::chrono::seconds kDeadline{10};
// A watch has no deadline, because it lasts. The store sends an answer every 15 s at least, and gRPC pings it as well.
constexpr std::chrono::milliseconds kLongestPause{5'000};

// A failure carries details beside its code and message: a stable reason for programs, and the invalid fields.
int print_error(const grpc::Status& status) {
    v1::StatusDetails details;
    v1::ErrorDetail detail;
    if (details.ParseFromString(status.error_details()) && details.details_size() > 0)
        details.details(0).UnpackTo(&detail);
    std::cerr << status.error_message() << " (code " << status.error_code() << ", " << detail.reason() << ")\n";
    for (const auto& field : detail.fields()) std::cerr << "  " << field.field() << " " << field.message() << "\n";
    return EXIT_FAILURE;
}

void print(const v1::Invoice& invoice) {
    // Money is an integer in the currency's minor unit: cents for EUR, yen for JPY.
    std::cout << invoice.id() << " " << invoice.stripe_invoice_id() << " " << invoice.status() << " "
              << invoice.amount_minor() << " " << invoice.currency() << "\n";
}

std::string content_of(const char* variable) {
    std::ifstream file(std::getenv(variable));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// A service that outlives its certificate needs credentials that read the files again (libs/rpc/tls/tls_identity).
std::shared_ptr<grpc::ChannelCredentials> credentials() {
    for (const char* variable : {"TLS_CERT", "TLS_KEY", "TLS_CA"})
        if (std::getenv(variable) == nullptr || *std::getenv(variable) == '\0')
            return grpc::InsecureChannelCredentials();
    return grpc::SslCredentials({content_of("TLS_CA"), content_of("TLS_KEY"), content_of("TLS_CERT")});
}

int list(Store& store) {
    v1::ListInvoicesRequest request;
    request.set_page_size(20);
    // The next page: the same request with set_page_token(response.next_page_token()).
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    v1::ListInvoicesResponse response;
    const auto status = store.ListInvoices(&context, request, &response);
    if (!status.ok()) return print_error(status);
    for (const auto& invoice : response.invoices()) print(invoice);
    return EXIT_SUCCESS;
}

int get(Store& store, const std::string& id) {
    v1::GetInvoiceRequest request;
    request.set_id(id);  // our id or Stripe's
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    v1::Invoice invoice;
    const auto status = store.GetInvoice(&context, request, &invoice);
    if (!status.ok()) return print_error(status);
    print(invoice);
    return EXIT_SUCCESS;
}

std::string read_token(const std::string& path) {
    std::ifstream file(path);
    std::string token;
    std::getline(file, token);
    return token;
}

// Call it after the answer is processed. A token that is saved too early loses a change after a crash.
void save_token(const std::string& path, const std::string& token) {
    std::ofstream(path + ".new") << token << "\n";
    std::rename((path + ".new").c_str(), path.c_str());
}

// Reads one stream to its end. Sets `received` at the first answer.
grpc::Status watch_once(Store& store, const std::string& path, int& changes_left, bool& received) {
    v1::WatchInvoicesRequest request;
    request.set_resume_token(read_token(path));
    grpc::ClientContext context;
    const auto reader = store.WatchInvoices(&context, request);
    v1::WatchInvoicesResponse answer;
    while (changes_left > 0 && reader->Read(&answer)) {
        received = true;
        // An answer without an invoice is a heartbeat with a fresh token.
        if (answer.has_invoice()) {
            std::cout << answer.previous_status() << " -> " << answer.status() << " ";
            print(answer.invoice());
            std::cout.flush();
            --changes_left;
        }
        save_token(path, answer.resume_token());
    }
    if (changes_left == 0) context.TryCancel();
    return reader->Finish();
}

int watch(Store& store, const std::string& path, int changes_left) {
    std::chrono::milliseconds pause{0};
    while (changes_left > 0) {
        bool received = false;
        const auto status = watch_once(store, path, changes_left, received);
        if (changes_left == 0) break;
        if (status.error_code() == grpc::StatusCode::OUT_OF_RANGE) {
            // The store no longer keeps the changes after the token. A real service lists all invoices now, then
            // watches again.
            std::cerr << "the resume token is too old: watching again from now\n";
            std::remove(path.c_str());
            continue;
        }
        if (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT) return print_error(status);
        // The store restarts, or its database is away. Retry, with a longer pause after each stream without an answer.
        pause = received ? std::chrono::milliseconds(100)
                         : std::min(pause * 2 + std::chrono::milliseconds(100), kLongestPause);
        std::this_thread::sleep_for(pause);
    }
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const std::string command = arguments.size() >= 2 ? arguments[1] : "";
    if (command.empty()) {
        std::cerr << "usage: invoice-store-example HOST:PORT list | get ID | watch TOKEN_FILE [CHANGES]\n";
        return EXIT_FAILURE;
    }
    grpc::ChannelArguments settings;
    settings.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);  // detects a peer that vanished without closing the connection
    const auto channel = grpc::CreateCustomChannel(arguments[0], credentials(), settings);
    const auto store = v1::InvoiceStore::NewStub(channel);
    if (command == "list") return list(*store);
    if (command == "get" && arguments.size() == 3) return get(*store, arguments[2]);
    if (command == "watch" && arguments.size() >= 3)
        return watch(*store, arguments[2],
                     arguments.size() > 3 ? std::atoi(arguments[3].c_str()) : std::numeric_limits<int>::max());
    std::cerr << "no such command: " << command << "\n";
    return EXIT_FAILURE;
}
