#include "http/message.hpp"

#include <algorithm>

#include "base/percent.hpp"
#include "base/text.hpp"

namespace quittance::http {

const std::string* find_header(const Headers& headers, std::string_view name) {
    for (const auto& header : headers)
        if (base::equal_ignoring_case(header.name, name)) return &header.value;
    return nullptr;
}

std::size_t count_headers(const Headers& headers, std::string_view name) {
    return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), [&](const Header& header) {
        return base::equal_ignoring_case(header.name, name);
    }));
}

std::string_view Request::header(std::string_view name) const {
    const auto* value = find_header(headers, name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

bool parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& out) {
    out.clear();
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        std::string name;
        std::string value;
        if (!base::percent_decode(pair.substr(0, equals), true, name)) return false;
        if (equals != std::string_view::npos && !base::percent_decode(pair.substr(equals + 1), true, value))
            return false;
        out.emplace_back(std::move(name), std::move(value));
    }
    return true;
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 424:
            return "Failed Dependency";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

}  // namespace quittance::http
