// SPDX-License-Identifier: Apache-2.0
#include "probe/http_expectation.hpp"

#include "expr/regex.hpp"
#include "hash/digest.hpp"
#include "probe/excerpt.hpp"
#include "probe/sensitive.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::probe {

namespace {

using json::Value;

constexpr std::size_t longest_value = 200;

std::string shown(Value const& value) {
    return text::shorten(text::printable_line(json::write(value)), longest_value);
}

// One judgement in progress: collects the faults.
class Bench {
public:
    Bench(HttpExpectation const& expected, http::Response const& response, Judge const& with)
        : expected_(expected), response_(response), with_(with),
          own_body_(with.body == nullptr ? body_as_json(response) : Value{}),
          body_(with.body == nullptr ? own_body_ : *with.body) {
        teach_sensitive(body_, with.redactor);
    }

    std::vector<Fault> verdict() {
        judge_status();
        judge_headers();
        judge_jq();
        judge_body();
        judge_schema();
        judge_latency();
        return std::move(faults_);
    }

private:
    void fault(std::string subject, std::string const& message, Value expected, Value actual) {
        faults_.push_back(
            {subject,
             fmt::format("{}: {}", subject, message),
             json::Box{std::move(expected)},
             json::Box{std::move(actual)}});
    }

    [[nodiscard]] std::string body_excerpt() const {
        if (response_.body.empty()) {
            return "the body is empty";
        }
        return "body " + (body_.is_null() ? excerpt_of_text(response_.body, with_.redactor)
                                          : excerpt(body_, "", with_.redactor));
    }

    void judge_status() {
        auto const& status = expected_.status;
        if (!status || status->has(response_.status)) {
            return;
        }
        fault(
            "status",
            fmt::format(
                "expected {}, got {}; {}",
                status->text(),
                status_text(response_.status),
                body_excerpt()),
            status->text(),
            response_.status);
    }

    void judge_headers() {
        for (auto const& rule : expected_.headers) {
            auto const values = response_.headers.all(rule.subject);
            Value actual;
            std::optional<Fault> found;
            // One of several fields of that name suffices, as for Set-Cookie.
            for (std::size_t i = 0; i < std::max<std::size_t>(values.size(), 1); ++i) {
                actual = i < values.size() ? Value(values[i]) : Value{};
                found = judge_header(rule, actual);
                if (!found) {
                    break;
                }
            }
            if (found) {
                faults_.push_back(std::move(*found));
            }
        }
    }

    // A header is text; a comparison such as "< 5" means the number that it spells.
    std::optional<Fault> judge_header(Rule const& rule, Value const& actual) const {
        auto found = judge_value("header " + rule.subject, rule, actual, with_.redactor);
        if (found && actual.is_string()) {
            auto const& text = actual.get_ref<std::string const&>();
            Value const number = Value::parse(text, nullptr, false);
            std::string ignored;
            if (number.is_number() && rule.wanted.met_by(number, ignored)) {
                return std::nullopt;
            }
        }
        return found;
    }

    void judge_jq() {
        if (expected_.jq.empty()) {
            return;
        }
        if (body_.is_null() && response_.body != "null") {
            fault(
                "jq",
                "the body is no JSON; " + body_excerpt(),
                "a body of JSON",
                response_.headers.find("content-type").value_or("no content-type"));
            return;
        }
        for (auto const& rule : expected_.jq) {
            judge_expression(rule);
        }
    }

    void judge_expression(Rule const& rule) {
        std::string const subject = "jq " + rule.subject;
        try {
            auto const actual = with_.program->evaluate(rule.expression, body_, with_.variables);
            if (auto found = judge_value(subject, rule, actual, with_.redactor)) {
                found->message += "; " + excerpt(body_, rule.subject, with_.redactor);
                faults_.push_back(std::move(*found));
            }
        } catch (Error const& error) {
            fault(
                subject,
                with_.redactor.redact(error.message()) + "; " +
                    excerpt(body_, rule.subject, with_.redactor),
                *rule.shown,
                Value{});
        }
    }

