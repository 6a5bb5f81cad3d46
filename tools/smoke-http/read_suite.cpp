// SPDX-License-Identifier: Apache-2.0
#include "read_suite.hpp"

#include "choose.hpp"
#include "config/document.hpp"
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "probe/sensitive.hpp"
#include "random_values.hpp"
#include "read_step.hpp"
#include "rows.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using config::Node;

class SuiteReader {
public:
    SuiteReader(
        config::Document const& document,
        Reading const& reading,
        std::vector<Suite> const& included)
        : root_(document),
          reading_(reading), steps_{
                                 [this](std::string const& name) { return look_up(name); },
                                 reading.redactor,
                                 fs::Path{document.name()}.parent_path(),
                                 {},
                                 time::Milliseconds{10'000},
                                 0,
                                 {},
                                 false,
                                 {},
                                 {}} {
        auto const& standard = standard_variables();
        known_.insert(standard.begin(), standard.end());
        // What the included suites capture is known; steps may need theirs.
        for (auto const& suite : included) {
            auto const captured = suite.captured();
            known_.insert(captured.begin(), captured.end());
            for (auto const& step : suite.steps) {
                ids_.insert({step.id, step.group});
            }
        }
    }

    Suite read() {
        root_.only_keys(
            {"name", "include", "base_url", "variables", "defaults", "setup", "steps", "teardown"});
        suite_.name = root_.text("name").value_or("");
        read_includes();
        read_variables();
        read_defaults();
        read_base_url();
        auto const nodes = root_.list("steps");
        require_something(nodes);
        auto const chosen = choose(nodes, reading_.tags);
        know_the_others(nodes, chosen);
        suite_.setup = read_steps(root_.list("setup"));
        suite_.steps = read_steps(chosen);
        suite_.teardown = read_steps(root_.list("teardown"));
        suite_.program = steps_.expressions.compile(known_variables());
        return std::move(suite_);
    }

private:
    std::optional<std::string> look_up(std::string const& name) {
        auto const given = reading_.variables.find(name);
        auto value = given != reading_.variables.end() ? std::optional{given->second}
                                                       : reading_.environment(name);
        if (value && probe::is_sensitive_name(name)) {
            reading_.redactor.add(*value);
        }
        return value;
    }

    void read_includes() {
        for (auto const& file : root_.texts("include")) {
            suite_.includes.push_back(std::filesystem::weakly_canonical(steps_.folder / file));
        }
    }

    void read_variables() {
        for (auto const& member : root_.map("variables")) {
            if (reading_.variables.contains(member.first)) {
                continue;
            }
            auto const value = steps_.text(member.second);
            if (!value.names().empty()) {
                throw member.second.error(
                    "a variable cannot be made of others", "Use ${NAME} for the environment.");
            }
            suite_.variables.emplace_back(member.first, value.render(json::Value::object()));
        }
        suite_.variables.insert(
            suite_.variables.end(), reading_.variables.begin(), reading_.variables.end());
        for (auto const& variable : suite_.variables) {
            known_.insert(variable.first);
            if (probe::is_sensitive_name(variable.first)) {
                reading_.redactor.add(variable.second);
            }
        }
    }

    void read_defaults() {
        auto const defaults = root_.find("defaults");
        if (!defaults) {
            return;
        }
        defaults->only_keys({"timeout", "retries", "headers", "follow_redirects", "aws_sigv4"});
        steps_.timeout = defaults->duration("timeout").value_or(steps_.timeout);
        steps_.retries = defaults->integer("retries").value_or(0);
        steps_.headers = steps_.read_texts(*defaults, "headers");
        steps_.follow_redirects = defaults->boolean("follow_redirects").value_or(false);
        if (auto const signature = defaults->find("aws_sigv4")) {
            steps_.aws = steps_.read_aws_signature(*signature);
        }
    }

    void read_base_url() {
        suite_.base_url = reading_.base_url;
        auto const written = root_.find("base_url");
        if (suite_.base_url.empty() && written) {
            suite_.base_url = steps_.text(*written).render(json::Value::object());
        }
        while (suite_.base_url.ends_with('/')) {
            suite_.base_url.pop_back();
        }
    }

    void require_something(std::vector<Node> const& nodes) {
        if (nodes.empty()) {
            throw root_.error(
                "the suite has no steps", "A suite that tests nothing would always pass.");
        }
        if (!choose(nodes, reading_.tags).empty()) {
            return;
        }
        std::vector<std::string> known;
        for (auto const& node : nodes) {
            auto const tags = outline_of(node).tags;
            known.insert(known.end(), tags.begin(), tags.end());
        }
        std::sort(known.begin(), known.end());
        known.erase(std::unique(known.begin(), known.end()), known.end());
        throw Error{
            ErrorKind::usage,
            fmt::format("no step has the tag {}", text::join(reading_.tags, " or ")),
            known.empty() ? "The suite has no tags."
                          : "The suite's tags are " + text::join(known, ", ") + "."};
    }

    // What a step captures that is not chosen is known, but will have no value.
    void know_the_others(std::vector<Node> const& nodes, std::vector<Node> const& chosen) {
        for (auto const& node : nodes) {
            bool const runs = std::any_of(chosen.begin(), chosen.end(), [&](Node const& other) {
                return other.pointer() == node.pointer();
            });
            auto const captures = runs ? std::vector<std::string>{} : outline_of(node).captures;
            known_.insert(captures.begin(), captures.end());
        }
    }

    std::vector<Step> read_steps(std::vector<Node> const& nodes) {
        std::vector<Step> out;
        for (auto const& node : nodes) {
            auto step = steps_.read(node);
            if (!ids_.insert(step.id).second) {
                throw node.required("id").error("there are two steps of that id");
            }
            auto rows = read_columns(node, step);
            require_known(node, step);
            require_base_url(node, step);
            step.mentions = mentions_of(node);
            for (auto const& capture : step.captures) {
                known_.insert(capture.name);
            }
            if (!step.group.empty() && !reading_.prefix.empty()) {
                step.id = reading_.prefix + step.id;
            }
            if (rows.empty()) {
                out.push_back(std::move(step));
            }
            for (std::size_t i = 0; i < rows.size(); ++i) {
                auto copy = step;
                copy.id += fmt::format("[{}]", i + 1);
                copy.row = std::move(rows[i]);
                out.push_back(std::move(copy));
            }
        }
        return out;
    }

    // The rows of a for_each; their columns are no longer variables that somebody has to capture.
    std::vector<json::Box> read_columns(Node const& node, Step& step) {
        auto const for_each = node.find("for_each");
        if (!for_each) {
            return {};
        }
        auto rows = read_rows(*for_each, steps_.folder);
        for (auto const& row : rows) {
            for (auto const& column : row->items()) {
                std::erase(step.uses, column.key());
                columns_.insert(column.key());
                if (probe::is_sensitive_name(column.key()) && column.value().is_string()) {
                    reading_.redactor.add(column.value().get_ref<std::string const&>());
                }
            }
        }
        return rows;
    }

    // The variables that the expressions of a step name as $name.
    static std::vector<std::string> mentions_of(Node const& node) {
        constexpr std::string_view letters =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
        std::vector<std::string> out;
        auto const text = json::write(node.value());
        for (auto at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
            auto const end = std::min(text.find_first_not_of(letters, at + 1), text.size());
            if (end > at + 1) {
                out.push_back(text.substr(at + 1, end - at - 1));
            }
        }
        return out;
    }

    void require_known(Node const& node, Step const& step) const {
        for (auto const& need : step.needs) {
            if (!ids_.contains(need) || need == step.id) {
                throw unknown(
                    node.required("needs"), "no step before this one is " + need, need, ids_);
            }
        }
        for (auto const& name : step.uses) {
            if (!known_.contains(name)) {
                throw unknown(
                    node,
                    fmt::format("no step before this one captures {{{{{}}}}}", name),
                    name,
                    known_);
            }
        }
    }

    static Error unknown(
        Node const& node,
        std::string const& message,
        std::string const& word,
        std::set<std::string> const& candidates) {
        auto const near =
            text::nearest(word, std::vector<std::string>{candidates.begin(), candidates.end()});
        return node.error(
            text::printable_line(message), near.empty() ? "" : "Did you mean " + near + "?");
    }

    void require_base_url(Node const& node, Step const& step) const {
        if (step.on_database() || !suite_.base_url.empty() ||
            step.request.target.starts_with_variable()) {
            return;
        }
        auto const target = step.request.target.render(json::Value::object());
        if (target.find("://") == std::string::npos) {
            throw node.error(
                "there is no base URL for " + text::printable_line(target),
                "Give --base-url, set API_BASE, or write base_url into the suite.");
        }
    }

    [[nodiscard]] std::vector<std::string> known_variables() const {
        auto all = known_;
        all.insert(columns_.begin(), columns_.end());
        return {all.begin(), all.end()};
    }

    Node root_;
    Reading const& reading_;
    Suite suite_;
    StepReader steps_;
    std::set<std::string> ids_;
    std::set<std::string> columns_;
    std::set<std::string> known_; // variables, and what the steps so far capture
};

} // namespace

