// Array literals after https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO, and timestamps by the civil calendar.
#include "postgres/literal.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "base/timestamps.hpp"

namespace quittance::postgres {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void append_timestamp(std::string& text, const google::protobuf::Timestamp& value) {
    const auto time = base::civil_time(value.seconds());
    base::append_digits(text, static_cast<unsigned>(time.year), 4);
    text += '-';
    base::append_digits(text, time.month, 2);
    text += '-';
    base::append_digits(text, time.day, 2);
    text += ' ';
    base::append_digits(text, time.hour, 2);
    text += ':';
    base::append_digits(text, time.minute, 2);
    text += ':';
    base::append_digits(text, time.second, 2);
    if (const auto micros = static_cast<unsigned>(value.nanos() / 1'000); micros != 0) {
        text += '.';
        base::append_digits(text, micros, 6);
    }
    text += "+00";
}

// Reads digits at the front of `text` and the separator after them.
unsigned take_number(std::string_view& text, std::size_t width, char separator) {
    unsigned value = 0;
    const char* end = text.data() + width;
    if (text.size() < width) throw std::invalid_argument("a timestamp is too short");
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) throw std::invalid_argument("a timestamp has no digit where one belongs");
    text.remove_prefix(width);
    if (separator != '\0') {
        if (text.empty() || text.front() != separator)
            throw std::invalid_argument("a timestamp has another form than ISO");
        text.remove_prefix(1);
    }
    return value;
}

}  // namespace

std::string storable(std::string_view text) {
    std::string clean;
    for (auto zero = text.find('\0'); zero != std::string_view::npos; zero = text.find('\0')) {
        clean.append(text, 0, zero).append(kReplacement);
        text.remove_prefix(zero + 1);
    }
    return clean.append(text);
}

google::protobuf::Timestamp storable(const google::protobuf::Timestamp& time) {
    auto cut = time;
    cut.set_nanos(time.nanos() / 1'000 * 1'000);
    return cut;
}

void ArrayLiteral::separate() {
    if (text_.size() > 1) text_ += ',';
}

void ArrayLiteral::add_text(std::string_view value) {
    separate();
    text_ += '"';
    std::size_t copied = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c != '"' && c != '\\' && c != '\0') continue;
        text_.append(value, copied, i - copied);
        if (c == '\0') {
            text_ += kReplacement;
        } else {
            text_ += '\\';
            text_ += c;
        }
        copied = i + 1;
    }
    text_.append(value, copied, value.size() - copied);
    text_ += '"';
}

void ArrayLiteral::add_integer(std::int64_t value) {
    separate();
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text_.append(digits.data(), end);
}

void ArrayLiteral::add_boolean(bool value) {
    separate();
    text_ += value ? 't' : 'f';
}

void ArrayLiteral::add_bytes(std::string_view value) {
    separate();
    text_ += "\"\\\\x";
    for (const char c : value) base::append_hex(text_, static_cast<unsigned char>(c));
    text_ += '"';
}

void ArrayLiteral::add_time(const google::protobuf::Timestamp& value) {
    separate();
    text_ += '"';
    append_timestamp(text_, value);
    text_ += '"';
}

void ArrayLiteral::add_null() {
    separate();
    text_ += "NULL";
}

std::string ArrayLiteral::take() {
    text_ += '}';
    return std::exchange(text_, "{");
}

std::string timestamp_text(const google::protobuf::Timestamp& value) {
    std::string text;
    append_timestamp(text, value);
    return text;
}

google::protobuf::Timestamp timestamp_of(std::string_view text) {
    base::CivilTime civil;
    civil.year = static_cast<int>(take_number(text, 4, '-'));
    civil.month = take_number(text, 2, '-');
    civil.day = take_number(text, 2, ' ');
    civil.hour = take_number(text, 2, ':');
    civil.minute = take_number(text, 2, ':');
    civil.second = take_number(text, 2, '\0');
    const auto seconds = base::unix_seconds(civil);
    if (!seconds) throw std::invalid_argument("a timestamp names no moment");
    google::protobuf::Timestamp time;
    time.set_seconds(*seconds);
    if (!text.empty() && text.front() == '.') {
        // The server leaves trailing zeros out.
        int nanos = 0;
        int place = 100'000'000;
        text.remove_prefix(1);
        for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), place /= 10)
            nanos += (text.front() - '0') * place;
        time.set_nanos(nanos);
    }
    if (text != "+00") throw std::invalid_argument("a timestamp is not in UTC");
    return time;
}

std::string bytes_of(std::string_view text) {
    if (text.substr(0, 2) != "\\x") throw std::invalid_argument("a bytea is not in hex");
    auto bytes = base::from_hex(text.substr(2));
    if (!bytes) throw std::invalid_argument("a bytea has a digit that is not hex");
    return *std::move(bytes);
}

}  // namespace quittance::postgres
