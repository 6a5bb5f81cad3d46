// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"

#include "expr/regex.hpp"
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
class Captor {
public:
    Captor(Value const& document, http::Response const* response, World const& world)
        : document_(document), response_(response), world_(world) {}

    Value value_of(Capture const& capture, std::string& cause) {
        using Source = Capture::Source;
        auto const& redactor = world_.context.redactor;
        switch (capture.source) {
        case Source::jq:
            cause = fmt::format(
                "{} is null; {}", capture.text, probe::excerpt(document_, capture.text, redactor));
            return evaluate(capture, document_, cause);
        case Source::response:
            cause = capture.text + " of the response is null";
            return response_ == nullptr ? Value{} : evaluate(capture, answer(), cause);
        case Source::header: {
            cause = "the answer has no header " + capture.text;
            auto const value =
                response_ == nullptr ? std::nullopt : response_->headers.find(capture.text);
            return value ? Value(*value) : Value{};
        }
        case Source::cookie:
            cause = "the answer sets no cookie " + capture.text;
            return response_ == nullptr
                       ? Value{}
                       : json::at(json::at(json::at(answer(), "cookies"), capture.text), "value");
        case Source::regex: {
            cause = fmt::format(
                "/{}/ is not in the body; {}",
                capture.text,
                probe::excerpt_of_text(response_ == nullptr ? "" : response_->body, redactor));
            auto const groups = expr::Regex{capture.text}.groups(
                response_ == nullptr ? std::string_view{} : response_->body);
            return groups.empty() ? Value{}
                                  : Value(text::to_utf8(groups[groups.size() > 1 ? 1 : 0]));
        }
        case Source::body:
            cause = "the body is empty";
            return response_ == nullptr || response_->body.empty()
                       ? Value{}
                       : Value(text::to_utf8(response_->body));
        }
        return {};
    }

private:
    Value evaluate(Capture const& capture, Value const& document, std::string& cause) const {
        try {
            return world_.suite.program->evaluate(capture.expression, document, *world_.variables);
        } catch (Error const& error) {
            cause = error.message();
            return {};
        }
    }

    Value const& answer() {
        if (answer_.is_null()) {
            answer_ = answer_document(*response_, true);
        }
        return answer_;
    }

    Value const& document_;
    http::Response const* response_;
    World const& world_;
    Value answer_;
};

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
capture(Step const& step, Value const& document, http::Response const* response, World& world) {
    std::vector<probe::Fault> faults;
    Captor captor{document, response, world};
    for (auto const& one : step.captures) {
        std::string cause;
        auto value = captor.value_of(one, cause);
        if (value.is_null()) {
            world.unset(one.name); // of an earlier try
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
        world.set(one.name, std::move(value));
    }
    return faults;
}

} // namespace slipway::smoke_http
