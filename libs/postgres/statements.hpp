// Named statements. A connection with a session of its own prepares them and runs them by name. A pooler in transaction
// mode (PgBouncer) gives each transaction any free session, which may not know the name. There the text is sent with
// each execution, and the pooler has to make the settings of a session.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "postgres/statement_span.hpp"

namespace quittance::postgres {

// Marks a URL whose transactions have no session of their own (through_pooler in connection.hpp adds it).
inline constexpr const char* kPooledMark = "fallback_application_name=quittance_pooled";

// A name has one text in the whole process. A second call with the same text does nothing.
void prepare(pqxx::connection& connection, const std::string& name, const std::string& text);

// Sets "jit = off" for the rest of the session. Does nothing behind a pooler: the next transaction has another session.
void set_for_session(pqxx::connection& connection, const std::string& setting);

// True if the transactions of the connection have no session of their own.
bool is_pooled(const pqxx::connection_base& connection);

// The text to send instead of the name. Null: the session knows the name.
const std::string* text_to_send(const pqxx::connection_base& connection, const std::string& name);

// Like the functions of pqxx with these names.
template <class... Arguments>
pqxx::result exec_prepared(pqxx::transaction_base& transaction, const std::string& name, Arguments&&... arguments) {
    const auto span = statement_span(name);
    if (const auto* text = text_to_send(transaction.conn(), name))
        return transaction.exec_params(*text, std::forward<Arguments>(arguments)...);
    return transaction.exec_prepared(name, std::forward<Arguments>(arguments)...);
}

template <class... Arguments>
pqxx::row exec_prepared1(pqxx::transaction_base& transaction, const std::string& name, Arguments&&... arguments) {
    const auto span = statement_span(name);
    if (const auto* text = text_to_send(transaction.conn(), name))
        return transaction.exec_params1(*text, std::forward<Arguments>(arguments)...);
    return transaction.exec_prepared1(name, std::forward<Arguments>(arguments)...);
}

template <class... Arguments>
void exec_prepared0(pqxx::transaction_base& transaction, const std::string& name, Arguments&&... arguments) {
    const auto span = statement_span(name);
    if (const auto* text = text_to_send(transaction.conn(), name))
        transaction.exec_params0(*text, std::forward<Arguments>(arguments)...);
    else
        transaction.exec_prepared0(name, std::forward<Arguments>(arguments)...);
}

}  // namespace quittance::postgres
