// Named statements. On a session of its own a connection prepares them and runs them by name. Behind a pooler that
// gives each transaction whichever session is free (PgBouncer in transaction mode), a name would be met by a session
// that does not know it: there the text travels with each execution, and settings of a session are the pooler's
// business.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <utility>

namespace quittance::postgres {

// What a URL carries where transactions have no session of their own (through_pooler in connection.hpp adds it).
inline constexpr const char* kPooledMark = "fallback_application_name=quittance_pooled";

// A name means one text in the whole process. Again with the same text: nothing happens.
void prepare(pqxx::connection& connection, const std::string& name, const std::string& text);

// "jit = off", for the rest of the session; behind a pooler nothing, because the next transaction has another one.
void set_for_session(pqxx::connection& connection, const std::string& setting);

// True if its transactions have no session of their own.
bool is_pooled(const pqxx::connection_base& connection);

// What to send instead of the name; null: the session knows the name.
const std::string* text_to_send(const pqxx::connection_base& connection, const std::string& name);

// As the functions of pqxx of these names.
template <class... Arguments>
pqxx::result exec_prepared(pqxx::transaction_base& transaction, const std::string& name, Arguments&&... arguments) {
    if (const auto* text = text_to_send(transaction.conn(), name))
        return transaction.exec_params(*text, std::forward<Arguments>(arguments)...);
    return transaction.exec_prepared(name, std::forward<Arguments>(arguments)...);
}

template <class... Arguments>
pqxx::row exec_prepared1(pqxx::transaction_base& transaction, const std::string& name, Arguments&&... arguments) {
    if (const auto* text = text_to_send(transaction.conn(), name))
        return transaction.exec_params1(*text, std::forward<Arguments>(arguments)...);
    return transaction.exec_prepared1(name, std::forward<Arguments>(arguments)...);
}

template <class... Arguments>
void exec_prepared0(pqxx::transaction_base& transaction, const std::string& name, Arguments&&... arguments) {
    if (const auto* text = text_to_send(transaction.conn(), name))
        transaction.exec_params0(*text, std::forward<Arguments>(arguments)...);
    else
        transaction.exec_prepared0(name, std::forward<Arguments>(arguments)...);
}

}  // namespace quittance::postgres
