// Appends JSON (RFC 8259) to a text, value by value, without a tree in between. The writer sets commas and quotes. The
// caller gives a key before each value of an object, and an end for each begin.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <charconv>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>

#include "base/json_escape.hpp"
#include "base/timestamps.hpp"

namespace quittance::edge {

// The name of a member, a literal. The compiler adds comma, quotes and colon, so that one append writes them all.
class JsonKey {
  public:
    template <std::size_t N>
    consteval JsonKey(const char (&name)[N]) : size_(N + 3) {  // NOLINT(google-explicit-constructor)
        static_assert(N + 3 <= sizeof text_);
        text_[0] = ',';
        text_[1] = '"';
        for (std::size_t i = 0; i + 1 < N; ++i) {
            if (name[i] < ' ' || name[i] == '"' || name[i] == '\\') throw "a key must need no escapes";
            text_[i + 2] = name[i];
        }
        text_[N + 1] = '"';
        text_[N + 2] = ':';
    }

    std::string_view text(bool with_comma) const {
        return {with_comma ? text_ : text_ + 1, with_comma ? size_ : size_ - 1};
    }

  private:
    char text_[32]{};
    std::size_t size_;
};

class JsonWriter {
  public:
    // Appends to `out`, which outlives the writer.
    explicit JsonWriter(std::string& out) : out_(out) {}

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }

    void key(const JsonKey& key) {
        out_ += key.text(comma_);
        comma_ = false;
    }

    // `text` is valid UTF-8, as protobuf guarantees.
    void value(std::string_view text) {
        separate();
        base::append_json_string(out_, text);
    }
    template <std::integral Number>
    void value(Number number) {
        separate();
        if constexpr (std::same_as<Number, bool>) {
            out_ += number ? "true" : "false";
        } else {
            char digits[std::numeric_limits<std::uint64_t>::digits10 + 2];  // the longest number, or a sign before it
            out_.append(std::begin(digits), std::to_chars(std::begin(digits), std::end(digits), number).ptr);
        }
    }
    // "2023-11-06T15:07:28.550Z" (RFC 3339, UTC, milliseconds).
    void value(const google::protobuf::Timestamp& time) {
        separate();
        out_ += '"';
        base::append_rfc3339(out_, time);
        out_ += '"';
    }
    void null() {
        separate();
        out_ += "null";
    }

    template <class Value>
    void member(const JsonKey& name, const Value& content) {
        key(name);
        value(content);
    }
    template <class Value>
    void member_or_null(const JsonKey& name, bool there, const Value& content) {
        key(name);
        there ? value(content) : null();
    }
    // null for an empty text.
    void member_or_null(const JsonKey& name, std::string_view text) { member_or_null(name, !text.empty(), text); }

  private:
    void separate() {
        if (comma_) out_ += ',';
        comma_ = true;
    }
    void open(char bracket) {
        separate();
        out_ += bracket;
        comma_ = false;
    }
    void close(char bracket) {
        out_ += bracket;
        comma_ = true;
    }

    std::string& out_;
    bool comma_ = false;  // the next key or value stands behind another
};

}  // namespace quittance::edge
