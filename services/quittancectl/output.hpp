// How the tool speaks: tables for people, JSON for programs, and exit codes that scripts can use.
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
    kFound = 3,  // it ran, and found what should not be: missing events, drift, dead events
    kNotFound = 4,
    kUnavailable = 5,
};

// Columns as wide as their widest cell; a cell of more than 60 characters is cut.
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

// One line of JSON after protobuf's own mapping (https://protobuf.dev/programming-guides/json), with the names of the
// proto and with fields that are not set.
std::string json_of(const google::protobuf::Message& message);

// "2026-11-22 04:30:00", UTC; empty where it is unset.
std::string shown(const google::protobuf::Timestamp& time);

// Says on standard error what went wrong, and gives the exit code for it.
ExitCode report(const grpc::Status& status);

}  // namespace quittance::quittancectl
