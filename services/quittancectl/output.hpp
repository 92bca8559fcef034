// The tool's output: tables for people, JSON for programs, and exit codes for scripts.
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <grpcpp/support/status.h>

#include <iosfwd>
#include <string>
#include <vector>

namespace quittance::quittancectl {

enum ExitCode {
    kDone = 0,
    kFailed = 1,
    kUsage = 2,
    kFound = 3,  // done, and found missing events, drift, doubts or dead events
    kNotFound = 4,
    kUnavailable = 5,
};

// A column is as wide as its widest cell. A cell of more than 60 characters is cut.
class Table {
  public:
    explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    std::size_t rows() const { return rows_.size(); }
    void print(std::ostream& out) const;

  private:
    std::vector<std::string> head_;
    std::vector<std::vector<std::string>> rows_;
};

// One line of JSON in protobuf's mapping (https://protobuf.dev/programming-guides/json), with the field names of the
// proto. Unset fields of primitive types are included.
std::string json_of(const google::protobuf::Message& message);

// "2026-11-22 04:30:00", UTC. Empty if the time is unset.
std::string shown(const google::protobuf::Timestamp& time);

// Prints the error on standard error and returns its exit code.
ExitCode report(const grpc::Status& status);

}  // namespace quittance::quittancectl
