// SPDX-License-Identifier: Apache-2.0
#include "resume.hpp"

#include <map>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(deploy_run_resume)

using namespace slipway;
using namespace slipway::deploy_run;

namespace {

// Two steps, the second of which was given the record of the first; all as it was.
struct Story {
    std::vector<Wanted> wanted{
        {"backup", "d1", {}, false, false},
        {"migrate", "d2", {"backup"}, false, false}};
    std::vector<Before> before{
        {"backup", "passed", "d1", "1-backup.json", "sha1", {}},
        {"migrate", "passed", "d2", "2-migrate.json", "sha2", {{"backup", "sha1"}}}};
    std::map<std::string, std::string> files{{"1-backup.json", "sha1"}, {"2-migrate.json", "sha2"}};

    [[nodiscard]] std::vector<Decision> decided() const {
        return decide(wanted, before, [this](std::string const& name) {
            auto const found = files.find(name);
            return found == files.end() ? std::nullopt : std::optional{found->second};
        });
    }

    // `trusted` or why not, for both steps.
    [[nodiscard]] std::vector<std::string> words() const {
        std::vector<std::string> out;
        for (auto const& one : decided()) {
            BOOST_TEST(one.trusted == one.because.empty());
            out.push_back(one.trusted ? "trusted" : one.because);
        }
        return out;
    }
};

using Words = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(unchanged_steps_that_passed_are_trusted) {
    Story story;
    BOOST_TEST(story.words() == (Words{"trusted", "trusted"}), boost::test_tools::per_element());
    story.before[0].status = "warned";
    BOOST_TEST(story.words() == (Words{"trusted", "trusted"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(after_a_rollback_even_one_that_was_cut_short_all_runs_again) {
    Story story;
    story.wanted.push_back({"undo", "d3", {}, false, true});
    story.before.push_back({"undo", "skipped", "d3", "", "", {}});
    BOOST_TEST(story.words()[0] == "trusted");
    story.before.back().status = "running";
    Words const expected(3, "the deployment was rolled back");
    BOOST_TEST(story.words() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_changed_record_repeats_the_step_and_all_that_were_given_it) {
    Story story;
    story.files["1-backup.json"] = "other";
    Words const expected{"its record was changed", "its input backup runs again"};
    BOOST_TEST(story.words() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_missing_record_repeats_the_step) {
    Story story;
    story.files.erase("2-migrate.json");
    Words const expected{"trusted", "its record is missing"};
    BOOST_TEST(story.words() == expected, boost::test_tools::per_element());
    story.files["2-migrate.json"] = "sha2";
    story.before[1].sha256.clear();
    BOOST_TEST(story.words() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_changed_definition_repeats_the_step) {
    Story story;
    story.wanted[1].definition = "other";
    Words const expected{"trusted", "its definition was changed"};
    BOOST_TEST(story.words() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_step_that_was_given_another_record_is_repeated) {
    Story story;
    story.before[1].inputs = {{"backup", "older"}};
    Words const expected{"trusted", "it did not have the record of backup that stands now"};
    BOOST_TEST(story.words() == expected, boost::test_tools::per_element());
    story.before[1].inputs.clear();
    BOOST_TEST(story.words() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_other_end_repeats_the_step_and_says_how_it_ended) {
    std::map<std::string, std::string> const reasons{
        {"failed", "it ended failed before"},
        {"refused", "it ended refused before"},
        {"in_doubt", "it ended in_doubt before"},
        {"running", "it was interrupted"},
        {"aborted", "it was interrupted"},
        {"skipped", "it was not reached before"},
        {"waiting", "it was not reached before"},
    };
    for (auto const& [status, reason] : reasons) {
        Story story;
        story.before[1].status = status;
        BOOST_TEST(story.words()[1] == reason);
        BOOST_TEST(story.decided()[1].ran_before == (status != "skipped" && status != "waiting"));
    }
}

BOOST_AUTO_TEST_CASE(a_new_step_and_one_that_always_runs_are_not_trusted) {
    Story story;
    story.wanted[1].always = true;
    story.wanted.push_back({"smoke", "d3", {}, false});
    Words const expected{"trusted", "it always runs", "it is new"};
    BOOST_TEST(story.words() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_definition_is_what_a_step_does_without_its_secrets) {
    secret::Redactor redactor;
    redactor.add("sup3r-s3cret");
    redactor.add("an0ther-one");
    Step step;
    step.id = "a";
    step.run = "curl $URL";
    step.environment = {{"TOKEN", "sup3r-s3cret"}};
    auto const first = definition_of(step, "staging", redactor);
    auto const with = [&](auto const& change) {
        Step other = step;
        change(other);
        return definition_of(other, "staging", redactor);
    };
    BOOST_TEST(first.size() == 64U);
    BOOST_TEST(with([](Step& other) { other.environment[0].second = "an0ther-one"; }) == first);
    BOOST_TEST(with([](Step& other) { other.timeout = time::Milliseconds{5}; }) == first);
    BOOST_TEST(with([](Step& other) { other.environment[0].second = "open"; }) != first);
    BOOST_TEST(with([](Step& other) { other.run = "curl $URL2"; }) != first);
    BOOST_TEST(with([](Step& other) { other.inputs = {"b"}; }) != first);
    BOOST_TEST(definition_of(step, "production", redactor) != first);
}

BOOST_AUTO_TEST_SUITE_END()
