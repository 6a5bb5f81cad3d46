// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/unique_fd.hpp"
#include "time/deadline.hpp"

#include <stop_token>
#include <string>
#include <vector>

#include <sys/socket.h>

namespace slipway::probe {

/// A host with a port.
struct Place {
    std::string host; // an IPv6 address without brackets
    std::string port;

    [[nodiscard]] std::string text() const;
};

/// Reads `host:port`, an IPv6 address in brackets; without a port it is `usual_port`. Throws usage
/// where there is no host, or no port and no usual one.
Place read_place(std::string const& text, std::string const& usual_port = "");

struct Address {
    int family = 0;
    sockaddr_storage storage{};
    socklen_t length = 0;

    /// `192.0.2.1`, `2001:db8::1`.
    [[nodiscard]] std::string text() const;
};

/// What the system's resolver says of a name.
struct Lookup {
    std::vector<Address> addresses;
    std::string why;         // there are none
    bool is_unknown = false; // the name server answered that there is no such name
};

/// Asks the system's resolver; throws timeout and the stop's error.
Lookup look_up(Place const& place, time::Deadline deadline, std::stop_token const& stop);

/// A connected, non-blocking socket, or why there is none.
struct Dialled {
    fs::UniqueFd socket;
    std::string why;
};

/// Connects to the first address of the place that takes the connection.
Dialled dial(Place const& place, time::Deadline deadline, std::stop_token const& stop);

/// Waits until the socket can be read (or written); false where the deadline passed before.
bool wait_for_socket(
    int socket,
    bool writing,
    time::Deadline deadline,
    std::stop_token const& stop);

} // namespace slipway::probe
