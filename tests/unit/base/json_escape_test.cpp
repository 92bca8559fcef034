// Every byte in every place of a word of eight is escaped as RFC 8259, section 7, asks for.
#include "base/json_escape.hpp"

#include <catch2/catch.hpp>

#include "base/text.hpp"

namespace base = quittance::base;

TEST_CASE("each byte is written right wherever it stands") {
    for (int value = 0; value < 256; ++value) {
        const auto c = static_cast<char>(value);
        std::string written_alone = c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string(1, c);
        if (value < 0x20 && c != '\n') {
            written_alone = "\\u00";
            base::append_hex(written_alone, static_cast<unsigned char>(value));
        }
        for (std::size_t place = 0; place < 20; ++place) {
            const auto before = std::string(place, 'x');
            const auto after = std::string(19 - place, 'y');
            std::string out;
            base::append_json_string(out, before + c + after);
            REQUIRE(out == '"' + before + written_alone + after + '"');
        }
    }
}
