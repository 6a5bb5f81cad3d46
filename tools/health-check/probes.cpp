// SPDX-License-Identifier: Apache-2.0
#include "probes.hpp"

#include "ci/environment.hpp"
#include "config/expand.hpp"
#include "config/node.hpp"
#include "error/error.hpp"
#include "http/url.hpp"
#include "probe/sensitive.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::health_check {

namespace {

using config::Node;
using json::Value;

probe::Role role_from(std::string_view word) {
    return word == "primary"   ? probe::Role::primary
           : word == "replica" ? probe::Role::replica
                               : probe::Role::any;
}

class Chooser {
public:
    Chooser(Options const& options, tool::Context& context)
        : options_(options), context_(context) {}

    Probes choose() {
        for (auto const& word : options_.probes) {
            add_word(word);
        }
        for (auto const& url : options_.urls) {
            add_url(url);
        }
        for (auto const& folder : options_.migrations) {
            add_migrations(folder.string());
        }
        if (!options_.file.empty()) {
            read_file();
        }
        if (probes_.empty()) {
            add_usual();
        }
        number_ids();
        return {std::move(probes_), compile()};
    }

private:
    Probe& add(Kind kind, std::string subject) {
        Probe probe;
        probe.kind = kind;
        probe.id = name(kind);
        probe.timeout = options_.each;
        probe.shown = subject;
        probe.subject = std::move(subject);
        probe.role = role_from(options_.role);
        return probes_.emplace_back(std::move(probe));
    }

    Probe& add_url(std::string const& text) {
        auto const url = http::Url::parse(text); // names a malformed one before anything is asked
        probe::teach_credentials(text, context_.redactor);
        Probe& probe = add(Kind::http, text);
        probe.shown = url.redacted();
        probe.expected.status = probe::StatusSet{
            options_.statuses.empty() ? std::vector<std::string>{"2xx"} : options_.statuses};
        for (auto const& expression : options_.jq) {
            add_rule(probe, expression, expr::Expectation::equal_to(true), Value(true));
        }
        return probe;
    }

    void
    add_rule(Probe& probe, std::string const& expression, expr::Expectation wanted, Value shown) {
        probe.expected.jq.push_back(
            {expression, expressions_.size(), std::move(wanted), json::Box{std::move(shown)}});
        expressions_.push_back(expression);
    }

    Probe& add_database(Kind kind, std::string subject, secret::Secret const& url) {
        Probe& probe = add(kind, std::move(subject));
        auto const named =
            url.empty() ? ci::first_variable({"PGHOST", "PGSERVICE", "PGDATABASE"}) : std::nullopt;
        if (url.empty() && !named) {
            throw Error{
                ErrorKind::usage,
                fmt::format("the probe {} has no database", name(kind)),
                "Set DATABASE_URL or give --database-url."};
        }
        probe.target = pg::ConnInfo::parse(url);
        probe.target->teach(context_.redactor);
        if (kind == Kind::postgres) {
            probe.shown = probe.target->redacted();
        }
        return probe;
    }

    void add_migrations(std::string const& folder) {
        add_database(Kind::migrations, folder, options_.database_url);
    }

