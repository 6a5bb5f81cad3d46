// SPDX-License-Identifier: Apache-2.0
// What a watch goes through in two hours: logs that are rotated, truncated, removed and filled,
// sources that hang and die, a clock that is set, kills at any instant. It goes on, counts each
// event once, and says what it did not see.
#include "ci/environment.hpp"
#include "fs/temp_folder.hpp"
#include "fs/unique_fd.hpp"
#include "json/value.hpp"
#include "support/database.hpp"
#include "support/http_listener.hpp"
#include "support/kills.hpp"
#include "support/run_tool.hpp"
#include "support/series_wait.hpp"

#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace monitor_sources_faults {

using namespace slipway;

struct Scene {
    fs::TempFolder folder{"monitor-sources-"};
    fs::Path log = folder.path() / "app.log";
    fs::Path series = folder.path() / "s.ndjson";
    fs::Path sources = folder.path() / "sources.yaml";

    void watch_log(std::string_view more = "") const {
        fs::write_atomic(
            sources, fmt::format("log:\n  - {{file: {}, from: start{}}}\n", log.string(), more));
    }
    [[nodiscard]] std::vector<std::string>
    arguments(std::string const& length, std::string const& every = "100ms") const {
        return {
            "--sources",
            sources.string(),
            "--series",
            series.string(),
            "--every",
            every,
            "--for",
            length};
    }
    [[nodiscard]] support::ToolRun
    watch(std::string const& length, support::Environment const& env = {}) const {
        return support::run_tool("monitor", arguments(length), env);
    }
    void write(std::string_view text) const { fs::append(log, text); }
    [[nodiscard]] fs::Path beside(std::string_view name) const { return folder.path() / name; }
};

std::int64_t count_of(support::ToolRun const& run, std::string const& pointer) {
    auto const text = run.at(pointer);
    BOOST_REQUIRE_MESSAGE(!text.empty(), run.all());
    return std::stoll(text);
}

// Writes numbered errors without a pause, and rotates the log in both ways now and then.
class Writer {
public:
    explicit Writer(Scene const& scene) : scene_(scene), thread_([this] { work(); }) {}
    ~Writer() { static_cast<void>(finish()); }
    Writer(Writer const&) = delete;
    Writer& operator=(Writer const&) = delete;
    Writer(Writer&&) = delete;
    Writer& operator=(Writer&&) = delete;

    [[nodiscard]] std::int64_t finish() {
        ending_ = true;
        if (thread_.joinable()) {
            thread_.join();
        }
        return written_;
    }

private:
    void work() {
        int rotations = 0;
        while (!ending_) {
            scene_.write(fmt::format(
                "2026-03-01 10:00:00 ERROR order {} failed\n    at place (a.js:1:1)\n", written_));
            ++written_;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
            if (written_ % 400 == 0) {
                std::filesystem::rename(
                    scene_.log, scene_.beside(fmt::format("app.log.{}", 5000 - rotations)));
                ++rotations;
            }
        }
    }

    Scene const& scene_;
    std::atomic<bool> ending_{false};
    std::int64_t written_ = 0;
    std::thread thread_;
};

} // namespace monitor_sources_faults

BOOST_FIXTURE_TEST_SUITE(monitor_sources_faulty, monitor_sources_faults::Scene)

using namespace slipway;
using namespace monitor_sources_faults;

BOOST_AUTO_TEST_CASE(no_event_is_counted_twice_or_lost_by_kills_while_the_log_rotates) {
    watch_log();
    write("started\n");
    int const kills = support::full_faults() ? 50 : 8;
    std::int64_t written = 0;
    {
        Writer writer{*this};
        support::Instants instants{std::chrono::milliseconds{900}};
        for (int i = 0; i < kills; ++i) {
            auto const run = support::start_and_kill(
                "monitor", arguments("1h", "50ms"), {}, instants.next(), SIGKILL);
            BOOST_TEST(run.signal == SIGKILL, run.all());
        }
        written = writer.finish();
    }
    auto const last = watch("1s");
    BOOST_TEST(last.code == 0, last.all());
    BOOST_TEST(written > 100);
    BOOST_TEST(count_of(last, "/data/logs/0/classes/error") == written);
    BOOST_TEST(count_of(last, "/data/logs/0/groups/0/count") == written);
    BOOST_TEST(count_of(last, "/data/logs/0/lines") == 2 * written + 1);
    BOOST_TEST(count_of(last, "/data/logs/0/lost_bytes") == 0);
    auto const judged =
        support::run_tool("monitor", {"--report-only", "--series", series.string()}, {});
    BOOST_TEST(count_of(judged, "/data/logs/0/classes/error") == written);
}

