// SPDX-License-Identifier: Apache-2.0
#include "read_step.hpp"

#include "error/error.hpp"
#include "expr/regex.hpp"
#include "probe/sensitive.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using config::Node;
using json::Value;

std::vector<std::string> const keys_of_request{
    "get",           "post",     "put",       "patch",     "delete",
    "head",          "options",  "headers",   "json",      "form",
    "multipart",     "body",     "body_file", "cookies",   "bearer",
    "basic",         "api_key",  "oauth2",    "aws_sigv4", "follow_redirects",
    "max_redirects", "max_body", "insecure",  "ca_file",   "version"};

constexpr std::array methods{"get", "post", "put", "patch", "delete", "head", "options"};

std::vector<std::string> const step_keys{
    "id",
    "title",
    "tags",
    "needs",
    "when",
    "retries",
    "stop_if",
    "repeat",
    "delay",
    "for_each",
    "timeout",
    "severity",
    "expect",
    "capture"};
std::vector<std::string> const sql_keys{"sql", "explain", "params", "writes"};

std::vector<std::string> together(std::vector<std::vector<std::string>> const& lists) {
    std::vector<std::string> out;
    for (auto const& list : lists) {
        out.insert(out.end(), list.begin(), list.end());
    }
    return out;
}

bool has(Node const& node, std::string_view key) {
    return node.find(key).has_value();
}

Kind kind_of(Node const& node) {
    if (!node.is_map()) {
        throw node.error("a step is a map", "Write - id: NAME, and what it does: get: /path.");
    }
    static auto const all =
        together({step_keys, keys_of_request, sql_keys, {"conditional", "poll", "burst"}});
    node.only_keys(all);
    std::vector<std::string> found;
    static std::vector<std::string> const kinds =
        together({{methods.begin(), methods.end()}, {"burst", "sql", "explain"}});
    for (auto const& kind : kinds) {
        if (has(node, kind)) {
            found.push_back(kind);
        }
    }
    if (found.size() != 1) {
        throw node.error(
            found.empty() ? "the step says not what to do"
                          : "the step does several things: " + text::join(found, ", "),
            "A step has one of " + text::join(kinds, ", ") + ".");
    }
    auto const& kind = found.front();
    return kind == "burst"     ? Kind::burst
           : kind == "sql"     ? Kind::sql
           : kind == "explain" ? Kind::explain
                               : Kind::http;
}

// Other keys belong to another kind of step.
std::vector<std::string> const& keys_of(Kind kind) {
    static auto const http = together({step_keys, keys_of_request, {"conditional", "poll"}});
    static auto const burst = together({step_keys, {"burst"}});
    static auto const sql = together({step_keys, {"sql", "params", "writes"}});
    static auto const explain = together({step_keys, {"explain", "params"}});
    switch (kind) {
    case Kind::http:
        return http;
    case Kind::burst:
        return burst;
    case Kind::sql:
        return sql;
    case Kind::explain:
        return explain;
    }
    return http;
}

bool is_variable_name(std::string_view name) {
    constexpr std::string_view letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return !name.empty() && (name[0] < '0' || name[0] > '9') && !name.starts_with("__") &&
           name.find_first_not_of(letters) == std::string_view::npos;
}

} // namespace

std::vector<std::string> const& request_keys() {
    return keys_of_request;
}

std::string_view name(Kind kind) {
    switch (kind) {
    case Kind::http:
        return "http";
    case Kind::burst:
        return "burst";
    case Kind::sql:
        return "sql";
    case Kind::explain:
        return "explain";
    }
    return "";
}

Template StepReader::text(Node const& node) const {
    return Template{node.as_text(), lookup, node.where()};
}

std::optional<Template> StepReader::text(Node const& node, std::string_view key) const {
    auto const found = node.find(key);
    return found ? std::optional{text(*found)} : std::nullopt;
}

std::vector<std::pair<std::string, Template>>
StepReader::read_texts(Node const& node, std::string_view key) const {
    std::vector<std::pair<std::string, Template>> out;
    for (auto const& member : node.map(key)) {
        out.emplace_back(member.first, text(member.second));
    }
    return out;
}

