// SPDX-License-Identifier: Apache-2.0
#include "probe/excerpt.hpp"
#include "probe/health_body.hpp"
#include "probe/look.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <utility>

#include <fmt/format.h>

namespace slipway::probe {

namespace {

constexpr std::size_t longest_detail = 200;

record::CheckStatus status_of(Health health) {
    switch (health) {
    case Health::pass:
        return record::CheckStatus::passed;
    case Health::warn:
    case Health::unknown:
        return record::CheckStatus::warned;
    case Health::fail:
        return record::CheckStatus::failed;
    }
    return record::CheckStatus::failed;
}

record::Check check_of(std::string const& id, Component const& component, Judge const& with) {
    record::Check check;
    check.id = id + "." + component.name;
    check.title = component.name;
    check.status = status_of(component.health);
    auto const detail = text::printable_line(with.redactor.redact(component.detail));
    check.message = fmt::format(
        "{}{}{}",
        component.word,
        component.health == Health::unknown ? " (a word that is not known)" : "",
        detail.empty() ? "" : ": " + text::shorten(detail, longest_detail));
    return check;
}

// A certificate for another name and a page that is not there do not heal while one waits; a
// refused request does not either.
bool is_hopeless(int status) {
    return status == 401 || status == 403 || status == 404;
}

bool is_hopeless(Error const& error) {
    return error.kind() == ErrorKind::usage ||
           error.message().find("is for another name") != std::string::npos;
}

Look unreached(record::Check check, Error const& error) {
    Look look;
    look.state = error.kind() == ErrorKind::failed ? Look::State::wrong : Look::State::unreached;
    look.hopeless = is_hopeless(error);
    look.brief = error.message();
    look.error = error;
    check.status = record::CheckStatus::failed;
    check.message = error.message();
    check.hint = error.hint();
    look.checks.push_back(std::move(check));
    return look;
}

// The parts that are not well, for the message of the whole.
std::string ailing(HealthReport const& report) {
    std::vector<std::string> parts;
    for (auto const& component : report.components) {
        if (component.health != Health::pass) {
            parts.push_back(component.name + " is " + component.word);
        }
    }
    return text::join(parts, ", ");
}

// The first check: of the answer as a whole.
void judge_whole(
    Look& look,
    record::Check& check,
    std::vector<Fault> const& faults,
    http::Response const& response,
    std::optional<HealthReport> const& report) {
    auto const parts = report ? ailing(*report) : "";
    auto const says = report && !report->word.empty() ? "says " + report->word : "";
    if (!faults.empty()) {
        look.brief = message_of(faults);
        if (report) { // tells more than the body itself
            look.brief = faults.front().subject == "status"
                             ? fmt::format("answers {}", status_text(response.status))
                             : look.brief;
            look.brief += (says.empty() ? "" : ", " + says) + (parts.empty() ? "" : ": " + parts);
        }
        check.status = record::CheckStatus::failed;
        check.expected = faults.front().expected;
        check.actual = faults.front().actual;
    } else {
        look.brief = fmt::format(
            "answers {}{}{}",
            status_text(response.status),
            says.empty() ? "" : ", " + says,
            parts.empty() ? "" : ": " + parts);
        check.status = report && !report->word.empty() ? status_of(report->health)
                                                       : record::CheckStatus::passed;
    }
    check.message = look.brief;
}

} // namespace

Look look_at_health(
    std::string const& id,
    http::Outcome const& outcome,
    HttpExpectation const& expected,
    Judge const& with) {
    record::Check check;
    check.id = id;
    check.severity = record::Severity::critical;
    if (auto const* error = std::get_if<Error>(&outcome)) {
        check.title = "answers";
        return unreached(std::move(check), *error);
    }
    auto const& response = std::get<http::Response>(outcome);
    Look look;
    check.title = "answers as healthy";
    look.latency_ms = std::chrono::duration<double, std::milli>(response.timings.total).count();
    check.duration = std::chrono::round<time::Milliseconds>(response.timings.total);
    auto faults = judge(expected, response, with);
    if (response.body_truncated) {
        faults.push_back(too_large(response));
    }
    auto const report = read_health(response.body);
    judge_whole(look, check, faults, response, report);
    look.checks.push_back(std::move(check));
    if (report) {
        for (auto const& component : report->components) {
            look.checks.push_back(check_of(id, component, with));
        }
    }
    for (auto const& made : look.checks) {
        if (made.status == record::CheckStatus::failed) {
            look.state = Look::State::wrong;
        }
    }
    look.hopeless = look.state == Look::State::wrong && is_hopeless(response.status);
    return look;
}

} // namespace slipway::probe
