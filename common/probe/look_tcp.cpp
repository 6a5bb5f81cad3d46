// SPDX-License-Identifier: Apache-2.0
#include "fs/unique_fd.hpp"
#include "probe/look.hpp"
#include "signal/stop.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>

namespace slipway::probe {

namespace {

using namespace std::chrono_literals;

struct Place {
    std::string host;
    std::string port;
};

struct Address {
    int family = 0;
    sockaddr_storage storage{};
    socklen_t length = 0;
};

struct Lookup {
    std::vector<Address> addresses;
    std::string why;
};

Place read_place(std::string const& text) {
    auto const colon = text.rfind(':');
    auto host = text.substr(0, colon);
    auto const port = colon == std::string::npos ? "" : text.substr(colon + 1);
    bool const number = !port.empty() && port.size() <= 5 &&
                        port.find_first_not_of("0123456789") == std::string::npos;
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    if (host.empty() || !number) {
        throw Error{
            ErrorKind::usage,
            fmt::format("\"{}\" names no port", text::printable_line(text)),
            "Write tcp:HOST:PORT, with an IPv6 address in brackets."};
    }
    return {host, port};
}

Lookup look_up(Place const& place) {
    Lookup out;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int const failure = ::getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &found);
    if (failure != 0) {
        out.why = ::gai_strerror(failure);
        return out;
    }
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const owner{found, &::freeaddrinfo};
    for (auto const* each = found; each != nullptr; each = each->ai_next) {
        Address address;
        address.family = each->ai_family;
        address.length = each->ai_addrlen;
        std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
        out.addresses.push_back(address);
    }
    return out;
}

// getaddrinfo cannot be told to give up, so it runs on a thread that nobody has to join.
Lookup look_up_in_time(Place const& place, time::Deadline deadline, std::stop_token const& stop) {
    auto const promise = std::make_shared<std::promise<Lookup>>();
    auto future = promise->get_future();
    std::thread{[promise, place] {
        promise->set_value(look_up(place));
    }}.detach();
    while (future.wait_for(10ms) != std::future_status::ready) {
        signal::throw_if_stopped(stop);
        if (deadline.expired()) {
            throw Error{ErrorKind::timeout, "the name " + place.host + " was not resolved in time"};
        }
    }
    return future.get();
}

// The cause why there is no connection; empty where there is one.
std::string
try_connect(Address const& address, time::Deadline deadline, std::stop_token const& stop) {
    fs::UniqueFd const socket{
        ::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    auto const* const target =
        static_cast<sockaddr const*>(static_cast<void const*>(&address.storage));
    if (!socket) {
        return std::generic_category().message(errno);
    }
    if (::connect(socket.get(), target, address.length) == 0) {
        return {};
    }
    if (errno != EINPROGRESS) {
        return std::generic_category().message(errno);
    }
    signal::StopFd const stop_fd{stop};
    std::array<pollfd, 2> fds{{{socket.get(), POLLOUT, 0}, {stop_fd.get(), POLLIN, 0}}};
    int const ready =
        ::poll(fds.data(), fds.size(), static_cast<int>(deadline.remaining().count()));
    signal::throw_if_stopped(stop);
    if (ready == 0) {
        return "no answer in time";
    }
    int cause = 0;
    socklen_t size = sizeof(cause);
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &cause, &size);
    return cause == 0 ? "" : std::generic_category().message(cause);
}

// The cause why none of the addresses is connected to; empty where one is.
std::string try_all(Place const& place, time::Deadline deadline, std::stop_token const& stop) {
    auto const found = look_up_in_time(place, deadline, stop);
    std::string cause = found.why;
    for (auto const& each : found.addresses) {
        cause = try_connect(each, deadline, stop);
        if (cause.empty()) {
            break;
        }
    }
    return cause;
}

} // namespace

Look look_at_tcp(
    std::string const& id,
    std::string const& address,
    time::Deadline deadline,
    std::stop_token const& stop) {
    auto const place = read_place(address);
    auto const start = std::chrono::steady_clock::now();
    record::Check check;
    check.id = id;
    check.title = "TCP port " + address;
    check.severity = record::Severity::critical;
    auto const cause = try_all(place, deadline, stop);
    auto const took = std::chrono::steady_clock::now() - start;
    Look look;
    look.latency_ms = std::chrono::duration<double, std::milli>(took).count();
    check.duration = std::chrono::duration_cast<time::Milliseconds>(took);
    look.brief = "takes connections";
    if (!cause.empty()) {
        look.state = Look::State::unreached;
        look.brief = fmt::format("cannot connect to {}: {}", address, cause);
        look.error = Error{
            ErrorKind::unavailable,
            look.brief,
            "Is the server running, and does it listen on this address and port?"};
        check.status = record::CheckStatus::failed;
        check.hint = look.error->hint();
    }
    check.message = look.brief;
    look.checks.push_back(std::move(check));
    return look;
}

} // namespace slipway::probe
