// Text forms of values that libpqxx 6.4 cannot bind: arrays and timestamps.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace quittance::postgres {

// A value as the server can store it. In a text U+0000 becomes U+FFFD. A time is cut to microseconds.
std::string storable(std::string_view text);
google::protobuf::Timestamp storable(const google::protobuf::Timestamp& time);

// Builds `{…}` for a parameter of an array type, element by element.
class ArrayLiteral {
  public:
    // Texts and times are made storable().
    void add_text(std::string_view value);
    void add_integer(std::int64_t value);
    void add_boolean(bool value);
    void add_bytes(std::string_view value);  // bytea
    void add_time(const google::protobuf::Timestamp& value);
    void add_null();

    // The literal; the array is empty afterwards.
    std::string take();

  private:
    void separate();
    std::string text_ = "{";
};

// "2026-01-02 03:04:05.678901+00", as the server writes it under TimeZone UTC and DateStyle ISO.
std::string timestamp_text(const google::protobuf::Timestamp& value);
// Throws std::invalid_argument for any other text.
google::protobuf::Timestamp timestamp_of(std::string_view text);
// The bytes behind "\\x00ff…", as the server writes a bytea. Throws std::invalid_argument.
std::string bytes_of(std::string_view text);

}  // namespace quittance::postgres
