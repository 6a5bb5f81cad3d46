// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "html.hpp"
#include "junit.hpp"
#include "markdown.hpp"
#include "prose.hpp"
#include "report_json.hpp"
#include "report_render.hpp"
#include "support/deployment.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(report_rendering)

using namespace slipway;
using namespace slipway::report_render;
using record::CheckStatus;

namespace {

bool has(std::string const& text, std::string_view piece) {
    return text.find(piece) != std::string::npos;
}

std::string const hostile = "<script>alert(1)</script> a|b ]]> `x` \x1b[31m ${{ secrets.X }} "
                            "[l](javascript:alert(1)) @octocat \u202e 🚢 \"' onload=\"x";

record::Record poisoned() {
    auto record = Deployment::passed("smoke-http", 0);
    record.tool = hostile;
    record.command = hostile;
    record.summary = hostile;
    record.run.url = "javascript:alert(document.domain)";
    record.run.name = hostile;
    record.run.actor = hostile;
    auto check = Deployment::check(hostile, CheckStatus::failed);
    check.title = hostile;
    check.message = hostile;
    check.hint = hostile;
    check.where = {hostile, 3, 0};
    check.actual = json::Box{json::Value(hostile)};
    record.add(check);
    record.metrics.push_back({hostile, hostile, {{hostile, hostile}}, 1.0, {}});
    auto const at = record.started_at;
    record.metrics.push_back(
        {hostile, hostile, {}, {}, {{at, 1.0}, {at + time::Milliseconds{5}, 2.0}}});
    record.artifacts.push_back({hostile, hostile, hostile, 1, hostile, true});
    record.inputs.push_back({hostile, hostile, hostile, "passed"});
    record.error = Error{ErrorKind::failed, hostile, hostile};
    record.status = record::Status::failed;
    return record;
}

std::size_t columns(std::string const& line) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        count += line[i] == '|' && (i == 0 || line[i - 1] != '\\') ? 1U : 0U;
    }
    return count;
}

} // namespace

