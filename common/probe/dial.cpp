// SPDX-License-Identifier: Apache-2.0
#include "probe/dial.hpp"

#include "error/error.hpp"
#include "signal/stop.hpp"
#include "text/utf8.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <limits>
#include <memory>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>

namespace slipway::probe {

namespace {

using namespace std::chrono_literals;

sockaddr const* generic(sockaddr_storage const& storage) {
    return static_cast<sockaddr const*>(static_cast<void const*>(&storage));
}

Lookup ask_resolver(Place const& place) {
    Lookup out;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int const failure = ::getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &found);
    if (failure != 0) {
        out.why = ::gai_strerror(failure);
        out.is_unknown = failure == EAI_NONAME;
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

Dialled try_connect(Address const& address, time::Deadline deadline, std::stop_token const& stop) {
    Dialled out;
    fs::UniqueFd socket{::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    bool const started =
        socket && (::connect(socket.get(), generic(address.storage), address.length) == 0 ||
                   errno == EINPROGRESS);
    if (!started) {
        out.why = std::generic_category().message(errno);
        return out;
    }
    if (!wait_for_socket(socket.get(), true, deadline, stop)) {
        out.why = "no answer in time";
        return out;
    }
    int cause = 0;
    socklen_t size = sizeof(cause);
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &cause, &size);
    if (cause != 0) {
        out.why = std::generic_category().message(cause);
        return out;
    }
    out.socket = std::move(socket);
    return out;
}

} // namespace

std::string Place::text() const {
    return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

Place read_place(std::string const& text, std::string const& usual_port) {
    bool const bracketed = text.starts_with('[') && text.find(']') != std::string::npos;
    auto const end = bracketed ? text.find(']') + 1 : text.rfind(':');
    bool const has_port = end < text.size() && text[end] == ':';
    auto host = text.substr(0, has_port || bracketed ? end : text.size());
    auto const port = has_port ? text.substr(end + 1) : usual_port;
    bool const number = !port.empty() && port.size() <= 5 &&
                        port.find_first_not_of("0123456789") == std::string::npos;
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    if (host.empty() || !number) {
        throw Error{
            ErrorKind::usage,
            fmt::format("\"{}\" names no port", text::printable_line(text)),
            "Write HOST:PORT, with an IPv6 address in brackets."};
    }
    return {host, port};
}

std::string Address::text() const {
    std::array<char, NI_MAXHOST> host{};
    int const failure = ::getnameinfo(
        generic(storage), length, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST);
    return failure == 0 ? host.data() : "";
}

// getaddrinfo cannot be told to give up, so it runs on a thread that nobody has to join.
Lookup look_up(Place const& place, time::Deadline deadline, std::stop_token const& stop) {
    auto const promise = std::make_shared<std::promise<Lookup>>();
    auto future = promise->get_future();
    std::thread{[promise, place] {
        promise->set_value(ask_resolver(place));
    }}.detach();
    while (future.wait_for(10ms) != std::future_status::ready) {
        signal::throw_if_stopped(stop);
        if (deadline.expired()) {
            throw Error{ErrorKind::timeout, "the name " + place.host + " was not resolved in time"};
        }
    }
    return future.get();
}

Dialled dial(Place const& place, time::Deadline deadline, std::stop_token const& stop) {
    auto const found = look_up(place, deadline, stop);
    Dialled out;
    out.why = found.why;
    for (auto const& each : found.addresses) {
        out = try_connect(each, deadline, stop);
        if (out.socket) {
            break;
        }
    }
    return out;
}

bool wait_for_socket(
    int socket,
    bool writing,
    time::Deadline deadline,
    std::stop_token const& stop) {
    signal::StopFd const stop_fd{stop};
    short const wanted = writing ? POLLOUT : POLLIN;
    std::array<pollfd, 2> fds{{{socket, wanted, 0}, {stop_fd.get(), POLLIN, 0}}};
    auto const left =
        std::min<std::int64_t>(deadline.remaining().count(), std::numeric_limits<int>::max());
    int const ready = ::poll(fds.data(), fds.size(), static_cast<int>(left));
    signal::throw_if_stopped(stop);
    return ready > 0;
}

} // namespace slipway::probe
