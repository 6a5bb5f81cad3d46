// SPDX-License-Identifier: Apache-2.0
#include "chooser.hpp"
#include "ci/environment.hpp"
#include "cli/value.hpp"
#include "config/expand.hpp"
#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::health_check {

namespace {

using config::Node;

std::string expanded(Node const& node) {
    return config::expand(
        node.as_text(),
        [](std::string const& variable) { return ci::variable(variable); },
        node.where());
}

std::optional<std::string> expanded(Node const& node, std::string_view key) {
    auto const found = node.find(key);
    return found ? std::optional{expanded(*found)} : std::nullopt;
}

// One text alone is a list of one.
std::vector<std::string> all_expanded(Node const& node) {
    if (!node.is_list()) {
        return {expanded(node)};
    }
    std::vector<std::string> out;
    for (auto const& element : node.elements()) {
        out.push_back(expanded(element));
    }
    return out;
}

// Adds the place to what a part of the house says of a value.
template <class Make>
auto at_place(Node const& node, Make&& make) {
    try {
        return make();
    } catch (Error const& error) {
        throw error.where().known() ? error : node.error(error.message(), error.hint());
    }
}

probe::Rule rule_of(std::string subject, Node const& node) {
    auto const& value = node.value();
    return at_place(node, [&] {
        return probe::Rule{
            std::move(subject),
            0,
            value.is_string() ? expr::Expectation{expanded(node)}
                              : expr::Expectation::equal_to(value),
            json::Box{value}};
    });
}

std::optional<std::uint64_t> bytes(Node const& node, std::string_view key) {
    auto const written = expanded(node, key);
    if (!written) {
        return std::nullopt;
    }
    cli::Bytes out;
    if (auto const cause = cli::read_value(*written, out); !cause.empty()) {
        throw node.required(key).error(cause, "Write a size such as 16MB.");
    }
    return out.count;
}

// The entry of one probe, and how each kind is read.
class Entry {
public:
    Entry(Node node, Chooser& chooser) : node_(std::move(node)), chooser_(chooser) {}

    void read() {
        auto const kind = kind_of();
        auto keys = extra_.at(kind);
        keys.insert(keys.end(), {kind, "id", "timeout"});
        node_.only_keys(keys);
        auto const subject = node_.required(kind);
        at_place(subject, [&] {
            Probe& probe = add(kind, subject);
            probe.id = node_.text("id").value_or(probe.id);
            probe.timeout = node_.duration("timeout").value_or(probe.timeout);
        });
    }

private:
    [[nodiscard]] std::string kind_of() const {
        std::vector<std::string> kinds;
        std::vector<std::string> known{"id", "timeout"};
        std::vector<std::string> found;
        for (auto const& [kind, keys] : extra_) {
            kinds.push_back(kind);
            known.push_back(kind);
            known.insert(known.end(), keys.begin(), keys.end());
            if (node_.find(kind)) {
                found.push_back(kind);
            }
        }
        node_.only_keys(known); // tells a misspelt kind better than "no kind"
        if (found.size() != 1) {
            throw node_.error("a probe has one kind", "One of " + text::join(kinds, ", ") + ".");
        }
        return found[0];
    }

    Probe& add(std::string const& kind, Node const& subject) {
        auto const& options = chooser_.options();
        if (kind == "http") {
            return add_http(expanded(subject));
        }
        if (kind == "postgres") {
            auto const role = node_.text("role").value_or(options.role);
            if (role != "any" && role != "primary" && role != "replica") {
                throw node_.required("role").error("a role is any, primary or replica");
            }
            auto const usual =
                options.most_lag ? std::optional{options.most_lag->count} : std::nullopt;
            auto const lag = bytes(node_, "max_lag");
            return chooser_.add_postgres(database(), role, lag ? lag : usual);
        }
        if (kind == "migrations") {
            return chooser_.add_migrations(expanded(subject), database());
        }
        if (kind == "schema") {
            return subject.is_map()
                       ? chooser_.add_schema("", read_schema(subject), database())
                       : chooser_.add_schema(
                             expanded(subject), read_schema_file(expanded(subject)), database());
        }
        if (kind == "sql") {
            auto const expect = node_.find("expect");
            auto rule = expect ? std::optional{rule_of("value", *expect)} : std::nullopt;
            return chooser_.add_sql(expanded(subject), std::move(rule), database());
        }
        if (kind == "tcp") {
            return chooser_.add_tcp(expanded(subject));
        }
        if (kind == "dns") {
            auto const expect = node_.find("expect");
            return chooser_.add_dns(
                expanded(subject), expect ? all_expanded(*expect) : std::vector<std::string>{});
        }
        if (kind == "tls") {
            return add_tls(subject);
        }
        if (kind == "oauth") {
            return add_oauth(expanded(subject));
        }
        if (kind == "disk") {
            auto const least = expanded(node_, "free").value_or(options.least_room);
            return chooser_.add_disk(expanded(subject), least);
        }
        return add_command(subject);
    }