    void judge_body() {
        auto const& rules = expected_.body;
        auto const& body = response_.body;
        if (rules.equals && body != *rules.equals) {
            fault("body", "is not equal; " + body_excerpt(), *rules.equals, Value{});
        }
        for (auto const& part : rules.contains) {
            if (body.find(part) == std::string::npos) {
                auto const quoted = shown(with_.redactor.redact(part));
                fault("body", fmt::format("lacks {}; {}", quoted, body_excerpt()), part, Value{});
            }
        }
        for (auto const& part : rules.lacks) {
            if (body.find(part) != std::string::npos) {
                auto const quoted = shown(with_.redactor.redact(part));
                fault("body", fmt::format("contains {}", quoted), "not " + part, part);
            }
        }
        for (auto const& pattern : rules.patterns) {
            if (!expr::Regex{pattern}.found_in(body)) {
                fault(
                    "body",
                    fmt::format("does not match /{}/; {}", pattern, body_excerpt()),
                    "/" + pattern + "/",
                    Value{});
            }
        }
        if (!rules.sha256.empty()) {
            auto const actual = hash::sha256_hex(body);
            if (actual != text::lower(rules.sha256)) {
                fault("body", "has another SHA-256: " + actual, rules.sha256, actual);
            }
        }
    }

    void judge_schema() {
        if (!expected_.schema) {
            return;
        }
        std::string const subject = "schema " + expected_.schema_name;
        if (body_.is_null() && response_.body != "null") {
            fault(subject, "the body is no JSON; " + body_excerpt(), "a body of JSON", Value{});
            return;
        }
        auto const violations = expected_.schema->check(body_);
        if (!violations.empty()) {
            auto const& first = violations.front();
            fault(
                subject,
                fmt::format(
                    "{}: {}{}",
                    first.pointer.empty() ? "the whole body" : first.pointer,
                    with_.redactor.redact(first.message),
                    violations.size() > 1 ? fmt::format(" (and {} more)", violations.size() - 1)
                                          : ""),
                "conforms to the schema",
                first.pointer);
        }
    }

    void judge_latency() {
        auto const took = std::chrono::round<time::Milliseconds>(response_.timings.total);
        if (expected_.latency_below && took >= *expected_.latency_below) {
            auto const limit = time::human_duration(*expected_.latency_below);
            fault(
                "latency",
                fmt::format("expected < {}, took {}", limit, time::human_duration(took)),
                "< " + limit,
                took.count());
        }
    }

    HttpExpectation const& expected_;
    http::Response const& response_;
    Judge const& with_;
    Value const own_body_;
    Value const& body_;
    std::vector<Fault> faults_;
};

} // namespace

Value body_as_json(http::Response const& response) {
    try {
        return response.body.empty() || response.body_truncated
                   ? Value{}
                   : json::parse(response.body, "the body");
    } catch (Error const&) {
        return {}; // no JSON is an answer too
    }
}

std::vector<Fault>
judge(HttpExpectation const& expected, http::Response const& response, Judge const& with) {
    return Bench{expected, response, with}.verdict();
}

std::optional<Fault> judge_value(
    std::string subject,
    Rule const& rule,
    Value const& actual,
    secret::Redactor const& redactor) {
    std::string why;
    if (rule.wanted.met_by(actual, why)) {
        return std::nullopt;
    }
    // `why` quotes the value cut off, where a secret's rest would no longer be known as one.
    auto const written = json::write(actual);
    auto const clean = redactor.redact(written);
    if (clean != written) {
        why = fmt::format(
            "expected {}, got {}",
            shown(*rule.shown),
            text::shorten(text::printable_line(clean), longest_value));
    }
    auto message = fmt::format("{}: {}", subject, redactor.redact(why));
    return Fault{std::move(subject), std::move(message), rule.shown, json::Box{actual}};
}

Fault too_large(http::Response const& response) {
    auto const length = response.headers.find("content-length");
    auto const limit = response.body.size();
    return {
        "body",
        fmt::format(
            "body: is larger than {} bytes{}, the rest was not read",
            limit,
            length ? " (content-length " + text::printable_line(*length) + ")" : ""),
        json::Box{fmt::format("<= {}", limit)},
        json::Box{Value{}}};
}

std::string message_of(std::vector<Fault> const& faults) {
    std::vector<std::string> messages;
    messages.reserve(faults.size());
    for (auto const& fault : faults) {
        messages.push_back(fault.message);
    }
    return text::join(messages, "\n");
}

} // namespace slipway::probe
