#include "runtime/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/json_escape.hpp"
#include "base/text.hpp"

namespace quittance::runtime {
namespace {

// Set once by start_log before any other thread exists.
bool json_lines = false;
spdlog::level::level_enum configured_level = spdlog::level::info;

// For text lines as for JSON: a client must not be able to forge a line of the log, move a terminal's cursor, or make
// a line that is no JSON.
void append_escaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto length = base::utf8_sequence_length(text);
        const auto sequence = text.substr(0, length);
        const auto byte = static_cast<unsigned char>(text.front());
        if (length == 0) {
            out += "\\ufffd";
        } else if (byte == '"' || byte == '\\') {
            out.push_back('\\');
            out += sequence;
        } else if (byte < 0x20 || byte == 0x7f) {
            base::append_unicode_escape(out, byte);
        } else if (length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0) {
            base::append_unicode_escape(out,
                                        static_cast<unsigned char>(text[1]));  // U+0080 to U+009F: controls as well
        } else if (sequence == "\u2028" || sequence == "\u2029") {
            out += sequence == "\u2028" ? "\\u2028" : "\\u2029";  // some readers end a line there
        } else {
            out += sequence;
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

void append_value(std::string& out, const Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        out.push_back('"');
        append_escaped(out, *text);
        out.push_back('"');
    } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
        out += std::to_string(*integer);
    } else if (const auto* number = std::get_if<double>(&field.value)) {
        // JSON has no word for what is no number.
        out += std::isfinite(*number) ? fmt::format("{}", *number) : "null";
    } else {
        out += std::get<bool>(field.value) ? "true" : "false";
    }
}

std::string line_of(std::string_view message, std::initializer_list<Field> fields) {
    std::string line;
    line.reserve(message.size() + 32 * fields.size() + 16);
    append_escaped(line, message);
    if (json_lines) line.push_back('"');
    for (const auto& field : fields) {
        line += json_lines ? ",\"" : " ";
        line += field.name;
        line += json_lines ? "\":" : "=";
        append_value(line, field);
    }
    return line;
}

void write(spdlog::level::level_enum level, std::string_view message, std::initializer_list<Field> fields) {
    auto* logger = spdlog::default_logger_raw();
    if (!logger->should_log(level)) return;
    const auto line = line_of(message, fields);
    logger->log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void start_log(std::string_view service, std::string_view format, std::string_view level) {
    json_lines = format == "json";
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto logger = std::make_shared<spdlog::logger>(std::string(service), std::move(sink));
    configured_level = spdlog::level::from_str(std::string(level));
    logger->set_level(configured_level);
    logger->flush_on(spdlog::level::warn);
    if (json_lines)
        logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","service":"%n","message":"%v})",
                            spdlog::pattern_time_type::utc);
    else
        logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %n: %v", spdlog::pattern_time_type::utc);
    spdlog::set_default_logger(std::move(logger));
}

void log_debug(std::string_view message, std::initializer_list<Field> fields) {
    write(spdlog::level::debug, message, fields);
}
void log_info(std::string_view message, std::initializer_list<Field> fields) {
    write(spdlog::level::info, message, fields);
}
void log_warn(std::string_view message, std::initializer_list<Field> fields) {
    write(spdlog::level::warn, message, fields);
}
void log_error(std::string_view message, std::initializer_list<Field> fields) {
    write(spdlog::level::err, message, fields);
}

void log_more() {
    auto* logger = spdlog::default_logger_raw();
    const auto next = std::max(logger->level() - 1, static_cast<int>(spdlog::level::trace));
    logger->set_level(static_cast<spdlog::level::level_enum>(next));
}

void log_as_configured() {
    spdlog::default_logger_raw()->set_level(configured_level);
}

bool logs_details(bool raised) {
    return raised || spdlog::default_logger_raw()->should_log(spdlog::level::debug);
}

void log_detail(bool raised, std::string_view message, std::initializer_list<Field> fields) {
    auto* logger = spdlog::default_logger_raw();
    if (!raised || logger->should_log(spdlog::level::debug)) return write(spdlog::level::debug, message, fields);
    const auto line = line_of(message, fields);
    const spdlog::details::log_msg text(logger->name(), spdlog::level::debug,
                                        spdlog::string_view_t(line.data(), line.size()));
    for (const auto& sink : logger->sinks()) sink->log(text);
}

}  // namespace quittance::runtime