    [[nodiscard]] secret::Secret database() const {
        auto const own = expanded(node_, "database_url");
        return own ? secret::Secret{*own} : chooser_.options().database_url;
    }

    Probe& add_http(std::string const& url) {
        Probe& probe = chooser_.add_http(url);
        probe.ca_file = expanded(node_, "ca_file").value_or("");
        auto const expect = node_.find("expect");
        if (!expect) {
            return probe;
        }
        expect->only_keys({"status", "jq"});
        if (auto const status = expect->find("status")) {
            probe.expected.status = probe::StatusSet{all_expanded(*status)};
        }
        for (auto const& member : expect->map("jq")) {
            auto rule = rule_of(member.first, member.second);
            chooser_.add_rule(probe, member.first, rule.wanted, *rule.shown);
        }
        return probe;
    }

    Probe& add_tls(Node const& subject) {
        probe::TlsWish wish;
        wish.place = expanded(subject);
        wish.name = expanded(node_, "name").value_or("");
        wish.ca_file = expanded(node_, "ca_file").value_or("");
        wish.least_days = node_.integer("days").value_or(chooser_.options().least_days);
        auto const before = node_.text("starttls").value_or("");
        if (!before.empty() && before != "postgres") {
            throw node_.required("starttls").error("starttls is postgres, or not there");
        }
        wish.postgres = !before.empty();
        return chooser_.add_tls(std::move(wish));
    }

    Probe& add_oauth(std::string const& url) {
        probe::OauthWish wish;
        bool const metadata = url.find("/.well-known/") != std::string::npos;
        wish.start = metadata ? "" : url;
        wish.discovery = metadata ? url : expanded(node_, "discovery").value_or("");
        if (auto const expect = node_.find("expect")) {
            expect->only_keys({"host", "parameters"});
            wish.host = expanded(*expect, "host").value_or("");
            for (auto const& member : expect->map("parameters")) {
                wish.parameters.push_back(rule_of(member.first, member.second));
            }
        }
        return chooser_.add_oauth(std::move(wish));
    }

    Probe& add_command(Node const& subject) {
        probe::CommandWish wish;
        wish.line = !subject.is_list();
        wish.words = all_expanded(subject);
        if (wish.words.empty()) {
            throw subject.error("a command has a program");
        }
        if (auto const expect = node_.find("expect")) {
            expect->only_keys({"exit_code", "output"});
            wish.exit_code = expect->integer("exit_code").value_or(0);
            wish.output = expanded(*expect, "output").value_or("");
        }
        return chooser_.add_command(text::join(wish.words, " "), std::move(wish));
    }

    Node node_;
    Chooser& chooser_;
    std::map<std::string, std::vector<std::string>> const extra_{
        {"http", {"expect", "ca_file"}},
        {"postgres", {"role", "max_lag", "database_url"}},
        {"migrations", {"database_url"}},
        {"schema", {"database_url"}},
        {"sql", {"expect", "database_url"}},
        {"tcp", {}},
        {"dns", {"expect"}},
        {"tls", {"name", "ca_file", "days", "starttls"}},
        {"oauth", {"discovery", "expect"}},
        {"disk", {"free"}},
        {"command", {"expect"}}};
};

} // namespace

void read_probes(fs::Path const& path, Chooser& chooser) {
    auto const document = config::load(path);
    Node const root{document};
    root.only_keys({"probes"});
    auto const list = root.required("probes").elements();
    if (list.empty()) {
        throw root.error("the file has no probes");
    }
    for (auto const& node : list) {
        Entry{node, chooser}.read();
    }
}

} // namespace slipway::health_check
