// SPDX-License-Identifier: Apache-2.0
#include "testreport/formats.hpp"
#include "testreport/place.hpp"
#include "testreport/report.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "xml/document.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace slipway::testreport {

namespace {

using xml::Element;

constexpr int deepest = 100;

bool is(Element const& element, std::string_view name) {
    return text::equal_ignoring_case(element.name(), name);
}

// Seconds as they come: `0.25`, `9.2e-05`, `1,234.5` and `0,25` where a locale had its way.
std::optional<time::Milliseconds> duration_of(Element const& element) {
    std::string text{text::trim(element.text_of("time"))};
    if (text.find('.') != std::string::npos) {
        std::erase(text, ',');
    } else {
        std::replace(text.begin(), text.end(), ',', '.');
    }
    double seconds = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr double longest = 1e9;
    if (text.empty() || code != std::errc{} || end != text.data() + text.size() ||
        !std::isfinite(seconds) || seconds < 0 || seconds > longest) {
        return std::nullopt;
    }
    return time::Milliseconds{std::llround(seconds * 1000)};
}

std::int64_t count_in(Element const& element, std::string_view attribute) {
    std::string const text = element.text_of(attribute);
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return std::max<std::int64_t>(count, 0);
}

// Boost.Test's message says `failure`; what failed stands in the text under a label.
std::string labelled_message(std::string_view details) {
    for (auto const line : text::lines(details)) {
        if (text::trim(line).starts_with("- message: ")) {
            return std::string{text::trim(text::trim(line).substr(11))};
        }
    }
    return {};
}

std::string message_of(Element const& fault, std::string const& details) {
    std::string given{text::trim(fault.text_of("message"))};
    std::string const type{text::trim(fault.text_of("type"))};
    bool const boost = type == "assertion error" || type == "uncaught exception";
    if (boost) {
        if (std::string named = labelled_message(details);
            !named.empty() && type == "assertion error") {
            return named;
        }
        for (auto const line : text::lines(details)) {
            if (line.starts_with("std::") || line.find("::") != std::string_view::npos) {
                return std::string{text::trim(line)};
            }
        }
    }
    if (!given.empty()) {
        return given;
    }
    std::string const line = first_line(details);
    return line.empty() ? type : line;
}

std::string joined(std::string const& around, std::string const& name) {
    std::string out = around;
    out += around.empty() || name.empty() ? "" : " › ";
    out += name;
    return out;
}

// The outcome that a testcase's elements and attributes tell.
class CaseReader {
public:
    CaseReader(Element const& element, std::string suite) {
        out_.suite = std::move(suite);
        out_.name = element.text_of("name");
        out_.duration = duration_of(element);
        std::string const line = element.text_of("line");
        test_.file = element.text_of("file");
        std::from_chars(line.data(), line.data() + line.size(), test_.line);
        test_.line = std::max<std::int64_t>(test_.line, 0);
        for (auto const& child : element.children()) {
            take(child);
        }
        by_status(element);
    }

    Case done() {
        if (faults_ > 1) {
            out_.message += fmt::format(" (and {} more)", faults_ - 1);
        }
        if (out_.bad()) {
            out_.where = place_in(out_.details);
            // A failure in another file than the test's is told by the test's own place.
            if (!out_.where.known() || (test_.known() && !same_file())) {
                out_.where = test_.known() ? test_ : out_.where;
            }
        } else {
            out_.where = test_;
            out_.flaky = out_.outcome == Outcome::passed && tried_again_;
        }
        return std::move(out_);
    }

private:
    void take(Element const& child) {
        if (is(child, "failure") || is(child, "error")) {
            fault(child, is(child, "error") ? Outcome::error : Outcome::failed);
        } else if (is(child, "skipped") || is(child, "disabled")) {
            if (!out_.bad()) {
                out_.outcome = Outcome::skipped;
                out_.message = message_of(child, child.text());
            }
        } else if (
            is(child, "flakyFailure") || is(child, "flakyError") || is(child, "rerunFailure") ||
            is(child, "rerunError") || is(child, "rerun")) {
            tried_again_ = true;
        }
    }

