// SPDX-License-Identifier: Apache-2.0
#include "verdict.hpp"

#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::test_run {

namespace {

using record::Check;
using record::CheckStatus;
using record::Severity;
using State = ReportFile::State;

constexpr std::size_t most_failed = 100;
constexpr std::size_t most_broken = 20;
constexpr std::size_t most_named = 10;
constexpr std::size_t longest_id = 200;
constexpr std::size_t longest_message = 2000;

Check check_of(std::string id, std::string title, CheckStatus status, std::string message) {
    Check check;
    check.id = std::move(id);
    check.title = std::move(title);
    check.status = status;
    check.message = std::move(message);
    return check;
}

// The first of many, and how many there are besides.
template <class Range, class Name>
std::string some_of(Range const& all, Name const& name) {
    std::vector<std::string> named;
    for (auto const& one : all) {
        if (named.size() == most_named) {
            break;
        }
        named.push_back(text::shorten(text::printable_line(name(one)), longest_id));
    }
    std::string out = text::join(named, ", ");
    if (all.size() > named.size()) {
        out += fmt::format(" and {} more", all.size() - named.size());
    }
    return out;
}

template <class Range>
std::string some_of(Range const& all) {
    return some_of(all, [](std::string const& one) { return one; });
}

class Judge {
public:
    explicit Judge(Evidence const& evidence)
        : evidence_(evidence), results_(evidence.results),
          enough_(evidence.gate.met_by(results_.passed, results_.run())) {}

    Verdict decide() {
        command();
        reports();
        if (results_.run() > 0) {
            rate();
        }
        failures();
        lost();
        flaky();
        baseline();
        summarise();
        out_.undecided = doubt();
        return std::move(out_);
    }

private:
    // Failing tests are why a runner ends with a code of its own; anything else it has to tell.
    void command() {
        auto const& outcome = evidence_.outcome;
        bool const explained = outcome.signal == 0 && !results_.bad.empty();
        Check check =
            check_of("command.ends", "The command ends well", CheckStatus::passed, outcome.how());
        if (!outcome.ok() && explained && !outcome.stopped) {
            check.message += ", as its tests failed";
        } else if (!outcome.ok()) {
            check.status = CheckStatus::failed;
            check.severity = Severity::critical;
            if (outcome.signal == 0 && results_.run() > 0) {
                check.message += " although no test in its report failed";
                check.hint = "Look into the log for what failed outside of the tests, such as "
                             "coverage limits, a type check or a test that could not be started.";
            } else {
                check.hint = "Look at the last lines of the command in the log.";
            }
            command_failed_ = true;
        }
        out_.checks.push_back(std::move(check));
    }

    void reports() {
        std::size_t broken = 0;
        for (auto const& file : results_.files) {
            if (file.state == State::broken && ++broken <= most_broken) {
                Check check = check_of(
                    "report.broken." + file.path.string(),
                    "The report can be read",
                    CheckStatus::undecided,
                    file.cause);
                check.hint = "Was the test runner ended while it wrote, or is this another "
                             "format than JUnit XML, JSON or TAP?";
                check.where = relative(file.where);
                out_.checks.push_back(std::move(check));
            }
        }
        auto const stale = results_.count(State::stale);
        if (stale > 0) {
            std::vector<std::string> names;
            for (auto const& file : results_.files) {
                if (file.state == State::stale) {
                    names.push_back(file.path.string());
                }
            }
            Check check = check_of(
                "report.stale",
                "All reports are of this run",
                CheckStatus::warned,
                fmt::format(
                    "not counted, since this run did not write {}: {}",
                    stale == 1 ? "it" : "them",
                    some_of(names)));
            check.severity = Severity::minor;
            check.hint = "Remove old reports before the tests, or name the new ones alone.";
            out_.checks.push_back(std::move(check));
        }
    }

    void rate() {
        std::string const actual = fmt::format(
            "{} ({} of {})",
            percentage(results_.passed, results_.run()),
            results_.passed,
            results_.run());
        Check check = check_of(
            "tests.pass-rate",
            "Enough tests pass",
            enough_ ? CheckStatus::passed : CheckStatus::failed,
            actual + " passed");
        check.severity = Severity::critical;
        check.expected = json::Box{json::Value("at least " + evidence_.gate.text())};
        check.actual = json::Box{json::Value(actual)};
        if (!enough_) {
            check.hint = "Mend the tests that are listed as failed.";
        }
        out_.checks.push_back(std::move(check));
    }

