// SPDX-License-Identifier: Apache-2.0
#include "log/logger.hpp"

#include "fs/temp_folder.hpp"
#include "fs/unique_fd.hpp"
#include "json/value.hpp"
#include "support/fake_clock.hpp"
#include "support/forked.hpp"
#include "text/join.hpp"

#include <thread>

#include <fcntl.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(log_logger)

using namespace slipway;

namespace {

// A log that goes into a file; the clock stands at 10:00:00.
class Written {
public:
    explicit Written(log::Settings settings)
        : fd_(::open(
              (folder_.path() / "log").c_str(),
              O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC,
              0600)) {
        settings.fd = fd_.get();
        logger.emplace(settings, clock_, redactor);
    }

    [[nodiscard]] std::string text() const { return fs::read_file(folder_.path() / "log"); }

    secret::Redactor redactor;
    std::optional<log::Logger> logger;

private:
    fs::TempFolder folder_{"log-test-"};
    fs::UniqueFd fd_;
    support::FakeClock clock_;
};

log::Settings as(log::Format format, log::Level level = log::Level::info) {
    log::Settings settings;
    settings.format = format;
    settings.level = level;
    return settings;
}

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string_view::npos;
         at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(people_get_the_time_the_level_and_the_fields) {
    Written out{as(log::Format::human)};
    out.logger->info("dumped", {{"bytes", "412"}, {"table", "users"}});
    out.logger->error("no room");
    BOOST_TEST(
        out.text() == "10:00:00 info    dumped bytes=412 table=users\n"
                      "10:00:00 error   no room\n");
}

BOOST_AUTO_TEST_CASE(programs_get_a_json_object_a_line) {
    Written out{as(log::Format::json)};
    out.logger->warning("two\nlines \x1b[31m", {{"key", "va\"lue"}});
    std::string const text = out.text();
    BOOST_REQUIRE(text::lines(text).size() == 1U);
    auto const entry = json::parse(text, "log");
    BOOST_TEST(json::text_at(entry, "time") == "2026-01-31T10:00:00.123Z");
    BOOST_TEST(json::text_at(entry, "level") == "warning");
    BOOST_TEST(json::text_at(entry, "message") == "two\nlines \x1b[31m");
    BOOST_TEST(json::text_at(entry, "key") == "va\"lue");
    BOOST_TEST(text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_row_of_a_message_is_a_line_of_the_log) {
    Written out{as(log::Format::github)};
    out.logger->info("a\n::error::forged\r\nc");
    BOOST_TEST(
        out.text() == "10:00:00 info    a\n"
                      "10:00:00 info    ::error::forged\\x0d\n"
                      "10:00:00 info    c\n");
}

BOOST_AUTO_TEST_CASE(control_characters_are_shown_and_not_sent) {
    Written out{as(log::Format::human)};
    out.logger->info("\x1b]0;title\a \xC2\x9B"
                     "31m \xFF");
    BOOST_TEST(out.text() == "10:00:00 info    \\x1b]0;title\\x07 \\x9b31m \xEF\xBF\xBD\n");
}

BOOST_AUTO_TEST_CASE(levels_below_the_chosen_one_are_silent_in_every_format) {
    for (auto const format : {log::Format::human, log::Format::json, log::Format::github}) {
        Written out{as(format, log::Level::warning)};
        out.logger->debug("no-1");
        out.logger->info("no-2");
        out.logger->problem(log::Level::info, {"a.sql", 1, 1}, "no-3", "no-4");
        out.logger->warning("yes-1");
        out.logger->error("yes-2");
        out.logger->problem(log::Level::error, {"a.sql", 1, 1}, "yes-3", "yes-4");
        BOOST_TEST(count(out.text(), "no-") == 0U);
        BOOST_TEST(count(out.text(), "yes-") == 4U);
    }
}

BOOST_AUTO_TEST_CASE(secrets_are_removed_in_every_format_and_field) {
    for (std::string const secret : {"hunter22", "p@ss%1,x:y", "two\nlines!", "quo\"te\\back"}) {
        for (auto const format : {log::Format::human, log::Format::json, log::Format::github}) {
            BOOST_TEST_CONTEXT(secret) {
                Written out{as(format)};
                out.redactor.add(secret);
                out.logger->info("a " + secret + " b", {{"key", secret}});
                out.logger->problem(log::Level::error, {secret, 1, 1}, secret, "m " + secret);
                out.logger->begin_group("g " + secret);
                std::string const text = out.text();
                BOOST_TEST(count(text, "***") == 6U);
                BOOST_TEST(text.find(secret) == std::string::npos);
                for (auto const piece : {"hunter", "1,x", "1%2Cx", "lines!", "back"}) {
                    BOOST_TEST(text.find(piece) == std::string::npos);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_problem_is_an_annotation_in_github_and_a_place_elsewhere) {
    Written github{as(log::Format::github)};
    github.logger->problem(log::Level::error, {"a.sql", 3, 7}, "lock", "two\nrows");
    BOOST_TEST(github.text() == "::error file=a.sql,line=3,col=7,title=lock::two%0Arows\n");
    Written human{as(log::Format::human)};
    human.logger->problem(log::Level::error, {"a.sql", 3, 7}, "lock", "taken");
    human.logger->problem(log::Level::warning, {}, "lock", "");
    BOOST_TEST(
        human.text() == "10:00:00 error   a.sql:3:7: lock: taken\n"
                        "10:00:00 warning lock\n");
}

BOOST_AUTO_TEST_CASE(annotations_show_foreign_control_characters_too) {
    Written out{as(log::Format::github)};
    out.logger->problem(log::Level::error, {"a\x1b.sql", 1, 0}, "t\x1b", "m\x1b");
    BOOST_TEST(out.text().find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(at_most_ten_annotations_a_kind_the_last_saying_that_there_are_more) {
    Written out{as(log::Format::github)};
    for (int i = 1; i <= 25; ++i) {
        out.logger->problem(log::Level::error, {"a.sql", i, 0}, "bad", "no " + std::to_string(i));
        out.logger->problem(log::Level::warning, {"a.sql", i, 0}, "odd", "");
    }
    std::string const text = out.text();
    BOOST_TEST(count(text, "::error ") == 10U);
    BOOST_TEST(count(text, "::warning ") == 10U);
    std::string_view last;
    for (auto const line : text::lines(text)) {
        last = line.starts_with("::error ") ? line : last;
    }
    BOOST_TEST(last.find("more problems") != std::string_view::npos);
    // Nothing is lost: what has no annotation has a line.
    for (int i = 1; i <= 25; ++i) {
        std::string const number = "no " + std::to_string(i) + "\n";
        BOOST_TEST(text.find(number) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(groups_fold_in_github_and_are_headings_elsewhere) {
    Written github{as(log::Format::github)};
    github.logger->begin_group("a\nb");
    github.logger->end_group();
    BOOST_TEST(github.text() == "::group::a\\nb\n::endgroup::\n");
    Written human{as(log::Format::human)};
    human.logger->begin_group("a");
    human.logger->end_group();
    BOOST_TEST(human.text() == "10:00:00 info    a\n");
}

BOOST_AUTO_TEST_CASE(a_status_line_is_drawn_over_on_a_terminal_only) {
    Written plain{as(log::Format::human)};
    plain.logger->status_line("50 %");
    BOOST_TEST(plain.text() == "");
    auto settings = as(log::Format::human);
    settings.terminal = true;
    Written terminal{settings};
    terminal.redactor.add("hunter22");
    terminal.logger->status_line("50 % hunter22");
    terminal.logger->info("row");
    terminal.logger->status_line("");
    BOOST_TEST(
        terminal.text() == "\r\x1b[K50 % ***"
                           "\r\x1b[K10:00:00 info    row\n50 % ***"
                           "\r\x1b[K");
}

BOOST_AUTO_TEST_CASE(colour_surrounds_the_level_and_nothing_of_the_message) {
    auto settings = as(log::Format::human);
    settings.color = true;
    Written out{settings};
    out.logger->error("m\x1b[0m");
    BOOST_TEST(out.text() == "\x1b[2m10:00:00\x1b[0m \x1b[31merror  \x1b[0m m\\x1b[0m\n");
}

BOOST_AUTO_TEST_CASE(threads_write_whole_lines) {
    Written out{as(log::Format::human)};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 100; ++i) {
                    out.logger->info(std::string(50, 'x'));
                }
            });
        }
    }
    std::string const text = out.text();
    std::string const wanted = "10:00:00 info    " + std::string(50, 'x');
    auto const rows = text::lines(text);
    BOOST_TEST(rows.size() == 400U);
    BOOST_TEST(std::all_of(rows.begin(), rows.end(), [&](auto row) { return row == wanted; }));
}

BOOST_AUTO_TEST_CASE(format_and_colour_are_chosen_as_a_reader_expects) {
    using Environment = std::vector<std::pair<std::string, std::string>>;
    Environment const github{{"GITHUB_ACTIONS", "true"}};
    struct Row {
        Environment environment;
        std::string format;
        std::string color;
        std::string chosen;
    };
    for (auto const& row :
         {Row{{}, "auto", "auto", "human plain"},
          Row{github, "auto", "auto", "github plain"},
          Row{github, "human", "always", "human color"},
          Row{github, "json", "never", "json plain"},
          Row{{}, "github", "auto", "github plain"},
          Row{{{"NO_COLOR", "1"}}, "auto", "always", "human color"}}) {
        auto const ended = support::in_child_with(row.environment, [&]() -> std::string {
            auto const settings = log::choose(row.format, "info", row.color);
            std::string const format = settings.format == log::Format::human    ? "human"
                                       : settings.format == log::Format::github ? "github"
                                                                                : "json";
            return format + (settings.color ? " color" : " plain");
        });
        BOOST_TEST(ended.answer == row.chosen);
    }
    struct Word {
        std::string_view text;
        log::Level level;
    };
    for (auto const& word :
         {Word{"debug", log::Level::debug},
          Word{"info", log::Level::info},
          Word{"warning", log::Level::warning},
          Word{"error", log::Level::error}}) {
        BOOST_TEST((log::choose("human", word.text, "never").level == word.level));
    }
}

BOOST_AUTO_TEST_SUITE_END()
