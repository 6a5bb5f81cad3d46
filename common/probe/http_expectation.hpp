// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "expr/expectation.hpp"
#include "expr/program.hpp"
#include "http/message.hpp"
#include "json/schema.hpp"
#include "json/value.hpp"
#include "probe/status_set.hpp"
#include "secret/redactor.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::probe {

/// One thing that is not as expected, told with all that a reader needs.
struct Fault {
    std::string subject; // `status`, `header etag`, `jq .user.email`, …
    std::string message; // one line, secrets hidden
    json::Box expected;
    json::Box actual; // secrets not hidden: the record's writer does
};

/// What a value should be; `subject` names it: a header, or an expression of the program.
struct Rule {
    std::string subject;
    std::size_t expression = 0;
    expr::Expectation wanted;
    json::Box shown; // the expectation as it was written
};

/// What the body should be as text.
struct BodyRules {
    std::optional<std::string> equals;
    std::vector<std::string> contains;
    std::vector<std::string> lacks;
    std::vector<std::string> patterns;
    std::string sha256;
};

/// All that is expected of one answer.
struct HttpExpectation {
    std::optional<StatusSet> status;
    std::vector<Rule> headers;
    std::vector<Rule> jq;
    BodyRules body;
    std::optional<time::Milliseconds> latency_below;
    std::shared_ptr<json::Schema const> schema;
    std::string schema_name;
};

/// What judging needs besides: compiled expressions, the values of their variables, the secrets.
struct Judge {
    expr::Program const* program = nullptr; // may be null where there are no expressions
    json::Value const& variables;
    secret::Redactor& redactor;        // learns the secrets that the answer shows by their names
    json::Value const* body = nullptr; // body_as_json() of the answer, where it was read already
};

/// The body as JSON; null where it is none.
json::Value body_as_json(http::Response const& response);

/// Everything about the answer that is not as expected, the status first.
std::vector<Fault>
judge(HttpExpectation const& expected, http::Response const& response, Judge const& with);

/// What is wrong with an answer of whose body only the beginning was read.
Fault too_large(http::Response const& response);

/// One value against one rule; nothing where it is met.
std::optional<Fault> judge_value(
    std::string subject,
    Rule const& rule,
    json::Value const& actual,
    secret::Redactor const& redactor);

/// Several faults as the text of one check.
std::string message_of(std::vector<Fault> const& faults);

} // namespace slipway::probe
