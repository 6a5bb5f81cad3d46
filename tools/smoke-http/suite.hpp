// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "expr/program.hpp"
#include "fs/file.hpp"
#include "json/schema.hpp"
#include "probe/status_set.hpp"
#include "record/record.hpp"
#include "request_plan.hpp"
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

/// A limit of latency: of the one call, or of a share of them (0.95 is the 95th percentile).
struct LatencyLimit {
    double rank = 1.0;
    time::Milliseconds below{0};
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
    std::vector<Wanted> answer; // of the exchange itself: cookies, redirects, TLS, version, size
    std::vector<LatencyLimit> latency;
    std::shared_ptr<json::Schema const> schema;
    std::string schema_name;
    std::string some_status;               // of a burst
    std::vector<Wanted> cells;             // `value` and `rows` of sql
    std::optional<std::string> uses_index; // of explain: `true`, `false`, an index' name
};

/// A value kept for later steps.
struct Capture {
    enum class Source : std::uint8_t { jq, response, header, cookie, regex, body };
    std::string name;
    Source source = Source::jq;
    std::size_t expression = 0; // of jq and response
    std::string text;           // the expression, the header's or cookie's name, the pattern
    bool secret = false;
};

/// Asks again and again until the answer is as it has to become.
struct Poll {
    std::size_t until = 0;
    std::string text;
    time::Milliseconds every{1'000};
    time::Milliseconds limit{60'000};
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
    std::vector<std::string> uses;     // variables without which it cannot run
    std::vector<std::string> mentions; // variables that its expressions name
    std::optional<std::size_t> when;
    std::int64_t retries = 0;
    std::optional<probe::StatusSet> stop_status; // no retry after one of these
    std::optional<std::size_t> stop_when;        // no retry where this is true of the answer
    std::int64_t repeat = 1;
    std::optional<Poll> poll;
    time::Milliseconds delay{0};
    std::string group; // the id in the suite, of a step that for_each made
    json::Box row;     // the variables of for_each
    std::string path;  // what it asks, as it is written; tells steps that touch the same thing
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
    bool is_included = false;
    std::vector<fs::Path> includes; // absolute
    std::string base_url;           // may be empty; without a slash at its end
    std::vector<Step> setup;
    std::vector<Step> steps;
    std::vector<Step> teardown;
    std::vector<std::pair<std::string, std::string>> variables; // of the suite and of --var
    std::shared_ptr<expr::Program const> program;

    /// All that its steps capture.
    [[nodiscard]] std::vector<std::string> captured() const;
};

} // namespace slipway::smoke_http
