// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "expr/program.hpp"
#include "json/schema.hpp"
#include "record/record.hpp"
#include "text_template.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::smoke_http {

/// What a value should be, as the suite says it; rendered before it is judged.
struct Wanted {
    std::string subject;        // a header's name, an expression, `value`, `rows`
    std::size_t expression = 0; // of the suite's program, where the subject is one
    Tree value;
    bool literal = false; // to be equal to it, whatever it looks like
};

struct WantedBody {
    std::optional<Template> equals;
    std::vector<Template> contains;
    std::vector<Template> lacks;
    std::vector<std::string> patterns;
    std::string sha256;
};

/// What a step expects; which parts may occur depends on its kind.
struct Expect {
    std::vector<std::string> status; // empty: 2xx
    std::vector<Wanted> headers;
    std::vector<Wanted> jq;
    WantedBody body;
    std::optional<time::Milliseconds> latency_below;
    std::shared_ptr<json::Schema const> schema;
    std::string schema_name;
    std::string some_status;               // of a burst
    std::vector<Wanted> cells;             // `value` and `rows` of sql
    std::optional<std::string> uses_index; // of explain: `true`, `false`, an index' name
};

/// A value kept for later steps.
struct Capture {
    std::string name;
    std::size_t expression = 0;
    std::string text;   // the expression
    std::string header; // instead of it
    bool secret = false;
};

struct RequestPlan {
    std::string method;
    Template target; // a path below the base URL, or a URL
    std::vector<std::pair<std::string, Template>> headers;
    std::optional<Tree> json;
    std::vector<std::pair<std::string, Template>> form;
    std::optional<Template> body;
    std::optional<Template> bearer;
    std::optional<std::pair<Template, Template>> basic;
    bool follow_redirects = false;
};

struct SqlPlan {
    std::string statement;
    std::vector<std::optional<Template>> params; // nothing for null
    bool writes = false;
};

enum class Kind : std::uint8_t { http, burst, sql, explain };

/// `http`, `burst`, `sql` or `explain`.
std::string_view name(Kind kind);

struct Step {
    std::string id;
    std::string title;
    Kind kind = Kind::http;
    Where where;
    std::vector<std::string> tags;
    std::vector<std::string> needs;
    std::vector<std::string> uses; // variables without which it cannot run
    std::optional<std::size_t> when;
    std::int64_t retries = 0;
    time::Milliseconds timeout{10'000};
    record::Severity severity = record::Severity::major;
    RequestPlan request;
    bool conditional = false;
    std::int64_t burst_count = 0;
    time::Milliseconds burst_within{10'000};
    SqlPlan sql;
    Expect expect;
    std::vector<Capture> captures;

    [[nodiscard]] bool on_database() const { return kind == Kind::sql || kind == Kind::explain; }
};

struct Suite {
    std::string name;
    std::string file;
    std::string sha256;
    std::string base_url; // may be empty; without a slash at its end
    std::vector<Step> setup;
    std::vector<Step> steps;
    std::vector<Step> teardown;
    std::vector<std::pair<std::string, std::string>> variables; // of the suite and of --var
    std::shared_ptr<expr::Program const> program;
};

} // namespace slipway::smoke_http