    // `http://…`, `postgres`, `migrations:DIR`, `tcp:HOST:PORT`, `sql:QUERY`.
    void add_word(std::string const& word) {
        auto const colon = word.find(':');
        auto const kind = word.substr(0, colon);
        auto const rest = colon == std::string::npos ? "" : word.substr(colon + 1);
        if (kind == "http" || kind == "https") {
            add_url(word);
        } else if (kind == "postgres" && rest.empty()) {
            add_database(Kind::postgres, "", options_.database_url);
        } else if (kind == "migrations" && !rest.empty()) {
            add_migrations(rest);
        } else if (kind == "tcp" && !rest.empty()) {
            add(Kind::tcp, rest);
        } else if (kind == "sql" && !rest.empty()) {
            add_database(Kind::sql, rest, options_.database_url);
        } else {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} is no probe", text::printable_line(word)),
                "Probes are http://…, https://…, postgres, migrations:DIR, tcp:HOST:PORT and "
                "sql:QUERY; the database's URL is given by DATABASE_URL."};
        }
    }

    void add_usual() {
        if (!options_.api_base.empty()) {
            auto base = options_.api_base;
            while (base.ends_with('/')) {
                base.pop_back();
            }
            add_url(base + "/health");
        }
        if (!options_.database_url.empty()) {
            add_database(Kind::postgres, "", options_.database_url);
        }
        if (probes_.empty()) {
            throw Error{
                ErrorKind::usage,
                "there is nothing to look at",
                "Name a probe (health-check http://host/health postgres), or set API_BASE or "
                "DATABASE_URL."};
        }
    }

    void read_file() {
        auto const document = config::load(options_.file);
        Node const root{document};
        root.only_keys({"probes"});
        auto const list = root.required("probes").elements();
        if (list.empty()) {
            throw root.error("the file has no probes");
        }
        for (auto const& node : list) {
            read_probe(node);
        }
    }

    static std::string expanded(Node const& node) {
        return config::expand(
            node.as_text(),
            [](std::string const& variable) { return ci::variable(variable); },
            node.where());
    }

    void read_probe(Node const& node) {
        std::vector<std::string> const kinds{"http", "postgres", "migrations", "tcp", "sql"};
        node.only_keys(
            {"http",
             "postgres",
             "migrations",
             "tcp",
             "sql",
             "id",
             "timeout",
             "role",
             "database_url",
             "expect"});
        std::vector<std::string> found;
        std::copy_if(
            kinds.begin(), kinds.end(), std::back_inserter(found), [&](std::string const& kind) {
                return node.find(kind).has_value();
            });
        if (found.size() != 1) {
            throw node.error("a probe has one kind", "One of " + text::join(kinds, ", ") + ".");
        }
        auto const subject = expanded(node.required(found[0]));
        auto const own = node.find("database_url");
        auto const url = own ? secret::Secret{expanded(*own)} : options_.database_url;
        Probe& probe = found[0] == "http"         ? add_url(subject)
                       : found[0] == "tcp"        ? add(Kind::tcp, subject)
                       : found[0] == "migrations" ? add_database(Kind::migrations, subject, url)
                       : found[0] == "sql"        ? add_database(Kind::sql, subject, url)
                                                  : add_database(Kind::postgres, "", url);
        probe.id = node.text("id").value_or(probe.id);
        probe.timeout = node.duration("timeout").value_or(probe.timeout);
        probe.role = role_from(node.text("role").value_or(options_.role));
        read_expect(node, probe);
    }

    void read_expect(Node const& node, Probe& probe) {
        auto const expect = node.find("expect");
        if (!expect) {
            return;
        }
        if (probe.kind == Kind::sql) {
            probe.value = rule_of("value", *expect);
            return;
        }
        expect->only_keys({"status", "jq"});
        if (auto const status = expect->find("status")) {
            std::vector<std::string> words;
            if (status->is_list()) {
                for (auto const& element : status->elements()) {
                    words.push_back(element.as_text());
                }
            } else {
                words.push_back(status->as_text());
            }
            probe.expected.status = probe::StatusSet{words};
        }
        for (auto const& member : expect->map("jq")) {
            auto rule = rule_of(member.first, member.second);
            add_rule(probe, member.first, rule.wanted, *rule.shown);
        }
    }

    static probe::Rule rule_of(std::string subject, Node const& node) {
        auto const& value = node.value();
        try {
            return {
                std::move(subject),
                0,
                value.is_string() ? expr::Expectation{expanded(node)}
                                  : expr::Expectation::equal_to(value),
                json::Box{value}};
        } catch (Error const& error) {
            throw node.error(error.message(), error.hint());
        }
    }

    // Two of a kind are told apart by numbers: `http`, `http-2`.
    void number_ids() {
        std::set<std::string> taken;
        for (auto& probe : probes_) {
            auto const id = probe.id;
            for (int number = 2; !taken.insert(probe.id).second; ++number) {
                probe.id = fmt::format("{}-{}", id, number);
            }
        }
    }

    [[nodiscard]] std::shared_ptr<expr::Program const> compile() const {
        return std::make_shared<expr::Program const>(expr::compile(expressions_));
    }

    Options const& options_;
    tool::Context& context_;
    std::vector<Probe> probes_;
    std::vector<std::string> expressions_;
};

} // namespace

std::string_view name(Kind kind) {
    switch (kind) {
    case Kind::http:
        return "http";
    case Kind::postgres:
        return "postgres";
    case Kind::migrations:
        return "migrations";
    case Kind::tcp:
        return "tcp";
    case Kind::sql:
        return "sql";
    }
    return "";
}

Probes choose_probes(Options const& options, tool::Context& context) {
    return Chooser{options, context}.choose();
}

} // namespace slipway::health_check