    // Within a gate of less than 100% a failed test is told, and does not decide.
    void failures() {
        Severity const severity = enough_ ? Severity::minor : Severity::major;
        for (auto const& one : results_.bad) {
            if (out_.omitted > 0 || named_ == most_failed) {
                ++out_.omitted;
                continue;
            }
            ++named_;
            Check check = check_of(
                "test." + text::shorten(text::printable_line(one.title()), longest_id),
                text::shorten(text::printable_line(one.title()), longest_id),
                CheckStatus::failed,
                text::shorten(one.message, longest_message));
            check.severity = severity;
            check.duration = one.duration;
            check.where = one.where;
            out_.checks.push_back(std::move(check));
        }
        if (out_.omitted > 0) {
            Check check = check_of(
                "tests.omitted",
                "More tests failed",
                CheckStatus::failed,
                fmt::format("{} omitted", text::counted(out_.omitted, "more failed test")));
            check.severity = severity;
            check.hint = "The reports themselves have them all.";
            out_.checks.push_back(std::move(check));
        }
    }

    void lost() {
        if (results_.lost_failures > 0) {
            Check check = check_of(
                "report.shows-failures",
                "The reports show the failures that they count",
                CheckStatus::failed,
                fmt::format(
                    "{} counted in the head of a report that shows none",
                    text::counted(static_cast<std::size_t>(results_.lost_failures), "failure")));
            check.severity = Severity::critical;
            check.hint = "Look into the log of the tests for what failed.";
            out_.checks.push_back(std::move(check));
        }
    }

    void flaky() {
        if (!results_.flaky.empty()) {
            Check check = check_of(
                "tests.flaky",
                "Tests pass at the first try",
                CheckStatus::warned,
                fmt::format(
                    "{} only when tried again: {}",
                    text::counted(results_.flaky.size(), "test") + " passed",
                    some_of(results_.flaky)));
            check.severity = Severity::minor;
            check.hint = "A test that fails now and then hides a fault of its own or of the code.";
            out_.checks.push_back(std::move(check));
        }
    }

    void baseline() {
        if (!evidence_.baseline) {
            return;
        }
        for (auto const& title : *evidence_.baseline) {
            if (!results_.titles.contains(title)) {
                out_.vanished.push_back(title);
            }
        }
        bool const all = out_.vanished.empty();
        Check check = check_of(
            "tests.vanished",
            "All tests of the baseline are there",
            all ? CheckStatus::passed : CheckStatus::failed,
            all ? text::counted(evidence_.baseline->size(), "test") + " of the baseline"
                : fmt::format(
                      "{} of the baseline not there: {}",
                      text::counted(out_.vanished.size(), "test"),
                      some_of(out_.vanished)));
        if (!all) {
            check.hint = "Were they renamed or removed on purpose? Then take this report as the "
                         "new baseline.";
        }
        out_.checks.push_back(std::move(check));
    }

    void summarise() {
        std::string counts = fmt::format(
            "{} of {} passed",
            results_.passed,
            text::counted(static_cast<std::size_t>(results_.run()), "test"));
        if (results_.skipped > 0) {
            counts += fmt::format(", {} skipped", results_.skipped);
        }
        if (!results_.flaky.empty()) {
            counts += fmt::format(", {} flaky", results_.flaky.size());
        }
        if (!results_.bad.empty()) {
            counts += "; failed: " + some_of(results_.bad, [](testreport::Case const& one) {
                          return one.title();
                      });
        }
        if (command_failed_) {
            auto const& outcome = evidence_.outcome;
            counts = results_.run() == 0
                         ? fmt::format("the command ended with {}", outcome.how())
                         : fmt::format("the command ended with {}; {}", outcome.how(), counts);
        }
        out_.summary = counts;
    }

    [[nodiscard]] std::optional<Error> doubt() const {
        bool const failed =
            std::any_of(out_.checks.begin(), out_.checks.end(), [](Check const& check) {
                return check.status == CheckStatus::failed && check.severity >= Severity::major;
            });
        if (failed) {
            return std::nullopt;
        }
        std::string const good = "the command ended well, but ";
        if (results_.count(State::broken) > 0) {
            return Error{
                ErrorKind::undecided,
                good + fmt::format(
                           "{} cannot be read",
                           text::counted(results_.count(State::broken), "report")),
                "Let the test runner end by itself, and write JUnit XML, JSON or TAP."};
        }
        if (results_.files.empty() || results_.count(State::read) == 0) {
            return Error{
                ErrorKind::undecided,
                good + (results_.files.empty() ? "it left no test report"
                                               : "it wrote none of the reports that are there"),
                "Let the test runner write JUnit XML where --report says, for example with "
                "--test-reporter=junit (node), --junitxml (pytest) or --output-junit (ctest)."};
        }
        if (results_.run() == 0) {
            return Error{
                ErrorKind::undecided,
                good + "no test ran",
                "Does the command find the tests, and are they not all skipped?"};
        }
        return std::nullopt;
    }

    Evidence const& evidence_;
    Results const& results_;
    bool enough_;
    bool command_failed_ = false;
    std::size_t named_ = 0;
    Verdict out_;
};

} // namespace

Verdict judge(Evidence const& evidence) {
    return Judge{evidence}.decide();
}

} // namespace slipway::test_run
