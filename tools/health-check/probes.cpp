// SPDX-License-Identifier: Apache-2.0
#include "probes.hpp"

#include "chooser.hpp"
#include "ci/environment.hpp"
#include "error/error.hpp"
#include "http/url.hpp"
#include "probe/dial.hpp"
#include "probe/sensitive.hpp"
#include "secret/variable.hpp"
#include "text/utf8.hpp"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::health_check {

namespace {

using probe::Look;

probe::Role role_from(std::string_view word) {
    return word == "primary"   ? probe::Role::primary
           : word == "replica" ? probe::Role::replica
                               : probe::Role::any;
}

} // namespace

std::string_view name(Kind kind) {
    switch (kind) {
    case Kind::http:
        return "http";
    case Kind::postgres:
        return "postgres";
    case Kind::migrations:
        return "migrations";
    case Kind::schema:
        return "schema";
    case Kind::sql:
        return "sql";
    case Kind::tcp:
        return "tcp";
    case Kind::dns:
        return "dns";
    case Kind::tls:
        return "tls";
    case Kind::oauth:
        return "oauth";
    case Kind::disk:
        return "disk";
    case Kind::command:
        return "command";
    }
    return "";
}

Probes Chooser::choose() {
    for (auto const& word : options_.probes) {
        add_word(word);
    }
    for (auto const& url : options_.urls) {
        add_http(url);
    }
    for (auto const& folder : options_.migrations) {
        add_migrations(folder.string(), options_.database_url);
    }
    if (!options_.file.empty()) {
        read_probes(options_.file, *this);
    }
    if (probes_.empty()) {
        add_usual();
    }
    number_ids();
    return {std::move(probes_), std::make_shared<expr::Program const>(expr::compile(expressions_))};
}

Probe& Chooser::add(Kind kind, std::string subject) {
    Probe probe;
    probe.kind = kind;
    probe.id = name(kind);
    probe.timeout = options_.each;
    probe.shown = subject;
    probe.subject = std::move(subject);
    return probes_.emplace_back(std::move(probe));
}

pg::ConnInfo Chooser::target(Kind kind, secret::Secret const& url) const {
    auto const named =
        url.empty() ? ci::first_variable({"PGHOST", "PGSERVICE", "PGDATABASE"}) : std::nullopt;
    if (url.empty() && !named) {
        throw Error{
            ErrorKind::usage,
            fmt::format("the probe {} has no database", name(kind)),
            "Set DATABASE_URL or give --database-url."};
    }
    auto target = pg::ConnInfo::parse(url);
    target.teach(context_.redactor);
    return target;
}

Probe& Chooser::add_http(std::string const& text) {
    auto const url = http::Url::parse(text); // names a malformed one before anything is asked
    probe::teach_credentials(text, context_.redactor);
    Probe& probe = add(Kind::http, text);
    probe.shown = url.redacted();
    probe.expected.status = probe::StatusSet{
        options_.statuses.empty() ? std::vector<std::string>{"2xx"} : options_.statuses};
    for (auto const& expression : options_.jq) {
        add_rule(probe, expression, expr::Expectation::equal_to(true), json::Value(true));
    }
    return probe;
}

void Chooser::add_rule(
    Probe& probe,
    std::string const& expression,
    expr::Expectation wanted,
    json::Value const& shown) {
    probe.expected.jq.push_back(
        {expression, expressions_.size(), std::move(wanted), json::Box{shown}});
    expressions_.push_back(expression);
}

Probe& Chooser::add_postgres(
    secret::Secret const& url,
    std::string const& role,
    std::optional<std::uint64_t> most_lag) {
    auto const where = target(Kind::postgres, url);
    Probe& made = add(Kind::postgres, "");
    made.shown = where.redacted();
    made.look = [where, role = role_from(role), most_lag](Probe const& probe, auto const& limits) {
        return probe::look_at_postgres(probe.id, where, limits, role, most_lag);
    };
    return made;
}

Probe& Chooser::add_migrations(std::string const& folder, secret::Secret const& url) {
    auto const where = target(Kind::migrations, url);
    Probe& made = add(Kind::migrations, folder);
    made.look = [where](Probe const& probe, auto const& limits) {
        return probe::look_at_migrations(probe.id, probe.subject, where, limits);
    };
    return made;
}

Probe&
Chooser::add_schema(std::string const& shown, probe::SchemaWish wish, secret::Secret const& url) {
    auto const where = target(Kind::schema, url);
    Probe& made = add(Kind::schema, shown);
    made.look = [where, wish = std::move(wish)](Probe const& probe, auto const& limits) {
        return probe::look_at_schema(probe.id, wish, where, limits);
    };
    return made;
}

Probe& Chooser::add_sql(
    std::string const& query,
    std::optional<probe::Rule> rule,
    secret::Secret const& url) {
    auto const where = target(Kind::sql, url);
    Probe& made = add(Kind::sql, query);
    made.look = [where, rule = std::move(rule)](Probe const& probe, auto const& limits) {
        return probe::look_at_sql(probe.id, probe.subject, rule, where, limits);
    };
    return made;
}

Probe& Chooser::add_tcp(std::string const& place) {
    static_cast<void>(probe::read_place(place));
    Probe& made = add(Kind::tcp, place);
    made.look = [](Probe const& probe, auto const& limits) {
        return probe::look_at_tcp(probe.id, probe.subject, limits.deadline, limits.stop);
    };
    return made;
}

