#include "postgres/statements.hpp"

#include <map>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>

namespace quittance::postgres {
namespace {

// Texts are never changed or removed, so a pointer to one stays valid.
struct Texts {
    std::shared_mutex mutex;
    std::map<std::string, std::string> by_name;
};

Texts& texts() {
    static Texts all;
    return all;
}

}  // namespace

bool is_pooled(const pqxx::connection_base& connection) {
    // Whatever a transaction calls its connection, this is what all of ours are.
    return static_cast<const pqxx::connection&>(connection).options().find(kPooledMark) != std::string::npos;
}

void prepare(pqxx::connection& connection, const std::string& name, const std::string& text) {
    if (!is_pooled(connection)) return connection.prepare(name, text);
    const std::unique_lock lock(texts().mutex);
    const auto [place, is_new] = texts().by_name.try_emplace(name, text);
    if (!is_new && place->second != text) throw std::logic_error("two statements have the name " + name);
}

void set_for_session(pqxx::connection& connection, const std::string& setting) {
    if (is_pooled(connection)) return;
    pqxx::nontransaction session(connection, "setting");
    session.exec0("SET " + setting);
}

const std::string* text_to_send(const pqxx::connection_base& connection, const std::string& name) {
    if (!is_pooled(connection)) return nullptr;
    const std::shared_lock lock(texts().mutex);
    const auto found = texts().by_name.find(name);
    if (found == texts().by_name.end()) throw std::logic_error("no statement has the name " + name);
    return &found->second;
}

}  // namespace quittance::postgres