RequestPlan StepReader::read_request(Node const& node) {
    RequestPlan request;
    for (std::string const method : methods) {
        if (auto const target = node.find(method)) {
            request.method = method;
            std::transform(method.begin(), method.end(), request.method.begin(), [](char byte) {
                return static_cast<char>(byte - 'a' + 'A');
            });
            request.target = text(*target);
        }
    }
    request.headers = headers;
    for (auto& header : read_texts(node, "headers")) {
        std::erase_if(request.headers, [&](auto const& standard) {
            return text::equal_ignoring_case(standard.first, header.first);
        });
        request.headers.push_back(std::move(header));
    }
    if (auto const body = node.find("json")) {
        request.json = Tree{*body, lookup};
        probe::teach_sensitive(request.json->render(Value::object()), redactor);
    }
    request.form = read_texts(node, "form");
    read_multipart(node, request);
    request.body = text(node, "body");
    if (auto const file = node.find("body_file")) {
        request.body_file = folder / file->as_text();
        require_file(*file, request.body_file);
    }
    int const bodies = (request.json ? 1 : 0) + (request.form.empty() ? 0 : 1) +
                       (request.multipart.empty() ? 0 : 1) + (request.body ? 1 : 0) +
                       (request.body_file.empty() ? 0 : 1);
    if (bodies > 1) {
        throw node.error(
            "the step has several bodies", "Keep one of json, form, multipart, body, body_file.");
    }
    request.cookies = read_texts(node, "cookies");
    read_credentials(node, request);
    read_transport(node, request);
    return request;
}

void StepReader::read_burst(Node const& node, Step& step) {
    auto const burst = node.required("burst");
    burst.only_keys({"request", "count", "within"});
    auto const request = burst.required("request");
    request.only_keys(keys_of_request);
    step.request = read_request(request);
    if (step.request.method.empty()) {
        throw request.error("the request names no method", "Write request: { get: /path }.");
    }
    constexpr std::int64_t most = 10'000;
    step.burst_count = burst.integer("count").value_or(0);
    if (step.burst_count < 2 || step.burst_count > most) {
        throw burst.error(
            "count has to be from 2 to 10000", "Say how many requests it takes: count: 120.");
    }
    step.burst_within = burst.duration("within").value_or(step.burst_within);
}

void StepReader::read_sql(Node const& node, Step& step) const {
    step.sql.statement = node.required_text(step.kind == Kind::sql ? "sql" : "explain");
    if (text::trim(step.sql.statement).empty()) {
        throw node.error("the statement is empty");
    }
    for (auto const& param : node.list("params")) {
        step.sql.params.push_back(
            param.value().is_null() ? std::nullopt : std::optional{text(param)});
    }
    step.sql.writes = node.boolean("writes").value_or(false);
}

std::vector<Capture> StepReader::read_captures(Node const& node) {
    std::vector<Capture> out;
    for (auto const& member : node.map("capture")) {
        out.push_back(read_capture(member.first, member.second));
    }
    return out;
}

Capture StepReader::read_capture(std::string name, Node const& value) {
    using Source = Capture::Source;
    Capture capture;
    capture.name = std::move(name);
    if (!is_variable_name(capture.name)) {
        throw value.error(
            fmt::format("\"{}\" is no name for a variable", text::printable_line(capture.name)),
            "A name has letters, digits and underscores, and starts with a letter.");
    }
    capture.secret = probe::is_sensitive_name(capture.name);
    int sources = 1;
    if (value.is_map()) {
        value.only_keys({"jq", "response", "header", "cookie", "regex", "body", "secret"});
        sources = 0;
        std::vector<std::pair<std::string, Source>> const kinds{
            {"jq", Source::jq},
            {"response", Source::response},
            {"header", Source::header},
            {"cookie", Source::cookie},
            {"regex", Source::regex}};
        for (auto const& kind : kinds) {
            if (auto const found = value.text(kind.first)) {
                ++sources;
                capture.source = kind.second;
                capture.text = *found;
            }
        }
        if (value.boolean("body").value_or(false)) {
            ++sources;
            capture.source = Source::body;
            capture.text = "body";
        }
        capture.secret = value.boolean("secret").value_or(capture.secret);
    } else {
        capture.text = value.as_text();
    }
    if (sources != 1 || capture.text.empty()) {
        throw value.error(
            "a capture has one source",
            "Write NAME: .path, or NAME: { jq: .path, secret: true }, or { header: etag }, or "
            "one of response, cookie, regex and body: true.");
    }
    if (capture.source == Source::jq || capture.source == Source::response) {
        capture.expression = expressions.add(capture.text, value.where());
    } else if (capture.source == Source::regex) {
        try {
            static_cast<void>(expr::Regex{capture.text});
        } catch (Error const& error) {
            throw value.error(error.message(), error.hint());
        }
    }
    return capture;
}

