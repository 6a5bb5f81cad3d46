// SPDX-License-Identifier: Apache-2.0
// What monitor shows while it runs: on a terminal, and over HTTP.
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "http/client.hpp"
#include "support/http_listener.hpp"
#include "support/run_tool.hpp"
#include "support/sample_app.hpp"
#include "support/terminal.hpp"

#include <algorithm>
#include <csignal>
#include <future>
#include <sstream>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(monitor_live)

using namespace slipway;
using support::HttpListener;
using support::Terminal;

namespace {

void answer_ok(support::Peer& peer) {
    if (!peer.read_request().empty()) {
        peer.answer(200, "ok");
    }
}

Terminal on_terminal(
    HttpListener const& service,
    fs::TempFolder const& folder,
    support::Environment env,
    unsigned short columns) {
    env.emplace_back("SLIPWAY_DIR", folder.path().string());
    return Terminal{
        "monitor",
        {"--url",
         "health=" + service.url(),
         "--for",
         "10m",
         "--every",
         "100ms",
         "--environment",
         "test"},
        env,
        columns,
        24};
}

// The lines without what moves the cursor and colours them.
std::vector<std::string> lines_of(std::string const& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '[') {
            i = text.find_first_of("ABCDHJKmhl", i);
            plain += text[i] == 'J' || text[i] == 'K' ? "\n" : "";
        } else if (text[i] == '\r') {
            plain += "\n";
        } else {
            plain += text[i];
        }
    }
    std::vector<std::string> out;
    std::istringstream stream{plain};
    for (std::string line; std::getline(stream, line);) {
        out.push_back(line);
    }
    return out;
}