Probe& Chooser::add_dns(std::string const& host, std::vector<std::string> addresses) {
    Probe& made = add(Kind::dns, host);
    made.look = [addresses = std::move(addresses)](Probe const& probe, auto const& limits) {
        return probe::look_at_dns(probe.id, probe.subject, addresses, limits.deadline, limits.stop);
    };
    return made;
}

Probe& Chooser::add_tls(probe::TlsWish wish) {
    static_cast<void>(probe::read_place(wish.place, "443"));
    Probe& made = add(Kind::tls, wish.place);
    made.look = [wish = std::move(wish)](Probe const& probe, auto const& limits) {
        return probe::look_at_tls(probe.id, wish, limits.deadline, limits.stop);
    };
    return made;
}

Probe& Chooser::add_oauth(probe::OauthWish wish) {
    auto const& url = wish.start.empty() ? wish.discovery : wish.start;
    auto const parsed = http::Url::parse(url);
    if (!wish.discovery.empty()) {
        static_cast<void>(http::Url::parse(wish.discovery));
    }
    probe::teach_credentials(url, context_.redactor);
    Probe& made = add(Kind::oauth, url);
    made.shown = parsed.redacted();
    made.look = [wish = std::move(wish),
                 &redactor = context_.redactor](Probe const& probe, auto const& limits) {
        return probe::look_at_oauth(
            probe.id, wish, probe.timeout, limits.deadline, redactor, limits.stop);
    };
    return made;
}

Probe& Chooser::add_disk(std::string const& path, std::string const& least) {
    auto const room = probe::Room::read(least);
    Probe& made = add(Kind::disk, path);
    made.look = [room](Probe const& probe, auto const&) {
        return probe::look_at_disk(probe.id, probe.subject, room);
    };
    return made;
}

Probe& Chooser::add_command(std::string const& shown, probe::CommandWish wish) {
    // What it prints may be any variable that it sees.
    for (auto const& entry : ci::environment()) {
        secret::learn_entry(entry, context_.redactor);
    }
    Probe& made = add(Kind::command, shown);
    made.look = [wish = std::move(wish)](Probe const& probe, auto const& limits) {
        return probe::look_at_command(
            probe.id, wish, limits.deadline.sooner(probe.timeout).remaining(), limits.stop);
    };
    return made;
}

// `http://…`, `postgres`, `KIND:WHAT`.
void Chooser::add_word(std::string const& word) {
    auto const colon = word.find(':');
    auto const kind = word.substr(0, colon);
    auto const rest = colon == std::string::npos ? "" : word.substr(colon + 1);
    auto const& database = options_.database_url;
    if (kind == "http" || kind == "https") {
        add_http(word);
    } else if (kind == "postgres" && rest.empty()) {
        auto const lag = options_.most_lag ? std::optional{options_.most_lag->count} : std::nullopt;
        add_postgres(database, options_.role, lag);
    } else if (rest.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is no probe", text::printable_line(word)),
            "Probes are http://…, https://…, postgres, migrations:DIR, schema:FILE, sql:QUERY, "
            "tcp:HOST:PORT, dns:NAME, tls:HOST[:PORT], oauth:URL, disk:PATH and command:LINE; the "
            "database's URL is given by DATABASE_URL."};
    } else if (kind == "migrations") {
        add_migrations(rest, database);
    } else if (kind == "schema") {
        add_schema(rest, read_schema_file(rest), database);
    } else if (kind == "sql") {
        add_sql(rest, std::nullopt, database);
    } else if (kind == "tcp") {
        add_tcp(rest);
    } else if (kind == "dns") {
        add_dns(rest, {});
    } else if (kind == "tls") {
        add_tls({rest, "", "", options_.least_days, false});
    } else if (kind == "oauth") {
        bool const metadata = rest.find("/.well-known/") != std::string::npos;
        add_oauth({metadata ? "" : rest, metadata ? rest : "", "", {}});
    } else if (kind == "disk") {
        add_disk(rest, options_.least_room);
    } else if (kind == "command") {
        add_command(rest, {{rest}, true, 0, ""});
    } else {
        add_word(kind + ":"); // throws
    }
}

void Chooser::add_usual() {
    if (!options_.api_base.empty()) {
        auto base = options_.api_base;
        while (base.ends_with('/')) {
            base.pop_back();
        }
        add_http(base + "/health");
    }
    if (!options_.database_url.empty()) {
        add_word("postgres");
    }
    if (probes_.empty()) {
        throw Error{
            ErrorKind::usage,
            "there is nothing to look at",
            "Name a probe (health-check http://host/health postgres), or set API_BASE or "
            "DATABASE_URL."};
    }
}

// Two of a kind are told apart by numbers: `http`, `http-2`.
void Chooser::number_ids() {
    std::set<std::string> taken;
    for (auto& probe : probes_) {
        auto const id = probe.id;
        for (int number = 2; !taken.insert(probe.id).second; ++number) {
            probe.id = fmt::format("{}-{}", id, number);
        }
    }
}

Probes choose_probes(Options const& options, tool::Context& context) {
    return Chooser{options, context}.choose();
}

} // namespace slipway::health_check