void StepReader::read_patience(Node const& node, Step& step) {
    step.retries = node.integer("retries").value_or(retries);
    step.timeout = node.duration("timeout").value_or(timeout);
    step.delay = node.duration("delay").value_or(step.delay);
    constexpr std::int64_t most = 10'000;
    step.repeat = node.integer("repeat").value_or(1);
    if (step.repeat < 1 || step.repeat > most) {
        throw node.required("repeat").error("repeat has to be from 1 to 10000");
    }
    if (auto const stop = node.find("stop_if")) {
        bool const expression = stop->is_text() && stop->as_text().starts_with('.');
        if (expression) {
            step.stop_when = expressions.add(stop->as_text(), stop->where());
        } else {
            std::vector<std::string> words;
            for (auto const& one : stop->is_list() ? stop->elements() : std::vector{*stop}) {
                words.push_back(one.as_text());
            }
            try {
                step.stop_status.emplace(words);
            } catch (Error const& error) {
                throw stop->error(
                    error.message(), "stop_if is a status, a list of these, or a jq expression.");
            }
        }
    }
    auto const poll = node.find("poll");
    if (!poll) {
        return;
    }
    poll->only_keys({"until", "every", "for"});
    Poll made;
    made.text = poll->required_text("until");
    made.until = expressions.add(made.text, poll->where());
    made.every = poll->duration("every").value_or(made.every);
    made.limit = poll->duration("for").value_or(made.limit);
    if (made.every.count() == 0 || node.integer("retries").value_or(0) > 0 || step.repeat > 1) {
        throw poll->error(
            "a step polls, or it retries or repeats", "Say how long by poll: { for: 60s }.");
    }
    step.retries = 0;
    step.poll = std::move(made);
}

Step StepReader::read(Node const& node) {
    Step step;
    step.kind = kind_of(node);
    step.where = node.where();
    step.id = node.required_text("id");
    step.group = step.id;
    if (step.id.empty()) {
        throw node.error("the id is empty");
    }
    node.only_keys(keys_of(step.kind));
    step.title = node.text("title").value_or("");
    step.tags = node.texts("tags");
    step.needs = node.texts("needs");
    read_patience(node, step);
    if (auto const severity = node.text("severity")) {
        auto const known = record::severity_from(*severity);
        if (!known) {
            throw node.error(
                "severity is no " + text::printable_line(*severity),
                "The severities are info, minor, major and critical.");
        }
        step.severity = *known;
    }
    if (auto const when = node.find("when")) {
        step.when = expressions.add(when->as_text(), when->where());
    }
    if (step.kind == Kind::burst) {
        read_burst(node, step);
    } else if (step.on_database()) {
        read_sql(node, step);
    } else {
        step.request = read_request(node);
        step.conditional = node.boolean("conditional").value_or(false);
        step.path = node.text(text::lower(step.request.method)).value_or("");
    }
    step.expect = read_expect(node, step.kind);
    if (step.repeat == 1 && step.expect.latency.size() == 1) {
        step.expect.latency.front().rank = 1.0;
    }
    step.captures = read_captures(node);
    step.uses = names_in(step);
    return step;
}

} // namespace slipway::smoke_http
