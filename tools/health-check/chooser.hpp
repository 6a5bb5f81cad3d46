// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/node.hpp"
#include "probe/look_local.hpp"
#include "probe/look_net.hpp"
#include "probe/look_oauth.hpp"
#include "probe/look_schema.hpp"
#include "probes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::health_check {

/// Makes probes of what was written on the command line or in a file.
class Chooser {
public:
    Chooser(Options const& options, tool::Context& context)
        : options_(options), context_(context) {}

    /// As choose_probes().
    Probes choose();

    // What a word or an entry of a file means; they throw usage where it is malformed.
    Probe& add_http(std::string const& url);
    Probe& add_postgres(
        secret::Secret const& url,
        std::string const& role,
        std::optional<std::uint64_t> most_lag);
    Probe& add_migrations(std::string const& folder, secret::Secret const& url);
    Probe& add_schema(std::string const& shown, probe::SchemaWish wish, secret::Secret const& url);
    Probe&
    add_sql(std::string const& query, std::optional<probe::Rule> rule, secret::Secret const& url);
    Probe& add_tcp(std::string const& place);
    Probe& add_dns(std::string const& name, std::vector<std::string> addresses);
    Probe& add_tls(probe::TlsWish wish);
    Probe& add_oauth(probe::OauthWish wish);
    Probe& add_disk(std::string const& path, std::string const& least);
    Probe& add_command(std::string const& shown, probe::CommandWish wish);

    /// An expression of JSON's that has to be as wanted, of an http probe.
    void add_rule(
        Probe& probe,
        std::string const& expression,
        expr::Expectation wanted,
        json::Value const& shown);

    [[nodiscard]] Options const& options() const { return options_; }

private:
    Probe& add(Kind kind, std::string subject);
    [[nodiscard]] pg::ConnInfo target(Kind kind, secret::Secret const& url) const;
    void add_word(std::string const& word);
    void add_usual();
    void number_ids();

    Options const& options_;
    tool::Context& context_;
    std::vector<Probe> probes_;
    std::vector<std::string> expressions_;
};

/// Adds the probes of a file of --file; throws usage with file and line.
void read_probes(fs::Path const& path, Chooser& chooser);

/// Reads what a schema has to have: `{tables: …, enums: …}`.
probe::SchemaWish read_schema(config::Node const& node);

/// The same of a file of its own.
probe::SchemaWish read_schema_file(fs::Path const& path);

} // namespace slipway::health_check
