// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "expr/expectation.hpp"
#include "expr/regex.hpp"
#include "fs/file.hpp"
#include "probe/status_set.hpp"
#include "read_step.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using config::Node;

std::vector<std::string> expected_keys_of(Kind kind) {
    switch (kind) {
    case Kind::http:
        return {
            "status",
            "headers",
            "header",
            "jq",
            "body",
            "latency",
            "schema",
            "cookies",
            "redirects",
            "url",
            "tls",
            "http_version",
            "response"};
    case Kind::burst:
        return {"status", "headers", "header", "some_status"};
    case Kind::sql:
        return {"value", "rows", "jq", "latency"};
    case Kind::explain:
        return {"uses_index", "latency"};
    }
    return {};
}

// Adds the place to what a part of the house says of a value.
template <class Make>
auto at_place(Node const& node, Make&& make) {
    try {
        return make();
    } catch (Error const& error) {
        throw node.error(error.message(), error.hint());
    }
}

// The elements of a list, or one value alone, as they are written.
std::vector<std::string> words(Node const& node) {
    if (!node.is_list()) {
        return {node.as_text()};
    }
    std::vector<std::string> out;
    for (auto const& element : node.elements()) {
        out.push_back(element.as_text());
    }
    return out;
}

time::Milliseconds read_limit(Node const& node) {
    auto const written = node.as_text();
    auto text = text::trim(written);
    if (text.starts_with('<')) {
        text = text::trim(text.substr(text.starts_with("<=") ? 2 : 1));
    }
    auto const limit = time::parse_duration(text);
    if (!limit || limit->count() == 0) {
        throw node.error(
            fmt::format("\"{}\" is no limit for a latency", text::printable_line(written)),
            R"(Write "< 800ms" or "< 1s".)");
    }
    return *limit;
}

constexpr double usual_rank = 0.95;

std::vector<LatencyLimit> read_latency(Node const& node) {
    if (!node.is_map()) {
        return {{usual_rank, read_limit(node)}};
    }
    std::map<std::string, double> const ranks{
        {"p50", 0.5}, {"p90", 0.9}, {"p95", usual_rank}, {"p99", 0.99}, {"max", 1.0}};
    node.only_keys({"p50", "p90", "p95", "p99", "max"});
    std::vector<LatencyLimit> out;
    for (auto const& member : node.members()) {
        out.push_back({ranks.at(member.first), read_limit(member.second)});
    }
    return out;
}

// Members of a map, or of a list of maps: several expectations of one and the same subject.
std::vector<std::pair<std::string, Node>> pairs(Node const& expect, std::string_view key) {
    auto const found = expect.find(key);
    if (!found || !found->is_list()) {
        return expect.map(key);
    }
    std::vector<std::pair<std::string, Node>> out;
    for (auto const& element : found->elements()) {
        for (auto& member : element.members()) {
            out.push_back(std::move(member));
        }
    }
    return out;
}

std::string as_json_text(std::string_view text) {
    return json::write(json::Value(std::string{text}));
}

} // namespace

Wanted StepReader::read_wanted(std::string subject, Node const& node) const {
    Wanted wanted;
    wanted.subject = std::move(subject);
    wanted.value = Tree{node, lookup};
    if (!node.is_text()) {
        wanted.literal = true;
        return wanted;
    }
    auto const shape = text(node);
    wanted.literal = shape.is_one_value();
    if (shape.names().empty() && !wanted.literal) {
        at_place(node, [&] { return expr::Expectation{shape.render(json::Value::object())}; });
    }
    return wanted;
}

void StepReader::read_jq(Node const& expect, Expect& out) {
    for (auto const& member : pairs(expect, "jq")) {
        auto wanted = read_wanted(member.first, member.second);
        wanted.expression = expressions.add(member.first, member.second.where());
        out.jq.push_back(std::move(wanted));
    }
}

void StepReader::read_body(Node const& expect, Expect& out) const {
    auto const body = expect.find("body");
    if (!body) {
        return;
    }
    if (!body->is_map()) {
        out.body.contains.push_back(text(*body));
        return;
    }
    body->only_keys({"equals", "contains", "lacks", "regex", "sha256", "bytes"});
    out.body.equals = text(*body, "equals");
    auto const several = [&](std::string_view key, std::vector<Template>& list) {
        auto const found = body->find(key);
        if (found && found->is_list()) {
            for (auto const& element : found->elements()) {
                list.push_back(text(element));
            }
        } else if (found) {
            list.push_back(text(*found));
        }
    };
    several("contains", out.body.contains);
    several("lacks", out.body.lacks);
    for (auto const& written : body->texts("regex")) {
        auto const node = body->required("regex");
        bool const slashes =
            written.size() > 2 && written.starts_with('/') && written.ends_with('/');
        auto const pattern = slashes ? written.substr(1, written.size() - 2) : written;
        at_place(node, [&] { return expr::Regex{pattern}; });
        out.body.patterns.push_back(pattern);
    }
    out.body.sha256 = body->text("sha256").value_or("");
}