namespace {

Suite read_one(
    fs::Path const& path,
    config::Document const& document,
    Reading const& reading,
    std::vector<Suite> const& included) {
    auto suite = SuiteReader{document, reading, included}.read();
    suite.file = path.string();
    suite.sha256 = hash::sha256_hex(fs::read_file(path));
    if (suite.name.empty()) {
        suite.name = path.stem().string();
    }
    return suite;
}

// The files that a suite includes, before it is read itself: its steps use what they capture.
std::vector<fs::Path> includes_of(fs::Path const& path, config::Document const& document) {
    config::Node const root{document};
    std::vector<fs::Path> out;
    if (root.is_map()) {
        for (auto const& file : root.texts("include")) {
            out.push_back(std::filesystem::weakly_canonical(path.parent_path() / file));
        }
    }
    return out;
}

} // namespace

std::vector<std::string> Suite::captured() const {
    std::vector<std::string> out;
    for (auto const* list : {&setup, &steps}) {
        for (auto const& step : *list) {
            for (auto const& capture : step.captures) {
                out.push_back(capture.name);
            }
        }
    }
    return out;
}

Suite read_suite(fs::Path const& path, Reading const& reading) {
    return std::move(read_suites({path}, reading).own.front());
}

Suites read_suites(std::vector<fs::Path> const& paths, Reading const& reading) {
    Suites out;
    std::set<fs::Path> seen;
    auto whole = reading;
    whole.tags.clear();                      // a login has no tags of its own
    std::vector<config::Document> documents; // a large one costs more than all else that is read
    documents.reserve(paths.size());
    for (auto const& path : paths) {
        documents.push_back(config::load(path));
        for (auto const& file : includes_of(path, documents.back())) {
            if (!seen.insert(file).second) {
                continue;
            }
            auto suite = read_one(file, config::load(file), whole, {});
            if (!suite.includes.empty()) {
                throw Error{
                    ErrorKind::usage,
                    file.string() + " is included, and includes others itself",
                    "Include them all in the suite that needs them."};
            }
            suite.is_included = true;
            out.included.push_back(std::move(suite));
        }
    }
    for (std::size_t i = 0; i < paths.size(); ++i) {
        auto own = reading;
        own.prefix = paths.size() > 1 ? paths[i].stem().string() + "/" : "";
        out.own.push_back(read_one(paths[i], documents[i], own, out.included));
    }
    return out;
}

} // namespace slipway::smoke_http
