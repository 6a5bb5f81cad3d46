// SPDX-License-Identifier: Apache-2.0
#include "signal/stop.hpp"

#include "support/forked.hpp"

#include <csignal>
#include <thread>

#include <poll.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(signal_stop)

using namespace slipway;
using namespace std::chrono_literals;

// A StopSource changes the signals of its process, so that each test has a process of its own.

namespace {

std::string told(Error const& error) {
    return std::string{name(error.kind())} + ": " + error.message();
}

support::ChildEnd stopped_by(int number) {
    return support::in_child([number]() -> std::string {
        signal::StopSource const source{10s, [](ErrorKind) {
                                        }};
        ::kill(::getpid(), number);
        time::SystemClock clock;
        if (clock.sleep(10s, source.token())) {
            return "slept through";
        }
        return told(signal::stopped_error());
    });
}

bool readable(int fd, int wait_ms) {
    pollfd entry{fd, POLLIN, 0};
    return ::poll(&entry, 1, wait_ms) == 1;
}

} // namespace

BOOST_AUTO_TEST_CASE(sigterm_becomes_a_stop_and_says_so) {
    BOOST_TEST(stopped_by(SIGTERM).answer == "terminated: stopped by SIGTERM");
}

BOOST_AUTO_TEST_CASE(sigint_becomes_a_stop_and_says_so) {
    BOOST_TEST(stopped_by(SIGINT).answer == "interrupted: stopped by SIGINT");
}

BOOST_AUTO_TEST_CASE(a_tool_that_does_not_end_in_its_grace_is_ended_with_the_code_of_the_signal) {
    struct Row {
        int number;
        int code;
    };
    for (auto const& row : {Row{SIGTERM, 143}, Row{SIGINT, 130}}) {
        auto const ended = support::in_child([&]() -> std::string {
            int const out = ::dup(STDOUT_FILENO);
            signal::StopSource const source{50ms, [out](ErrorKind kind) {
                                                // The record is written here.
                                                ::close(out);
                                                std::string const word{name(kind)};
                                                if (word.empty()) {
                                                    ::_exit(1);
                                                }
                                            }};
            ::kill(::getpid(), row.number);
            std::this_thread::sleep_for(5s);
            return "slept through";
        });
        BOOST_TEST(ended.exit_code == row.code);
        BOOST_TEST(ended.answer == "");
    }
}

BOOST_AUTO_TEST_CASE(a_last_word_that_throws_does_not_change_the_exit_code) {
    auto const ended = support::in_child([]() -> std::string {
        signal::StopSource const source{20ms, [](ErrorKind) {
                                            throw Error{ErrorKind::unavailable, "disk full"};
                                        }};
        ::kill(::getpid(), SIGTERM);
        std::this_thread::sleep_for(5s);
        return "slept through";
    });
    BOOST_TEST(ended.exit_code == 143);
    BOOST_TEST(ended.signal == 0);
}

BOOST_AUTO_TEST_CASE(after_finished_the_overdue_watch_stays_silent) {
    auto const ended = support::in_child([]() -> std::string {
        signal::StopSource source{20ms, [](ErrorKind) {
                                  }};
        ::kill(::getpid(), SIGTERM);
        time::SystemClock clock;
        clock.sleep(10s, source.token());
        source.finished();
        clock.sleep(60ms, {});
        return "ended by itself";
    });
    BOOST_TEST(ended.exit_code == 0);
    BOOST_TEST(ended.answer == "ended by itself");
}

BOOST_AUTO_TEST_CASE(the_own_deadline_is_a_timeout_unless_a_signal_came_first) {
    auto const deadline = support::in_child([]() -> std::string {
        signal::StopSource source{10s, [](ErrorKind) {
                                  }};
        source.deadline_passed();
        return source.token().stop_requested() ? told(signal::stopped_error()) : "no stop";
    });
    BOOST_TEST(deadline.answer == "timeout: the deadline of --timeout has passed");
    auto const both = support::in_child([]() -> std::string {
        signal::StopSource source{10s, [](ErrorKind) {
                                  }};
        ::kill(::getpid(), SIGTERM);
        time::SystemClock clock;
        clock.sleep(10s, source.token());
        source.deadline_passed();
        return told(signal::stopped_error());
    });
    BOOST_TEST(both.answer == "terminated: stopped by SIGTERM");
}

BOOST_AUTO_TEST_CASE(a_closed_pipe_does_not_end_the_tool) {
    auto const ended = support::in_child([]() -> std::string {
        signal::StopSource const source{10s, [](ErrorKind) {
                                        }};
        int fds[2];
        if (::pipe(fds) != 0) {
            return "no pipe";
        }
        ::close(fds[0]);
        return ::write(fds[1], "x", 1) < 0 && errno == EPIPE ? "told by the call" : "written";
    });
    BOOST_TEST(ended.answer == "told by the call");
}

BOOST_AUTO_TEST_CASE(a_stop_descriptor_becomes_readable_with_the_stop) {
    std::stop_source stop;
    signal::StopFd const fd{stop.get_token()};
    BOOST_TEST(!readable(fd.get(), 0));
    std::jthread const other{[&] {
        stop.request_stop();
    }};
    BOOST_TEST(readable(fd.get(), 5000));
    signal::StopFd const late{stop.get_token()};
    BOOST_TEST(readable(late.get(), 0));
}

BOOST_AUTO_TEST_CASE(a_stop_descriptor_without_a_stop_is_never_readable) {
    signal::StopFd const fd{std::stop_token{}};
    BOOST_TEST(!readable(fd.get(), 0));
}

BOOST_AUTO_TEST_CASE(throw_if_stopped_throws_only_then) {
    std::stop_source stop;
    BOOST_CHECK_NO_THROW(signal::throw_if_stopped(stop.get_token()));
    stop.request_stop();
    BOOST_CHECK_EXCEPTION(signal::throw_if_stopped(stop.get_token()), Error, [](Error const& e) {
        return e.kind() == ErrorKind::interrupted;
    });
}

BOOST_AUTO_TEST_SUITE_END()
