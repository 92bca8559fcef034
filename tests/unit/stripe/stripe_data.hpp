// The recorded payloads under tests/data.
#pragma once

#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace quittance::test {

inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline std::string fixture(const std::string& name) {
    return read_file(std::string(QUITTANCE_TEST_DATA) + "/stripe/fixtures/" + name);
}

inline boost::json::value fixture_json(const std::string& name) {
    return boost::json::parse(fixture(name));
}

}  // namespace quittance::test
