// The log: one line per event, text for people or JSON for machines, always with the request id where there is one.
// Secrets are never passed to it: callers name fields one by one, nobody logs whole headers, bodies or configurations.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace quittance::runtime {

struct Field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    Field(std::string_view n, std::string_view v) : name(n), value(v) {}
    Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
    Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
    Field(std::string_view n, std::int64_t v) : name(n), value(v) {}
    Field(std::string_view n, int v) : name(n), value(static_cast<std::int64_t>(v)) {}
    Field(std::string_view n, std::size_t v) : name(n), value(static_cast<std::int64_t>(v)) {}
    Field(std::string_view n, double v) : name(n), value(v) {}
    Field(std::string_view n, bool v) : name(n), value(v) {}
};

// `format`: "text" or "json"; `level`: trace, debug, info, warn, error. Call once, first thing in main.
void start_log(std::string_view service, std::string_view format, std::string_view level);

void log_debug(std::string_view message, std::initializer_list<Field> fields = {});
void log_info(std::string_view message, std::initializer_list<Field> fields = {});
void log_warn(std::string_view message, std::initializer_list<Field> fields = {});
void log_error(std::string_view message, std::initializer_list<Field> fields = {});

// A line about one request at level debug. With `raised`, because an operator asked for all lines about this request,
// it is written whatever the level is.
void log_detail(bool raised, std::string_view message, std::initializer_list<Field> fields);
// False: log_detail would write nothing.
bool logs_details(bool raised);

// While the process runs, from any thread: one level more (warn to info, info to debug, debug to trace), and back to
// what start_log was given. Signals do it, see run_until_signal.
void log_more();
void log_as_configured();

}  // namespace quittance::runtime
