// SPDX-License-Identifier: Apache-2.0
// delay_proxy HOST PORT MILLISECONDS: a link with that delay for a round trip, to HOST:PORT. Prints
// the port of 127.0.0.1 where it listens, and ends with its standard input.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <list>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/core.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Packet {
    Clock::time_point due;
    std::string bytes;
};

// One direction: what was read at `from` is written to `to` when its time has come.
struct Lane {
    int from = -1;
    int to = -1;
    std::deque<Packet> under_way = {};
    bool ended = false; // nothing more will be read
};

struct Pair {
    std::array<Lane, 2> lanes;
    int client = -1;
    int server = -1;
    bool broken = false;

    [[nodiscard]] bool over() const {
        return broken || (lanes[0].ended && lanes[0].under_way.empty()) ||
               (lanes[1].ended && lanes[1].under_way.empty());
    }
};

sockaddr_in address_of(char const* host, int port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(static_cast<std::uint16_t>(port));
    if (inet_pton(AF_INET, host, &out.sin_addr) != 1) {
        fmt::print(stderr, "delay_proxy: {} is no address\n", host);
        std::exit(2);
    }
    return out;
}

void send_at_once(int socket) {
    int const yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

void read_some(Lane& lane, Clock::duration delay) {
    std::array<char, 65536> buffer{};
    auto const got = read(lane.from, buffer.data(), buffer.size());
    if (got > 0) {
        lane.under_way.push_back(
            {Clock::now() + delay, {buffer.data(), static_cast<std::size_t>(got)}});
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        lane.ended = true;
    }
}

void deliver(Pair& pair, Lane& lane) {
    while (!lane.under_way.empty() && lane.under_way.front().due <= Clock::now()) {
        auto& bytes = lane.under_way.front().bytes;
        auto const put = send(lane.to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put < 0) {
            pair.broken = errno != EINTR;
            return;
        }
        bytes.erase(0, static_cast<std::size_t>(put));
        if (bytes.empty()) {
            lane.under_way.pop_front();
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: delay_proxy HOST PORT MILLISECONDS\n");
        return 2;
    }
    auto const target = address_of(argv[1], std::atoi(argv[2]));
    auto const delay = std::chrono::microseconds{static_cast<int>(std::atof(argv[3]) * 500)};
    int const listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto own = address_of("127.0.0.1", 0);
    socklen_t size = sizeof own;
    if (bind(listener, reinterpret_cast<sockaddr*>(&own), sizeof own) != 0 ||
        listen(listener, 64) != 0 ||
        getsockname(listener, reinterpret_cast<sockaddr*>(&own), &size) != 0) {
        fmt::print(stderr, "delay_proxy: cannot listen\n");
        return 3;
    }
    fmt::print("{}\n", ntohs(own.sin_port));
    std::fflush(stdout);
    std::list<Pair> pairs;
    for (;;) {
        std::deque<pollfd> polled{{STDIN_FILENO, POLLIN, 0}, {listener, POLLIN, 0}};
        auto next = Clock::time_point::max();
        for (auto& pair : pairs) {
            for (auto& lane : pair.lanes) {
                polled.push_back({lane.ended ? -1 : lane.from, POLLIN, 0});
                next = lane.under_way.empty() ? next : std::min(next, lane.under_way.front().due);
            }
        }
        auto const left = std::max(
            std::chrono::nanoseconds{0},
            std::chrono::duration_cast<std::chrono::nanoseconds>(next - Clock::now()));
        timespec const wait{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
        std::vector<pollfd> fds{polled.begin(), polled.end()};
        ppoll(fds.data(), fds.size(), next == Clock::time_point::max() ? nullptr : &wait, nullptr);
        if (fds[0].revents != 0) {
            return 0;
        }
        std::size_t at = 2;
        for (auto& pair : pairs) {
            for (auto& lane : pair.lanes) {
                if (fds[at++].revents != 0) {
                    read_some(lane, delay);
                }
                deliver(pair, lane);
            }
        }
        pairs.remove_if([](Pair const& pair) {
            if (pair.over()) {
                close(pair.client);
                close(pair.server);
            }
            return pair.over();
        });
        if (fds[1].revents != 0) {
            int const client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            int const server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (connect(server, reinterpret_cast<sockaddr const*>(&target), sizeof target) != 0) {
                close(client);
                close(server);
                continue;
            }
            send_at_once(client);
            send_at_once(server);
            pairs.push_back({{Lane{client, server}, Lane{server, client}}, client, server});
        }
    }
}
