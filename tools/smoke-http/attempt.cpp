// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"

#include "probe/excerpt.hpp"
#include "signal/stop.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

constexpr std::string_view read_only_transaction = "25006";

Attempt by_kind(Step const& step, World& world) {
    switch (step.kind) {
    case Kind::http:
        return attempt_http(step, world);
    case Kind::burst:
        return attempt_burst(step, world);
    case Kind::sql:
        return attempt_sql(step, world);
    case Kind::explain:
        return attempt_explain(step, world);
    }
    return {};
}

std::string as_text(Value const& value) {
    return value.is_string() ? value.get<std::string>() : json::write(value);
}

// The captured value; null where there is none, then `cause` says why.
Value value_of(
    Capture const& capture,
    Value const& document,
    http::Headers const& headers,
    World const& world,
    std::string& cause) {
    if (!capture.header.empty()) {
        auto const value = headers.find(capture.header);
        cause = "the answer has no header " + capture.header;
        return value ? Value(*value) : Value{};
    }
    cause = fmt::format(
        "{} is null; {}",
        capture.text,
        probe::excerpt(document, capture.text, world.context.redactor));
    try {
        return world.suite.program->evaluate(capture.expression, document, *world.variables);
    } catch (Error const& error) {
        cause = error.message();
        return {};
    }
}

} // namespace

Attempt attempt(Step const& step, World& world) {
    Attempt made;
    try {
        made = by_kind(step, world);
    } catch (Error const& error) {
        signal::throw_if_stopped(world.context.stop);
        if (error.kind() == ErrorKind::internal) {
            throw;
        }
        note_error(made, error);
        made.unreached.reset(); // it is the step that is wrong, not the way to the server
    }
    return made;
}

void note_error(Attempt& attempt, Error const& error) {
    attempt.faults.push_back({"", error.message(), json::Box{Value{}}, json::Box{Value{}}});
    attempt.hint = error.sqlstate() == read_only_transaction
                       ? "The step changes the database: say writes: true where it means to."
                       : error.hint();
    // An answer that is no HTTP is one, too.
    attempt.answered = error.kind() == ErrorKind::failed;
    if (!attempt.answered) {
        attempt.unreached = error;
    }
}

probe::Rule rule_of(Wanted const& wanted, Value const& variables) {
    auto value = wanted.value.render(variables);
    auto expected = wanted.literal || !value.is_string()
                        ? expr::Expectation::equal_to(value)
                        : expr::Expectation{value.get_ref<std::string const&>()};
    return {wanted.subject, wanted.expression, std::move(expected), json::Box{std::move(value)}};
}

std::vector<probe::Rule> rules_of(std::vector<Wanted> const& wanted, Value const& variables) {
    std::vector<probe::Rule> out;
    out.reserve(wanted.size());
    for (auto const& one : wanted) {
        out.push_back(rule_of(one, variables));
    }
    return out;
}

std::vector<probe::Fault>
capture(Step const& step, Value const& document, http::Headers const& headers, World& world) {
    std::vector<probe::Fault> faults;
    for (auto const& one : step.captures) {
        std::string cause;
        auto value = value_of(one, document, headers, world, cause);
        if (value.is_null()) {
            world.variables->erase(one.name); // of an earlier try
            faults.push_back(
                {"capture " + one.name,
                 text::printable_line(
                     world.context.redactor.redact(fmt::format("capture {}: {}", one.name, cause))),
                 json::Box{"a value"},
                 json::Box{Value{}}});
            continue;
        }
        if (one.secret) {
            world.context.redactor.add(as_text(value));
        }
        (*world.variables)[one.name] = std::move(value);
    }
    return faults;
}

} // namespace slipway::smoke_http
