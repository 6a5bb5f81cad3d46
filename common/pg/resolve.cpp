// SPDX-License-Identifier: Apache-2.0
#include "pg/resolve.hpp"

#include "error/error.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <future>
#include <memory>
#include <thread>

#include <netdb.h>
#include <sys/socket.h>

namespace slipway::pg {

namespace {

using namespace std::chrono_literals;

struct Lookup {
    std::vector<std::string> addresses;
    std::string why;
};

bool needs_lookup(std::string_view host) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (host.empty() || host.starts_with('/') || host.starts_with('@')) {
        return false;
    }
    if (::getaddrinfo(std::string{host}.c_str(), nullptr, &hints, &found) == 0) {
        ::freeaddrinfo(found);
        return false;
    }
    return true;
}

Lookup look_up(std::string const& host) {
    Lookup out;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int const failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (failure != 0) {
        out.why = ::gai_strerror(failure);
        return out;
    }
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const owner{found, &::freeaddrinfo};
    for (auto const* each = found; each != nullptr; each = each->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(
                each->ai_addr,
                each->ai_addrlen,
                text.data(),
                static_cast<socklen_t>(text.size()),
                nullptr,
                0,
                NI_NUMERICHOST) == 0 &&
            std::find(out.addresses.begin(), out.addresses.end(), text.data()) ==
                out.addresses.end()) {
            out.addresses.emplace_back(text.data());
        }
    }
    return out;
}

// getaddrinfo cannot be told to give up, so it runs on a thread that nobody has to join.
Lookup
look_up_in_time(std::string const& host, time::Deadline deadline, std::stop_token const& stop) {
    constexpr auto step = 10ms;
    auto const promise = std::make_shared<std::promise<Lookup>>();
    auto future = promise->get_future();
    std::thread{[promise, host] {
        promise->set_value(look_up(host));
    }}.detach();
    while (future.wait_for(step) != std::future_status::ready) {
        signal::throw_if_stopped(stop);
        if (deadline.expired()) {
            throw Error{
                ErrorKind::timeout,
                "the name server did not answer in time for host " + host,
                "Check DNS on this machine, or give the address in place of the name."};
        }
    }
    return future.get();
}

void append(std::string& list, std::string_view element, bool first) {
    list += (first ? "" : ",") + std::string{element};
}

} // namespace

Endpoints resolve(ConnInfo const& target, time::Deadline deadline, std::stop_token const& stop) {
    std::string const all_hosts = target.host();
    auto const hosts = text::split(all_hosts, ',');
    bool const nothing = std::none_of(hosts.begin(), hosts.end(), needs_lookup);
    if (nothing || target.parameter("hostaddr") || target.parameter("service")) {
        return {};
    }
    std::string const all_ports = target.port();
    auto const ports = text::split(all_ports, ',');
    Endpoints out;
    std::string failures;
    bool first = true;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        std::string const host{hosts[i]};
        Lookup found;
        if (needs_lookup(host)) {
            found = look_up_in_time(host, deadline, stop);
            failures += found.why.empty() ? "" : " " + host + " (" + found.why + ")";
        } else {
            found.addresses.emplace_back(
                host.starts_with('/') || host.starts_with('@') ? "" : host);
        }
        for (auto const& address : found.addresses) {
            append(out.hosts, host, first);
            append(out.addresses, address, first);
            append(out.ports, ports[ports.size() == 1 ? 0 : std::min(i, ports.size() - 1)], first);
            first = false;
        }
    }
    if (first) {
        throw Error{
            ErrorKind::unavailable,
            "no address found for host" + failures,
            "Check the host name in the connection string and DNS on this machine."};
    }
    return out;
}

} // namespace slipway::pg
