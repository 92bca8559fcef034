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

// The name of a member with its comma, quotes and colon: `,"name":`. The compiler makes it, and one append writes it.
struct JsonKey {
    template <std::size_t N>
    consteval JsonKey(const char (&name)[N]) : size(N + 3) {  // NOLINT(google-explicit-constructor)
        static_assert(N + 3 <= sizeof text);
        text[0] = ',';
        text[1] = '"';
        for (std::size_t i = 0; i + 1 < N; ++i) {
            if (name[i] < ' ' || name[i] == '"' || name[i] == '\\') throw "a key must need no escapes";
            text[i + 2] = name[i];
        }
        text[N + 1] = '"';
        text[N + 2] = ':';
    }

    char text[32]{};
    std::size_t size;
};

class JsonWriter {
  public:
    // Appends to `out`, which outlives the writer.
    explicit JsonWriter(std::string& out) : out_(out) {}

    void begin_object() { open('{'); }
    void end_object() { close('}'); }
    void begin_array() { open('['); }
    void end_array() { close(']'); }

    template <JsonKey Name>
    void key() {
        const std::size_t skipped = comma_ ? 0 : 1;
        out_.append(Name.text + skipped, Name.size - skipped);
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

    template <JsonKey Name, class Value>
    void member(const Value& content) {
        key<Name>();
        value(content);
    }
    template <JsonKey Name, class Value>
    void member_or_null(bool there, const Value& content) {
        key<Name>();
        there ? value(content) : null();
    }
    // null for an empty text.
    template <JsonKey Name>
    void member_or_null(std::string_view text) {
        member_or_null<Name>(!text.empty(), text);
    }

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
    bool comma_ = false;  // the next key or value follows another one
};

// The text of an object whose members `write(json)` writes. `about_bytes` is the memory to begin with.
template <class Write>
std::string json_object(Write write, std::size_t about_bytes = 0) {
    std::string out;
    out.reserve(about_bytes);
    JsonWriter json(out);
    json.begin_object();
    write(json);
    json.end_object();
    return out;
}

}  // namespace quittance::edge