BOOST_AUTO_TEST_CASE(rotation_truncation_removal_and_return_are_gone_through_and_said) {
    watch_log();
    write("ERROR 1\n");
    auto watching = std::async(std::launch::async, [&] { return watch("20s"); });
    BOOST_TEST(support::await_samples(series, 2));
    write("ERROR 2\n");
    std::filesystem::rename(log, beside("app.log.1")); // renamed and made anew
    write("ERROR 3\n");
    BOOST_TEST(support::await_samples(series, 3));
    write("ERROR 4\n");
    std::filesystem::copy_file(log, beside("app.log.0")); // copied and truncated
    std::filesystem::resize_file(log, 0);
    write("ERROR 5\n");
    BOOST_TEST(support::await_samples(series, 3));
    std::filesystem::resize_file(log, 0); // truncated by hand
    write("WARN and something else that is longer than what was there\n");
    BOOST_TEST(support::await_samples(series, 3));
    std::filesystem::remove(log);
    BOOST_TEST(support::await_samples(series, 3));
    write("ERROR 6\n\xff\xfe\x80 ERROR no text \xc3\n");
    write(std::string(std::size_t{3} << 20U, 'x')); // no end of a line
    BOOST_TEST(support::await_samples(series, 3));
    write("\nERROR 7\n");
    BOOST_TEST(support::await_samples(series, 3));
    auto const run = watching.get();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(count_of(run, "/data/logs/0/classes/error") == 8);
    BOOST_TEST(support::lines_with(series, "truncated: what was written") == 1);
    BOOST_TEST(support::lines_with(series, "app.log.0") == 1);
    BOOST_TEST(support::lines_with(series, "is not there") >= 1);
    BOOST_TEST(run.says("log.app: truncated"), run.err); // the gaps are told while it goes on
    BOOST_TEST(run.says("log.app is seen again"), run.err);
    BOOST_TEST(count_of(run, "/data/sources/0/gaps") >= 2);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_filled_faster_than_it_can_be_read_is_bounded_and_said) {
    bool const full = support::full_faults();
    std::uint64_t const size = (full ? std::uint64_t{2048} : std::uint64_t{96}) << 20U;
    watch_log(full ? "" : ", bytes: 4000000");
    write("ERROR first\n");
    auto watching = std::async(std::launch::async, [&] {
        auto args = arguments(full ? "60s" : "12s", full ? "1s" : "200ms");
        return support::run_tool("monitor", args, {});
    });
    BOOST_TEST(support::await_samples(series, 1));
    {
        std::string block;
        while (block.size() < (1U << 20U)) {
            block +=
                fmt::format("2026-03-01 10:00:00 INFO request {} 200 in 12 ms\n", block.size());
        }
        fs::UniqueFd const out{::open(log.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)};
        for (std::uint64_t done = 0; done < size; done += block.size()) {
            BOOST_REQUIRE(
                ::write(out.get(), block.data(), block.size()) ==
                static_cast<ssize_t>(block.size()));
        }
    }
    write("ERROR last\n");
    auto const run = watching.get();
    BOOST_TEST(run.code == 0, run.all());
    auto const seen =
        count_of(run, "/data/logs/0/bytes") + count_of(run, "/data/logs/0/lost_bytes");
    BOOST_TEST(seen >= static_cast<std::int64_t>(size)); // what is not read is counted
    BOOST_TEST(count_of(run, "/data/logs/0/lost_bytes") > 0, run.at("/data/logs/0"));
    BOOST_TEST(run.says("passed over"), run.all());
    BOOST_TEST(count_of(run, "/data/logs/0/classes/error") == 2); // the newest is what counts
    BOOST_TEST(count_of(run, "/data/logs/0/behind_bytes") == 0);
    rusage children{};
    ::getrusage(RUSAGE_CHILDREN, &children);
    BOOST_TEST(children.ru_maxrss < 40 * 1024); // kB
}

