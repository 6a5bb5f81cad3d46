// SPDX-License-Identifier: Apache-2.0
// A log file that is treated as logrotate, pm2-logrotate and people treat it.
#include "../../tools/monitor/file_feed.hpp"

#include "error/error.hpp"
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "proc/command.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(monitor_file_feed)

using namespace slipway;
using monitor::Allowance;
using monitor::Fed;
using monitor::FileFeed;

namespace {

class Sink final : public monitor::LineSink {
public:
    void line(std::string_view text, std::uint64_t) override { lines += std::string{text} + "\n"; }
    void cut() override {}
    std::string take() { return std::exchange(lines, ""); }
    std::string lines;
};

struct Scene {
    fs::TempFolder folder{"file-feed-"};
    fs::Path log = folder.path() / "app.log";
    Sink sink;
    std::unique_ptr<FileFeed> feed = std::make_unique<FileFeed>(log, true);
    Fed fed;
    std::uint64_t bytes = 1U << 20U;

    void write(std::string_view text) const { fs::append(log, text); }
    std::string read() {
        fed = feed->read(sink, Allowance{bytes, time::Deadline::never(), {}});
        return sink.take();
    }
    void rename(char const* to) const { std::filesystem::rename(log, folder.path() / to); }
    void copy_and_truncate(char const* to) const {
        std::filesystem::copy_file(log, folder.path() / to);
        std::filesystem::resize_file(log, 0);
    }
    void gzip(char const* name) const {
        proc::Command command;
        command.program = "gzip";
        command.arguments = {(folder.path() / name).string()};
        BOOST_REQUIRE(proc::run(command, {}).ok());
    }
    // Another process, that knows the position alone.
    void restart(std::optional<std::uint64_t> held = {}) {
        auto const position = feed->position(held);
        feed = std::make_unique<FileFeed>(log, false);
        feed->resume(position);
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(it_begins_at_the_end_unless_told_otherwise, Scene) {
    write("old\n");
    feed = std::make_unique<FileFeed>(log, false);
    BOOST_TEST(read() == "");
    write("new\n");
    BOOST_TEST(read() == "new\n");
}

BOOST_FIXTURE_TEST_CASE(half_a_line_waits_for_its_end, Scene) {
    write("one\ntw");
    BOOST_TEST(read() == "one\n");
    write("o\n");
    BOOST_TEST(read() == "two\n");
}

BOOST_FIXTURE_TEST_CASE(a_renamed_file_is_read_to_its_end_before_the_new_one, Scene) {
    write("1\n");
    BOOST_TEST(read() == "1\n");
    write("2\n");
    rename("app.log.1");
    fs::append(folder.path() / "app.log.1", "3\n"); // the writer has not reopened it yet
    write("4\n");
    BOOST_TEST(read() == "2\n3\n4\n");
    BOOST_TEST(fed.note == "rotated");
    BOOST_TEST(fed.gap == "");
}

BOOST_FIXTURE_TEST_CASE(files_that_came_and_went_between_two_looks_are_read_too, Scene) {
    write("1\n");
    read();
    write("2\n");
    rename("app.log.2");
    write("3\n");
    rename("app.log.1");
    write("4\n");
    BOOST_TEST(read() == "2\n3\n4\n");
}

BOOST_FIXTURE_TEST_CASE(a_renamed_file_that_was_compressed_at_once_is_still_read, Scene) {
    write("1\n");
    read();
    write("2\n");
    rename("app.log.1");
    gzip("app.log.1");
    write("3\n");
    BOOST_TEST(read() == "2\n3\n");
}

BOOST_FIXTURE_TEST_CASE(of_a_copied_and_truncated_file_the_copy_tells_the_rest, Scene) {
    write("1\n");
    read();
    write("2\n");
    copy_and_truncate("app.log.1");
    write("3\n");
    BOOST_TEST(read() == "2\n3\n");
    BOOST_TEST(fed.note.find("app.log.1") != std::string::npos);
    BOOST_TEST(fed.gap == "");
}

BOOST_FIXTURE_TEST_CASE(a_copy_of_pm2_logrotate_is_found_by_its_name, Scene) {
    write("1\n");
    read();
    write("2\n");
    copy_and_truncate("app__2026-03-01_00-00-00.log");
    BOOST_TEST(read() == "2\n");
    write("3\n");
    BOOST_TEST(read() == "3\n");
}

BOOST_FIXTURE_TEST_CASE(
    a_truncated_file_without_a_copy_is_a_gap_even_where_it_has_grown_again,
    Scene) {
    write("1 first\n");
    read();
    std::filesystem::resize_file(log, 0);
    write("2 other and more\n");
    BOOST_TEST(read() == "2 other and more\n");
    BOOST_TEST(fed.gap.find("truncated") != std::string::npos, fed.gap);
    BOOST_TEST(read() == "");
    BOOST_TEST(fed.gap == "");
}

BOOST_FIXTURE_TEST_CASE(a_removed_file_is_a_gap_and_its_return_is_read_from_the_start, Scene) {
    write("1\n");
    read();
    std::filesystem::remove(log);
    BOOST_TEST(read() == "");
    BOOST_TEST(fed.gap.find("is not there") != std::string::npos, fed.gap);
    write("2\n");
    BOOST_TEST(read() == "2\n");
    BOOST_TEST(fed.gap == "");
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_not_there_yet_is_told_and_awaited, Scene) {
    feed = std::make_unique<FileFeed>(log, false);
    BOOST_CHECK_THROW(read(), Error);
    write("1\n");
    BOOST_TEST(read() == "1\n");
}

BOOST_FIXTURE_TEST_CASE(a_folder_or_a_pipe_is_no_log, Scene) {
    std::filesystem::create_directory(log);
    BOOST_CHECK_THROW(read(), Error);
}

BOOST_FIXTURE_TEST_CASE(another_process_goes_on_where_the_last_was, Scene) {
    write("1\n2\nhalf");
    BOOST_TEST(read() == "1\n2\n");
    restart();
    write(" line\n3\n");
    BOOST_TEST(read() == "half line\n3\n");
    restart(2); // the sink still held the second line
    BOOST_TEST(read() == "2\nhalf line\n3\n");
}

BOOST_FIXTURE_TEST_CASE(another_process_finds_what_was_rotated_meanwhile, Scene) {
    write("1 some text\n");
    read();
    write("2\n");
    rename("app.log.2");
    write("3\n");
    rename("app.log.1");
    write("4\n");
    restart();
    BOOST_TEST(read() == "2\n3\n4\n");
    BOOST_TEST(fed.gap == "");
}

BOOST_FIXTURE_TEST_CASE(another_process_finds_what_was_compressed_meanwhile, Scene) {
    for (int i = 0; i < 20'000; ++i) {
        write("line " + std::to_string(i) + "\n");
    }
    read();
    write("2\n");
    rename("app.log.1");
    gzip("app.log.1");
    write("3\n");
    restart();
    BOOST_TEST(read() == "2\n3\n");
    BOOST_TEST(fed.gap == "");
}

BOOST_FIXTURE_TEST_CASE(another_process_says_what_it_cannot_find, Scene) {
    write("1\n");
    read();
    std::filesystem::remove(log);
    write("other\n");
    restart();
    BOOST_TEST(read() == "other\n");
    BOOST_TEST(fed.gap.find("lost") != std::string::npos, fed.gap);
}

BOOST_FIXTURE_TEST_CASE(a_look_reads_no_more_than_it_may_and_the_next_goes_on, Scene) {
    bytes = 64 * 1024;
    std::string const line(999, 'x');
    for (int i = 0; i < 100; ++i) {
        write(line + "\n");
    }
    BOOST_TEST(read().size() <= bytes);
    BOOST_TEST(fed.bytes == bytes);
    BOOST_TEST(fed.behind_bytes == 100'000U - bytes);
    BOOST_TEST(fed.gap == "");
    BOOST_TEST(read().size() >= 100'000U - bytes);
    BOOST_TEST(fed.behind_bytes == 0U);
}

BOOST_FIXTURE_TEST_CASE(what_grows_faster_than_it_is_read_is_passed_over_and_said, Scene) {
    bytes = 64 * 1024;
    std::string const line(999, 'x');
    for (int i = 0; i < 1000; ++i) {
        write(line + "\n");
    }
    read();
    BOOST_TEST(fed.lost_bytes == 1'000'000U - 2 * bytes);
    BOOST_TEST(fed.gap.find("passed over") != std::string::npos, fed.gap);
    write("last\n");
    std::string all;
    for (int i = 0; i < 3; ++i) {
        all += read();
    }
    BOOST_TEST(all.ends_with("\nlast\n"));
    BOOST_TEST(all.starts_with(line)); // no half of a line
}

BOOST_FIXTURE_TEST_CASE(a_position_that_is_none_is_refused, Scene) {
    BOOST_CHECK_THROW(feed->resume("{\"offset\":\"x\"}"), Error);
    BOOST_CHECK_THROW(feed->resume("nonsense"), Error);
}

BOOST_AUTO_TEST_SUITE_END()