void StepReader::add_answer(
    Expect& out,
    std::string subject,
    std::string expression,
    Node const& node) {
    auto wanted = read_wanted(std::move(subject), node);
    wanted.expression = expressions.add(std::move(expression), node.where());
    out.answer.push_back(std::move(wanted));
}

void StepReader::read_answer(Node const& expect, Expect& out) {
    for (auto const& member : pairs(expect, "cookies")) {
        auto const open = member.first.find('[');
        bool const attribute = open != std::string::npos && member.first.ends_with(']');
        auto const name = member.first.substr(0, open);
        auto const field =
            attribute ? text::lower(member.first.substr(open + 1, member.first.size() - open - 2))
                      : "value";
        add_answer(
            out,
            "cookie " + member.first,
            fmt::format(".cookies[{}][{}]", as_json_text(name), as_json_text(field)),
            member.second);
    }
    if (auto const redirects = expect.find("redirects")) {
        if (!redirects->is_list()) {
            add_answer(out, "redirects", ".redirects | length", *redirects);
        } else {
            auto const hops = redirects->elements();
            Wanted count;
            count.subject = "redirects";
            count.value = Tree{json::Value(hops.size())};
            count.literal = true;
            count.expression = expressions.add(".redirects | length", redirects->where());
            out.answer.push_back(std::move(count));
            for (std::size_t i = 0; i < hops.size(); ++i) {
                auto const subject = fmt::format("redirect {}", i + 1);
                if (!hops[i].is_map()) {
                    add_answer(out, subject, fmt::format(".redirects[{}].to", i), hops[i]);
                    continue;
                }
                hops[i].only_keys({"status", "from", "to"});
                for (auto const& member : hops[i].members()) {
                    add_answer(
                        out,
                        subject + " " + member.first,
                        fmt::format(".redirects[{}].{}", i, member.first),
                        member.second);
                }
            }
        }
    }
    if (auto const url = expect.find("url")) {
        add_answer(out, "url", ".url", *url);
    }
    if (auto const version = expect.find("http_version")) {
        add_answer(out, "http_version", ".http_version", *version);
        if (!version->is_text()) { // 1.1 and 2 are names, not numbers
            out.answer.back().value = Tree{json::Value(version->as_text())};
        }
    }
    if (auto const tls = expect.find("tls")) {
        tls->only_keys({"days_left", "issuer", "subject"});
        for (auto const& member : tls->members()) {
            add_answer(out, "tls " + member.first, ".tls." + member.first, member.second);
        }
    }
    auto const body = expect.find("body");
    if (body && body->is_map()) {
        if (auto const bytes = body->find("bytes")) {
            add_answer(out, "body bytes", ".bytes", *bytes);
        }
    }
    for (auto const& member : pairs(expect, "response")) {
        add_answer(out, "response " + member.first, member.first, member.second);
    }
}

Expect StepReader::read_expect(Node const& step, Kind kind) {
    Expect out;
    auto const expect = step.find("expect");
    if (!expect) {
        return out;
    }
    expect->only_keys(expected_keys_of(kind));
    if (auto const status = expect->find("status")) {
        out.status = words(*status);
        at_place(*status, [&] { return probe::StatusSet{out.status}; });
    }
    if (auto const some = expect->find("some_status")) {
        out.some_status = some->as_text();
        at_place(*some, [&] { return probe::StatusSet{{out.some_status}}; });
    }
    for (auto const* key : {"headers", "header"}) {
        for (auto const& member : pairs(*expect, key)) {
            out.headers.push_back(read_wanted(member.first, member.second));
        }
    }
    read_jq(*expect, out);
    read_body(*expect, out);
    if (auto const latency = expect->find("latency")) {
        out.latency = read_latency(*latency);
    }
    if (auto const schema = expect->find("schema")) {
        out.schema = read_schema(*schema, out.schema_name);
    }
    read_answer(*expect, out);
    for (auto const* key : {"value", "rows"}) {
        if (auto const cell = expect->find(key)) {
            out.cells.push_back(read_wanted(key, *cell));
        }
    }
    if (auto const index = expect->find("uses_index")) {
        out.uses_index = index->as_text();
    }
    return out;
}

} // namespace slipway::smoke_http
