// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/redactor.hpp"
#include "secret/secret.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::pg {

/// Where to connect to: a URI or key=value string over libpq's defaults (PG* variables, service
/// file). Never shows its passwords but where asked for them by name.
class ConnInfo {
public:
    /// Reads `postgresql://…` or `host=… dbname=…`; the empty text is from_environment(). Throws
    /// usage with what is wrong, never with what could be a part of a password.
    static ConnInfo parse(secret::Secret const& text);

    /// libpq's defaults alone: PGHOST, PGPORT, PGSERVICE, ….
    static ConnInfo from_environment();

    /// `postgresql://user:***@host:5432/db?key=value`, safe to print.
    [[nodiscard]] std::string redacted() const;

    /// `host:port`, or the socket's path; what an error message names.
    [[nodiscard]] std::string address() const;

    /// As libpq takes it: empty for the default socket, a list with commas for several hosts.
    [[nodiscard]] std::string host() const;
    [[nodiscard]] std::string port() const;
    [[nodiscard]] std::string user() const;
    [[nodiscard]] std::string database() const;

    /// Given or from PGPASSWORD; a password file is read by libpq alone.
    [[nodiscard]] std::optional<std::string> password() const;

    /// Whether every host is a Unix socket or a loopback address.
    [[nodiscard]] bool is_local() const;

    [[nodiscard]] ConnInfo with_database(std::string name) const;

    /// A copy with libpq's parameter `key` set; an empty value takes it out.
    [[nodiscard]] ConnInfo with(std::string_view key, std::string value) const;

    /// The value given for libpq's parameter `key` (no defaults), or for a URL parameter that
    /// libpq does not know and other clients use: schema, connection_limit, pgbouncer, ….
    [[nodiscard]] std::optional<std::string> parameter(std::string_view key) const;

    /// Everything as one URL, foreign parameters included, for a child's environment only.
    [[nodiscard]] secret::Secret uri() const;

    /// PGHOST, PGPASSWORD, … that make libpq programs connect to the same place; libpq has no
    /// variable for a few rare parameters (sslpassword, keepalives*), which are left out.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> libpq_environment() const;

    /// Tells the redactor every secret in here, and the spellings in which they were given.
    void teach(secret::Redactor& redactor) const;

    /// What was given, key by key, for libpq; without defaults and foreign parameters.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> const& settings() const {
        return settings_;
    }

private:
    void read_libpq(std::string const& text, bool is_uri);
    [[nodiscard]] std::string effective(std::string_view key, std::string_view otherwise) const;
    [[nodiscard]] std::string spell_uri(std::string_view password_as) const;

    std::vector<std::pair<std::string, std::string>> settings_;
    std::vector<std::pair<std::string, std::string>> foreign_;
    std::vector<std::string> spellings_; // of secrets, as they stood in the text
};

} // namespace slipway::pg
