// A client of WatchInvoices for tests: reads the stream and keeps the last resume token.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quittance/v1/invoice_store.grpc.pb.h"
#include "support/patience.hpp"

namespace quittance::test {

class Watching {
  public:
    Watching(v1::InvoiceStore::Stub& stub, v1::WatchInvoicesRequest request,
             std::chrono::milliseconds patience = 5 * kPatience) {
        context_.set_deadline(std::chrono::system_clock::now() + patience);
        context_.set_wait_for_ready(true);
        reader_ = stub.WatchInvoices(&context_, request);
    }
    ~Watching() { context_.TryCancel(); }

    // The next message; unset when the stream has ended.
    std::optional<v1::WatchInvoicesResponse> next() {
        v1::WatchInvoicesResponse response;
        if (!reader_->Read(&response)) return std::nullopt;
        token_ = response.resume_token();
        return response;
    }
    // The next change. Skips signs of life.
    std::optional<v1::WatchInvoicesResponse> change() {
        auto response = next();
        while (response && !response->has_invoice()) response = next();
        return response;
    }
    grpc::Status finish() {
        while (next()) {
        }
        return reader_->Finish();
    }
    void cancel() { context_.TryCancel(); }
    const std::string& token() const { return token_; }

  private:
    grpc::ClientContext context_;
    std::unique_ptr<grpc::ClientReader<v1::WatchInvoicesResponse>> reader_;
    std::string token_;
};

inline v1::WatchInvoicesRequest from_token(const std::string& token) {
    v1::WatchInvoicesRequest request;
    request.set_resume_token(token);
    return request;
}

}  // namespace quittance::test
