// SPDX-License-Identifier: Apache-2.0
#include "../../tools/monitor/event_folder.hpp"

#include "../../tools/monitor/line_cutter.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(monitor_event_folder)

using namespace slipway;
using monitor::EventFolder;
using monitor::LineCutter;

namespace {

using Events = std::vector<std::string>;

Events folded(std::string_view log) {
    Events out;
    EventFolder folder{[&](std::string_view event) {
        out.emplace_back(event);
    }};
    LineCutter cutter;
    cutter.add(log, 0, folder);
    cutter.flush(folder);
    folder.cut();
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_trace_of_node_is_one_event) {
    auto const events = folded("ready\n"
                               "TypeError: x is undefined\n"
                               "    at handler (/app/a.js:1:2)\n"
                               "    at run (/app/b.js:3:4) {\n"
                               "  code: 'E1'\n"
                               "}\n"
                               "next\n");
    BOOST_REQUIRE(events.size() == 3U);
    BOOST_TEST(events[1].starts_with("TypeError"));
    BOOST_TEST(events[1].ends_with("}"));
    BOOST_TEST(events[2] == "next");
}

BOOST_AUTO_TEST_CASE(a_trace_of_java_with_its_cause_is_one_event) {
    auto const events = folded("2026-03-01 ERROR c.s.Orders - failed\n"
                               "java.lang.IllegalStateException: no\n"
                               "\tat com.shop.Orders.place(Orders.java:12)\n"
                               "Caused by: java.io.IOException: closed\n"
                               "\t... 12 more\n"
                               "2026-03-01 INFO c.s.Orders - next\n");
    BOOST_REQUIRE(events.size() == 3U); // what log4j writes above it is a line of its own
    BOOST_TEST(events[1].find("Caused by") != std::string::npos);
    BOOST_TEST(events[1].find("12 more") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_traceback_of_python_ends_with_its_exception) {
    auto const events = folded("ERROR:root:order failed\n"
                               "Traceback (most recent call last):\n"
                               "  File \"a.py\", line 3, in place\n"
                               "    raise ValueError(x)\n"
                               "ValueError: bad\n"
                               "INFO:root:next\n");
    BOOST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0].starts_with("ERROR:root"));
    BOOST_TEST(events[0].ends_with("ValueError: bad"));
}

BOOST_AUTO_TEST_CASE(a_panic_of_go_with_its_goroutines_is_one_event) {
    auto const events = folded("panic: runtime error: index out of range [3]\n"
                               "\n"
                               "goroutine 1 [running]:\n"
                               "main.main()\n"
                               "\t/app/main.go:7 +0x1d\n"
                               "exit status 2\n"
                               "started\n");
    BOOST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0].ends_with("exit status 2"));
    BOOST_TEST(events[1] == "started");
}

BOOST_AUTO_TEST_CASE(lines_of_json_are_events_of_their_own) {
    auto const events = folded("{\"level\":50}\r\n{\"level\":30}\n  indented\n");
    BOOST_REQUIRE(events.size() == 3U);
    BOOST_TEST(events[0] == "{\"level\":50}");
}

BOOST_AUTO_TEST_CASE(what_is_open_says_where_it_begins) {
    EventFolder folder{[](std::string_view) {
    }};
    LineCutter cutter;
    cutter.add("one\ntwo\n", 100, folder);
    BOOST_TEST(folder.held().value() == 104U);
    folder.cut();
    BOOST_TEST(!folder.held().has_value());
    BOOST_TEST(folder.lines() == 2);
}

BOOST_AUTO_TEST_CASE(a_line_without_an_end_is_cut_at_once_and_its_rest_passed_over) {
    Events events;
    EventFolder folder{[&](std::string_view event) {
        events.emplace_back(event);
    }};
    LineCutter cutter;
    std::string const piece(1U << 20U, 'x');
    for (std::uint64_t i = 0; i < 20; ++i) {
        cutter.add(piece, i << 20U, folder);
        BOOST_TEST(cutter.waiting() <= 65536U);
    }
    BOOST_TEST(cutter.passing());
    cutter.add("end\nnext\n", 20U << 20U, folder);
    folder.cut();
    BOOST_REQUIRE(events.size() == 2U);
    BOOST_TEST(events[0].size() == 32U * 1024);
    BOOST_TEST(events[1] == "next");
}

BOOST_AUTO_TEST_CASE(an_event_of_any_length_keeps_its_beginning) {
    std::string log = "Error: deep\n";
    for (int i = 0; i < 5000; ++i) {
        log += "    at frame (/app/a.js:1:2)\n";
    }
    auto const events = folded(log);
    BOOST_REQUIRE(events.size() == 1U);
    BOOST_TEST(events[0].size() <= 32U * 1024);
}

BOOST_AUTO_TEST_SUITE_END()