BOOST_AUTO_TEST_CASE(sources_that_hang_and_die_cost_their_own_samples_and_come_back) {
    support::Database const database;
    std::atomic<bool> hangs{false};
    support::HttpListener const listener{[&](support::Peer& peer) {
        while (!peer.read_request().empty()) {
            if (hangs) {
                peer.wait_for_end();
                return;
            }
            peer.answer(200, "{}");
        }
    }};
    auto const flag = beside("hang");
    fs::write_atomic(
        sources,
        "sql: { one: select 1 }\ncommand: { two: 'test ! -e " + flag.string() +
            " || sleep 60; echo 2' }\n");
    auto args = arguments("15s");
    args.insert(args.end(), {"--each", "300ms", "--url", "health=" + listener.url()});
    auto watching = std::async(std::launch::async, [&] {
        return support::run_tool(
            "monitor", args, {{"DATABASE_URL", database.conninfo().uri().reveal()}});
    });
    BOOST_TEST(support::await_samples(series, 3));
    auto admin = pg::Connection::open(support::test_server());
    admin.exec("alter database \"" + database.name() + "\" with allow_connections false");
    admin.exec(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
        {database.name()});
    hangs = true;
    fs::write_atomic(flag, "");
    BOOST_TEST(support::await_samples(series, 4));
    admin.exec("alter database \"" + database.name() + "\" with allow_connections true");
    hangs = false;
    std::filesystem::remove(flag);
    BOOST_TEST(support::await_samples(series, 4));
    auto const run = watching.get();
    BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
    for (auto const* source : {"sql.one", "command.two", "postgres"}) {
        bool found = false;
        for (auto const& each : (*run.record)->at("data")["sources"]) {
            if (each["name"] == source) {
                found = true;
                BOOST_TEST(each["gaps"] >= 1, source);
                BOOST_TEST(each["samples"] >= 4, source);
                BOOST_TEST(each["last_gap"] != "", source);
            }
        }
        BOOST_TEST(found, source);
    }
    BOOST_TEST(run.at("/data/endpoints/0/statuses/none") != "", run.all());
    for (auto const* source : {"\"sql.one\":", "\"command.two\":", "\"postgres\":"}) {
        BOOST_TEST(support::lines_with(series, source) >= 1, source);
    }
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_is_told_and_the_watch_goes_on) {
    auto const library = std::string{"/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"};
    BOOST_REQUIRE_MESSAGE(std::filesystem::exists(library), ".ci/deps installs faketime");
    auto const offset = beside("offset");
    fs::write_atomic(offset, "+0");
    watch_log();
    write("ERROR 1\n");
    auto watching = std::async(std::launch::async, [&] {
        return watch(
            "12s",
            {{"LD_PRELOAD", library},
             {"FAKETIME_TIMESTAMP_FILE", offset.string()},
             {"FAKETIME_NO_CACHE", "1"},
             {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
             {"DONT_FAKE_MONOTONIC", "1"}});
    });
    BOOST_TEST(support::await_samples(series, 3));
    fs::write_atomic(offset, "-3600");
    write("ERROR 2\n");
    BOOST_TEST(support::await_samples(series, 4));
    fs::write_atomic(offset, "+7200");
    write("ERROR 3\n");
    BOOST_TEST(support::await_samples(series, 4));
    auto const run = watching.get();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.duration.count() > 11'000); // as long as it was told to, by its own clock
    BOOST_TEST(count_of(run, "/data/logs/0/classes/error") == 3);
    BOOST_TEST(run.says("2 jumps; the last: it jumped by +"), run.all());
    // A second is cut off where a sample takes a moment between its two looks at the clocks.
    BOOST_TEST(
        support::lines_with(series, "it jumped by -3600 s") +
            support::lines_with(series, "it jumped by -3599 s") >=
        1);
    auto const judged =
        support::run_tool("monitor", {"--report-only", "--series", series.string()}, {});
    BOOST_TEST(judged.says("2 jumps"), judged.all());
}

BOOST_AUTO_TEST_SUITE_END()
