// SPDX-License-Identifier: Apache-2.0
#include "html.hpp"
#include "markdown.hpp"
#include "sarif.hpp"
#include "support/deployment.hpp"
#include "support/errors.hpp"
#include "user_template.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(report_formats)

using namespace slipway;
using namespace slipway::report_render;
using record::CheckStatus;

namespace {

bool holds(std::string const& text, std::string_view piece) {
    return text.find(piece) != std::string::npos;
}

record::Record linted(int findings) {
    auto record = Deployment::passed("migrate-apply", 0);
    for (int i = 0; i < findings; ++i) {
        auto check = Deployment::check("lint.lock", CheckStatus::failed);
        check.where = {"migrations/00 <1>.sql", i + 1, 4};
        check.message = "takes [a lock]";
        record.add(check);
    }
    record.add(Deployment::check("no.place", CheckStatus::failed));
    return record;
}

} // namespace

BOOST_AUTO_TEST_CASE(sarif_has_rule_place_and_level_and_counts_what_it_leaves_out) {
    Deployment deployment;
    deployment.write(linted(5003), "migrate-apply.json");
    Report report;
    deployment.build(report);
    auto const run = json::parse(sarif(report), "sarif")["runs"][0];
    BOOST_TEST(run["results"].size() == 5000U);
    BOOST_TEST(run["tool"]["driver"]["rules"].size() == 1U);
    auto const& first = run["results"][0];
    BOOST_TEST(first["ruleId"] == "lint.lock");
    BOOST_TEST(first["level"] == "error");
    BOOST_TEST(holds(json::text_at(first["message"], "text"), "takes \\[a lock\\]"));
    auto const& place = first["locations"][0]["physicalLocation"];
    BOOST_TEST(place["artifactLocation"]["uri"] == "migrations/00%20%3C1%3E.sql");
    BOOST_TEST(place["region"]["startColumn"] == 4);
    auto const notes = json::write(run["invocations"][0]["toolExecutionNotifications"]);
    BOOST_TEST(holds(notes, "3 omitted"));
    BOOST_TEST(holds(notes, "1 entry without a place"));
}

BOOST_AUTO_TEST_CASE(a_template_of_the_user_is_filled_in_and_escaped_by_its_name) {
    Deployment deployment;
    auto record = linted(1);
    record.summary = "<b>|x|</b> \"q\"";
    deployment.write(record, "migrate-apply.json");
    Report report;
    deployment.build(report);
    std::string const text = "{{#steps}}{{summary}}{{/steps}}{{^nothing}}!{{/nothing}}";
    BOOST_TEST(
        by_template(report, text, "own.html.mustache") == "&lt;b&gt;|x|&lt;/b&gt; &quot;q&quot;!");
    BOOST_TEST(holds(by_template(report, text, "own.json"), "\\\"q\\\""));
    BOOST_TEST(!holds(by_template(report, text, "own.md"), "<b>"));
    BOOST_TEST(name_of_report("x/own.html.mustache").find("report-own.html") == 0U);
    auto const begun = by_template(report, std::string{starting_template()}, "own.md");
    BOOST_TEST(holds(begun, "migrate"));
    BOOST_TEST(!holds(begun, "{{"));
    auto const torn = support::error_of([&] { by_template(report, "{{#a}}", "own.md"); });
    BOOST_CHECK(torn.kind() == ErrorKind::usage);
}

BOOST_AUTO_TEST_CASE(notes_and_sign_offs_are_shown_and_are_no_steps) {
    Deployment deployment;
    deployment.write(Deployment::passed("migrate-apply", 0), "migrate-apply.json");
    int second = 10;
    for (std::string const kind : {"observation", "manual-check", "sign-off", "unknown"}) {
        auto note = Deployment::passed("report-render", second++);
        note.command = "note";
        *note.data = {
            {"note",
             {{"kind", kind},
              {"text", "text of <" + kind + ">"},
              {"person", "A. Jones"},
              {"role", "Release manager"},
              {"good", kind != "manual-check"}}}};
        deployment.write(note, kind + ".json");
    }
    Report report;
    deployment.build(report);
    BOOST_TEST(report.steps.size() == 1U);
    BOOST_TEST(report.notes.size() == 3U);
    std::string const page = html(report);
    std::string const text = joined(markdown(report, true), 1'000'000);
    for (std::string const kind : {"observation", "manual-check", "sign-off"}) {
        BOOST_TEST(holds(page, "text of &lt;" + kind + "&gt;"));
    }
    BOOST_TEST(holds(page, "Release manager"));
    BOOST_TEST(holds(text, "## Sign-offs"));
    BOOST_TEST(holds(text, "❌ Release manager"));
    BOOST_TEST(holds(text, "## Post-deployment review"));
    BOOST_TEST(holds(text, "```mermaid\ngantt"));
}

BOOST_AUTO_TEST_SUITE_END()
