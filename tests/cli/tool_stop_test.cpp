// SPDX-License-Identifier: Apache-2.0
// What every tool inherits from the roof, tried with the sample tool as a real program.
#include "error/error.hpp"
#include "proc/child.hpp"
#include "support/place.hpp"

#include <csignal>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(cli_tool_stop)

using namespace slipway;
using namespace std::chrono_literals;
using support::Place;
using support::Words;

namespace {

// The tool at work, to be sent signals.
class Working {
public:
    Working(Place const& place, Words arguments) : place_(place), child_(start(arguments)) {
        for (int i = 0; i < 1000 && !std::filesystem::exists(place.path("here")); ++i) {
            std::this_thread::sleep_for(5ms);
        }
        BOOST_REQUIRE(std::filesystem::exists(place.path("here")));
    }

    void signal(int number) const { child_.kill(number); }

    // How long it still took.
    std::chrono::milliseconds end() {
        auto const started = std::chrono::steady_clock::now();
        while (!child_.reaped() && std::chrono::steady_clock::now() - started < 15s) {
            std::this_thread::sleep_for(5ms);
            child_.reap();
        }
        BOOST_REQUIRE(child_.reaped());
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - started);
    }

    [[nodiscard]] int exit_code() const { return child_.exit_code(); }
    [[nodiscard]] int ended_by() const { return child_.signal(); }

private:
    proc::Child start(Words arguments) {
        arguments.insert(arguments.end(), {"--marker", place_.path("here").string()});
        return proc::Child::start(place_.command(arguments));
    }

    Place const& place_;
    proc::Child child_;
};

} // namespace

BOOST_AUTO_TEST_CASE(sigint_and_sigterm_end_it_at_once_with_a_record) {
    struct Row {
        int number;
        int code;
        std::string_view message;
    };
    for (auto const& row :
         {Row{SIGINT, 130, "stopped by SIGINT"}, Row{SIGTERM, 143, "stopped by SIGTERM"}}) {
        Place const place;
        Working tool{place, {"--outcome", "sleep"}};
        support::require_valid_record(place.record_path());
        tool.signal(row.number);
        BOOST_TEST((tool.end() < 2s));
        BOOST_TEST(tool.exit_code() == row.code);
        auto const record = place.record();
        BOOST_TEST((record.status == record::Status::aborted));
        BOOST_TEST(record.error.value().message() == row.message);
    }
}

BOOST_AUTO_TEST_CASE(a_tool_that_ignores_the_stop_is_ended_after_five_seconds_with_a_record) {
    Place const place;
    Working tool{place, {"--outcome", "ignore"}};
    tool.signal(SIGTERM);
    auto const took = tool.end();
    BOOST_TEST((took > 4s && took < 7s));
    BOOST_TEST(tool.exit_code() == 143);
    auto const record = place.record();
    BOOST_TEST((record.status == record::Status::aborted));
    BOOST_TEST(record.run.id == place.record().run.id);
    BOOST_TEST(record.error.value().message() == "stopped by a signal, and did not end in time");
}

BOOST_AUTO_TEST_CASE(kill_and_abort_leave_a_record_that_is_no_evidence) {
    {
        Place const place;
        Working tool{place, {"--outcome", "sleep"}};
        tool.signal(SIGKILL);
        tool.end();
        BOOST_TEST(tool.ended_by() == SIGKILL);
        BOOST_TEST((place.record().status == record::Status::running));
        record::Demand demand;
        demand.tool = "sample-tool";
        BOOST_CHECK_EXCEPTION(
            record::require_evidence(record::collect({place.path("slipway-out")}), demand, {}),
            Error,
            [](Error const& error) { return error.kind() == ErrorKind::refused; });
    }
    Place const place;
    BOOST_TEST(place.run({"--outcome", "abort"}).signal == SIGABRT);
    BOOST_TEST((place.record().status == record::Status::running));
}

BOOST_AUTO_TEST_CASE(its_own_deadline_ends_it_as_a_timeout) {
    Place const place;
    auto const outcome = place.run({"--outcome", "sleep", "--timeout", "100ms"});
    BOOST_TEST(outcome.exit_code == 5);
    BOOST_TEST((outcome.duration < 3s));
    auto const record = place.record();
    BOOST_TEST((record.error.value().kind() == ErrorKind::timeout));
    Place const other;
    BOOST_TEST(other.run({"--timeout", "1m"}).exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()