BOOST_AUTO_TEST_CASE(hostile_text_stays_text_in_html) {
    Deployment deployment;
    deployment.write(poisoned(), "poison.json");
    Report report;
    deployment.build(report);
    std::string const page = html(report);
    BOOST_TEST(!has(page, "<script"));
    BOOST_TEST(!has(page, "href=\"javascript"));
    BOOST_TEST(!has(page, " onload=\"x"));
    BOOST_TEST(!has(page, "\x1b"));
    BOOST_TEST(has(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    BOOST_TEST(has(page, "javascript:alert(document.domain)"));
    BOOST_TEST(has(page, "🚢"));
    BOOST_TEST(has(page, "${{ secrets.X }}"));
    BOOST_TEST(text::valid_utf8(page));
}

BOOST_AUTO_TEST_CASE(hostile_text_stays_text_in_markdown) {
    Deployment deployment;
    deployment.write(poisoned(), "poison.json");
    Report report;
    deployment.build(report);
    auto const sections = markdown(report);
    std::string const page = joined(sections, 1'000'000);
    BOOST_TEST(!has(page, "\x1b"));
    BOOST_TEST(!has(page, "[open]("));
    BOOST_TEST(!has(page, "\u202e"));
    BOOST_TEST(has(page, "🚢"));
    for (auto const& section : sections) {
        for (auto const& row : section.rows) {
            if (row.starts_with("|")) {
                BOOST_TEST(columns(row) == columns(section.rows.front()));
                BOOST_TEST(row.find('\n') == row.size() - 1);
            }
        }
    }
    BOOST_TEST(text::valid_utf8(page));
}

BOOST_AUTO_TEST_CASE(hostile_text_is_well_formed_in_junit) {
    Deployment deployment;
    deployment.write(poisoned(), "poison.json");
    Report report;
    deployment.build(report);
    auto const documents = junit(report);
    BOOST_TEST(documents.size() == 1U);
    BOOST_TEST(!has(documents.front(), "<script"));
    BOOST_TEST(!has(documents.front(), "]]>"));
    BOOST_TEST(!has(documents.front(), "\x1b"));
    BOOST_TEST(has(documents.front(), "failures=\"1\" errors=\"1\""));
}

BOOST_AUTO_TEST_CASE(ten_thousand_checks_stay_under_two_megabytes_and_the_failed_one_is_seen) {
    Deployment deployment;
    for (auto const status : {CheckStatus::passed, CheckStatus::failed}) {
        auto record = Deployment::passed("test-run", 0);
        for (int i = 0; i < 10'000; ++i) {
            auto check = Deployment::check("suite.case-" + std::to_string(i), status);
            check.message = "it looked at " + std::string(80, 'x');
            check.hint = "do something about " + std::to_string(i);
            record.add(check);
        }
        record.checks[5000] = Deployment::check("the-red-one", CheckStatus::failed);
        record.checks[5000].severity = record::Severity::critical;
        deployment.write(record, "test-run.json");
        Report report;
        deployment.build(report);
        std::string const page = html(report);
        BOOST_TEST(page.size() < 2'000'000U);
        BOOST_TEST(has(page, "the-red-one"));
        BOOST_TEST(has(page, "not shown to keep this page small") == has(page, "more "));
        auto const documents = junit(report);
        BOOST_TEST(documents.size() == 21U);
    }
}

BOOST_AUTO_TEST_CASE(the_summary_is_cut_between_rows_and_says_so) {
    Deployment deployment;
    auto record = Deployment::passed("preflight", 0);
    for (int i = 0; i < 2000; ++i) {
        auto check = Deployment::check("check-" + std::to_string(i), CheckStatus::failed);
        check.message = std::string(900, 'm');
        record.add(check);
    }
    record.status = record::Status::failed;
    deployment.write(record, "preflight.json");
    Report report;
    deployment.build(report);
    auto const sections = markdown(report);
    std::string const whole = joined(sections, std::string::npos);
    BOOST_TEST(whole.size() > 1'000'000U);
    BOOST_TEST(!has(whole, "omitted"));
    for (std::size_t const limit : {1'000'000U, 100'000U, 5'000U}) {
        std::string const cut = joined(sections, limit);
        BOOST_TEST(cut.size() < limit);
        BOOST_TEST(has(cut, "**❌ Failed.**"));
        BOOST_TEST(has(cut, " omitted for length"));
        for (auto const line : text::lines(cut)) {
            BOOST_TEST((!line.starts_with("| ") || line.ends_with(" |")));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_page_fetches_and_runs_nothing) {
    Deployment deployment;
    auto record = Deployment::passed("monitor", 0, 100);
    record.run.url = "https://ci.example/run?a=1&b=2";
    for (int i = 0; i < 20; ++i) {
        auto const at = record.started_at + time::Milliseconds{i * 5000};
        if (i == 0) {
            record.metrics.push_back({"latency", "ms", {}, {}, {}});
        }
        record.metrics.front().samples.emplace_back(at, 10.0 + i);
    }
    deployment.write(record, "monitor.json");
    Report report;
    deployment.build(report);
    std::string const page = html(report);
    for (std::string_view const never : {"<script", "<link", "<img", "url(", "@import", " src="}) {
        BOOST_TEST(!has(page, never));
    }
    BOOST_TEST(has(page, "default-src 'none'"));
    BOOST_TEST(has(page, "href=\"https://ci.example/run?a=1&amp;b=2\""));
    BOOST_TEST(has(page, "<polyline points=\"0.0,"));
    BOOST_TEST(has(page, "lowest 10 ms, median 20 ms, highest 29 ms, last 29 ms, 20 samples"));
}

BOOST_AUTO_TEST_CASE(back_ticks_in_a_hint_mark_commands) {
    auto const pieces = pieces_of("run `a b`, or ``, then `c");
    BOOST_TEST(pieces.size() == 4U);
    BOOST_TEST(pieces[1].text == "a b");
    BOOST_TEST(pieces[1].code);
    BOOST_TEST(!pieces.back().code);
}

BOOST_AUTO_TEST_CASE(formats_may_be_joined_by_commas_and_unknown_ones_are_refused) {
    BOOST_TEST(formats_of({"md,html", "md"}).size() == 2U);
    BOOST_CHECK_EXCEPTION(formats_of({"htlm"}), Error, [](Error const& error) {
        return error.kind() == ErrorKind::usage && error.hint() == "Did you mean html?";
    });
}

BOOST_AUTO_TEST_CASE(the_json_report_is_never_taken_for_a_record) {
    Deployment deployment;
    deployment.write(Deployment::passed("preflight", 0), "preflight.json");
    Report report;
    deployment.build(report);
    std::string const text = report_json(report);
    BOOST_TEST(!record::is_record(text));
    BOOST_TEST(json::text_at(json::parse(text, "report.json"), "verdict") == "passed");
}

BOOST_AUTO_TEST_SUITE_END()
