#include "edge/requests/duplicate_members.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <map>

#include "http/server/problem.hpp"

namespace quittance::edge {
namespace {

namespace json = boost::json;
using json::error_code;

// Follows the events of the parser and builds no values.
class Members {
  public:
    static constexpr std::size_t max_object_size = std::size_t(-1);  // NOLINT(readability-identifier-naming)
    static constexpr std::size_t max_array_size = std::size_t(-1);   // NOLINT(readability-identifier-naming)
    static constexpr std::size_t max_key_size = std::size_t(-1);     // NOLINT(readability-identifier-naming)
    static constexpr std::size_t max_string_size = std::size_t(-1);  // NOLINT(readability-identifier-naming)

    DuplicateMembers repeated;

    static bool on_document_begin(error_code&) { return true; }
    static bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return enter(false); }
    bool on_object_end(std::size_t, error_code&) { return leave(); }
    bool on_array_begin(error_code&) { return enter(true); }
    bool on_array_end(std::size_t, error_code&) { return leave(); }
    bool on_key_part(json::string_view part, std::size_t, error_code&) {
        key_.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, error_code&) {
        key_.append(part.data(), part.size());
        auto& level = levels_.back();
        level.place = key_;
        if (++level.seen[key_] == 2) add();
        key_.clear();
        return true;
    }
    static bool on_string_part(json::string_view, std::size_t, error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, error_code&) { return value(); }
    static bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, error_code&) { return value(); }
    bool on_uint64(std::uint64_t, json::string_view, error_code&) { return value(); }
    bool on_double(double, json::string_view, error_code&) { return value(); }
    bool on_bool(bool, error_code&) { return value(); }
    bool on_null(error_code&) { return value(); }
    static bool on_comment_part(json::string_view, error_code&) { return true; }
    static bool on_comment(json::string_view, error_code&) { return true; }

  private:
    struct Level {
        bool array = false;
        std::size_t elements = 0;  // of an array, including the one being read
        std::string place;         // of an object: the member being read
        std::map<std::string, int, std::less<>> seen;
    };

    bool value() {
        if (!levels_.empty() && levels_.back().array) ++levels_.back().elements;
        return true;
    }
    bool enter(bool array) {
        value();
        levels_.emplace_back().array = array;
        return true;
    }
    bool leave() {
        levels_.pop_back();
        return true;
    }
    void add() {
        if (repeated.paths.size() < http::kMostFieldErrors)
            repeated.paths.push_back(http::shortened(path(), http::kLongestFieldName));
        else
            ++repeated.omitted;
    }
    std::string path() const {
        std::string text;
        for (const auto& level : levels_) {
            if (level.array)
                text += "[" + std::to_string(level.elements - 1) + "]";
            else
                text += (text.empty() ? "" : ".") + level.place;
        }
        return text;
    }

    std::vector<Level> levels_;
    std::string key_;
};

}  // namespace

DuplicateMembers duplicate_members(std::string_view text) {
    json::basic_parser<Members> parser{json::parse_options{}};
    error_code error;
    parser.write_some(false, text.data(), text.size(), error);
    return std::move(parser.handler().repeated);
}

}  // namespace quittance::edge