std::size_t width_of(std::string const& line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char const c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::size_t widest_row(std::string const& text) {
    std::size_t out = 0;
    for (auto const& line : lines_of(text)) {
        // Behind a mark of its state; what is told beside the dashboard begins with the time.
        auto const at = line.find("http.latency_p95/health");
        if (at <= std::string_view{"! "}.size()) {
            out = std::max(out, width_of(line));
        }
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_terminal_shows_a_dashboard_that_follows_its_size) {
    HttpListener const service{answer_ok};
    fs::TempFolder const folder{"live-"};
    auto terminal = on_terminal(service, folder, {}, 80);
    auto const narrow =
        terminal.read_until("http.latency_p95/health") + terminal.read_until("\x1b[J");
    BOOST_TEST(narrow.find("monitor test") != std::string::npos, narrow);
    BOOST_TEST(narrow.find("▁") != std::string::npos, narrow);
    BOOST_TEST(widest_row(narrow) > 40U);
    BOOST_TEST(widest_row(narrow) < 80U);
    terminal.resize(200, 40);
    auto const cleared = terminal.read_until("\x1b[2J");
    auto const wide = terminal.read_until("E6") + terminal.read_until("\x1b[J");
    BOOST_TEST(widest_row(cleared + wide) > 120U);
    BOOST_TEST(widest_row(cleared + wide) < 200U);
    terminal.send_signal(SIGINT);
    auto const rest = terminal.read_rest();
    BOOST_TEST(rest.find("stopped after") != std::string::npos, rest);
}

BOOST_AUTO_TEST_CASE(no_color_has_none_and_others_have_the_states_in_color) {
    HttpListener const failing{[](support::Peer& peer) {
        if (!peer.read_request().empty()) {
            peer.answer(500, "no");
        }
    }};
    fs::TempFolder const folder{"live-"};
    for (bool const colored : {true, false}) {
        auto terminal = on_terminal(
            failing,
            folder,
            colored ? support::Environment{} : support::Environment{{"NO_COLOR", "1"}},
            100);
        auto const text =
            terminal.read_until("! http.error_rate/health") + terminal.read_until("\x1b[J");
        BOOST_TEST((text.find("\x1b[31m! http.error_rate/health") != std::string::npos) == colored);
        bool painted = false;
        for (auto const* const color : {"\x1b[31m", "\x1b[33m", "\x1b[36m", "\x1b[0m"}) {
            painted = painted || text.find(color) != std::string::npos;
        }
        BOOST_TEST(painted == colored);
        BOOST_TEST(text.find("! http.error_rate/health") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(in_ci_the_log_has_a_group_an_hour_and_no_dashboard) {
    HttpListener const service{answer_ok};
    auto const run = support::run_tool(
        "monitor",
        {"--url",
         "health=" + service.url(),
         "--for",
         "300ms",
         "--every",
         "50ms",
         "--log-format",
         "github"},
        {});
    BOOST_TEST(run.code == 0, run.all());
    auto const group = run.err.find("::group::monitor: hour 1\n");
    BOOST_REQUIRE(group != std::string::npos);
    BOOST_TEST(run.err.find("::endgroup::") > group);
    BOOST_TEST(run.err.find("\x1b[") == std::string::npos);
}

namespace {

http::Response get(std::string const& url, std::string const& method = "GET") {
    http::Client client{{}};
    http::Request request;
    request.method = method;
    request.url = url;
    auto outcome = client.fetch(request, time::Deadline::never());
    return http::response_of(outcome);
}

int connect_to(std::uint16_t port) {
    int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
    return fd;
}

} // namespace

BOOST_AUTO_TEST_CASE(metrics_are_served_and_written_and_no_slow_client_holds_up_the_others) {
    HttpListener const service{answer_ok};
    fs::TempFolder const folder{"live-"};
    auto const port = support::free_port();
    auto const file = folder.path() / "metrics.prom";
    auto const base = "http://127.0.0.1:" + std::to_string(port);
    Terminal terminal{
        "monitor",
        {"--url",
         "health=" + service.url(),
         "--for",
         "10m",
         "--every",
         "100ms",
         "--environment",
         "test",
         "--listen",
         "127.0.0.1:" + std::to_string(port),
         "--openmetrics",
         file.string()},
        {{"SLIPWAY_DIR", folder.path().string()}},
        100,
        24};
    terminal.read_until("metrics are at " + base + "/metrics");
    terminal.read_until("http.latency_p95/health");
    // Ten that send half a request each and wait.
    std::vector<fs::UniqueFd> slow;
    for (int i = 0; i < 10; ++i) {
        slow.emplace_back(connect_to(port));
        BOOST_TEST(::send(slow.back().get(), "GET /metr", 9, MSG_NOSIGNAL) == 9);
    }
    auto const answer = get(base + "/metrics");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(
        answer.body.find("slipway_http_latency_seconds{endpoint=\"health\"} ") !=
        std::string::npos);
    BOOST_TEST(get(base + "/").status == 404);
    BOOST_TEST(get(base + "/metrics", "POST").status == 405);
    BOOST_TEST(fs::read_file(file).ends_with("# EOF\n"));
    // A request without an end is not read without one.
    int const endless = connect_to(port);
    fs::UniqueFd const owner{endless};
    std::string const block(4096, 'x');
    bool refused = false;
    while (!refused) {
        refused = ::send(endless, block.data(), block.size(), MSG_NOSIGNAL) < 0;
    }
    BOOST_TEST(get(base + "/metrics").status == 200);
    terminal.send_signal(SIGTERM);
    BOOST_TEST(terminal.read_rest().find("stopped after") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_address_that_is_none_or_taken_is_told_before_the_watch) {
    HttpListener const service{answer_ok};
    auto const listen = [&](std::string const& address) {
        return support::run_tool(
            "monitor",
            {"--url", "health=" + service.url(), "--for", "200ms", "--listen", address},
            {});
    };
    for (auto const* const bad : {"9187", "localhost:9187", "127.0.0.1:", "127.0.0.1:port"}) {
        auto const run = listen(bad);
        BOOST_TEST(run.code == 2, run.all());
        BOOST_TEST(run.says("127.0.0.1:9187"));
    }
    auto const taken = listen("127.0.0.1:" + std::to_string(service.port()));
    BOOST_TEST(taken.code == 3, taken.all());
}

BOOST_AUTO_TEST_SUITE_END()
