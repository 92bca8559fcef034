// Reads the URL of a database from a setting: refuses one that libpq cannot read or that would give the password to
// whoever answers, and adds verified TLS where the server is on another machine. libpq's own words about a URL may
// quote its password, so nothing here repeats them.
#pragma once

#include <string>
#include <string_view>

namespace quittance::postgres {

// What protects a connection to a database.
enum class Protection {
    kLocal,       // a Unix socket or the loopback: it does not leave the machine
    kVerified,    // TLS with a certificate of DATABASE_CA and the server's name (sslmode=verify-full)
    kUnverified,  // whatever sslmode says: somebody in between may read and change everything
};

struct DatabaseUrlRules {
    bool verified = true;  // false: DATABASE_TLS=unverified
    std::string ca_file;   // DATABASE_CA; "": sslrootcert of the URL, or PGSSLROOTCERT
    bool pooled = false;   // through PgBouncer, which has no channel binding
};

struct DatabaseUrl {
    std::string text;  // for libpq, as name=value pairs
    std::string user;  // "" where none is given
    Protection protection = Protection::kLocal;
};

// `setting` names the setting for the error. `url` is a URL or libpq's name=value pairs; what it lacks, the variables
// of libpq (PGHOST …) may give. Unless every host is a Unix socket or the loopback, and unless `rules` allow otherwise:
// sslmode is verify-full, gssencmode is disable, and with a password channel_binding is require, so that the password
// serves the verified server only. A URL that says channel_binding keeps it. Throws runtime::ConfigurationError, with
// the setting, the kind of error and no part of the URL but sslmode.
DatabaseUrl read_database_url(std::string_view setting, const std::string& url, const DatabaseUrlRules& rules);

// Throws std::runtime_error without any part of the URL if libpq cannot read it.
void check_readable(const std::string& url);

// True if the URL has this parameter of libpq, such as "connect_timeout".
bool has_parameter(const std::string& url, std::string_view name);

// "local", "verified" or "unverified".
std::string_view word_of(Protection protection);

}  // namespace quittance::postgres