    void fault(Element const& child, Outcome outcome) {
        ++faults_;
        std::string const details = child.text();
        if (faults_ == 1) {
            out_.outcome = outcome;
            out_.message = message_of(child, details);
            out_.details = shortened(details);
        }
        if (outcome == Outcome::error) {
            out_.outcome = outcome;
        }
    }

    // CTest and GoogleTest tell some ends by an attribute alone.
    void by_status(Element const& element) {
        std::string const status = text::lower(element.text_of("status"));
        std::string const result = text::lower(element.text_of("result"));
        bool const unrun = status == "notrun" || status == "disabled" || status == "skipped" ||
                           result == "suppressed" || result == "skipped";
        if (out_.outcome == Outcome::passed && unrun) {
            out_.outcome = Outcome::skipped;
        } else if (out_.outcome == Outcome::passed && (status == "fail" || status == "failed")) {
            out_.outcome = Outcome::failed;
        }
    }

    [[nodiscard]] bool same_file() const {
        return fs::Path{out_.where.file}.filename() == fs::Path{test_.file}.filename();
    }

    Case out_;
    Where test_;
    int faults_ = 0;
    bool tried_again_ = false;
};

class Reader {
public:
    explicit Reader(std::function<void(Case)> const& each) : each_(each) {}

    // Returns how many failures and errors the head counts.
    std::int64_t read(Element const& root) {
        if (!is(root, "testsuites") && !is(root, "testsuite")) {
            throw Error{
                ErrorKind::usage,
                fmt::format(
                    "{} is no JUnit report: its root is <{}>",
                    root.where().text(),
                    text::printable_line(root.name())),
                "Let the test runner write JUnit XML, whose root is <testsuites> or <testsuite>."}
                .with_where(root.where());
        }
        std::int64_t declared = count_in(root, "failures") + count_in(root, "errors");
        if (!root.attribute("failures") && !root.attribute("errors")) {
            for (auto const& child : root.children()) {
                declared += count_in(child, "failures") + count_in(child, "errors");
            }
        }
        below(root, {}, 0);
        return declared;
    }

private:
    void below(Element const& suite, std::string const& around, int depth) {
        if (depth > deepest) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{}: suites are nested too deeply", suite.where().text())}
                .with_where(suite.where());
        }
        for (auto const& child : suite.children()) {
            if (is(child, "testcase")) {
                one(child, around);
            } else if (is(child, "testsuite")) {
                below(child, joined(around, child.text_of("name")), depth + 1);
            } else if (is(child, "error") || is(child, "failure")) {
                // A suite that could not even begin has no case to tell it by.
                broken_suite(suite, child, around);
            }
        }
    }

    void one(Element const& element, std::string const& around) {
        std::string const own = element.text_of("classname");
        // node writes `test` for each, CTest and others the name once more.
        bool const says_nothing = own.empty() || own == "test" || own == element.text_of("name");
        each_(CaseReader{element, says_nothing ? around : own}.done());
    }

    void broken_suite(Element const& suite, Element const& fault, std::string const& around) {
        Case out;
        out.suite = around;
        out.name = "the suite itself";
        out.outcome = Outcome::error;
        out.details = shortened(fault.text());
        out.message = message_of(fault, out.details);
        out.where.file = suite.text_of("file");
        each_(std::move(out));
    }

    std::function<void(Case)> const& each_;
};

} // namespace

std::string Case::title() const {
    return suite.empty() ? name : suite + " › " + name;
}

std::string_view name(Outcome outcome) {
    switch (outcome) {
    case Outcome::passed:
        return "passed";
    case Outcome::failed:
        return "failed";
    case Outcome::error:
        return "error";
    case Outcome::skipped:
        return "skipped";
    }
    return "failed";
}

std::int64_t read_junit(fs::Path const& path, std::function<void(Case)> const& each) {
    auto const document = xml::Document::read(path);
    return Reader{each}.read(document.root());
}

std::int64_t
parse_junit(std::string text, std::string name, std::function<void(Case)> const& each) {
    auto const document = xml::Document::parse(std::move(text), std::move(name));
    return Reader{each}.read(document.root());
}

} // namespace slipway::testreport
