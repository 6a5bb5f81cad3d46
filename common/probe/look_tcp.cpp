// SPDX-License-Identifier: Apache-2.0
#include "probe/dial.hpp"
#include "probe/look.hpp"
#include "probe/looking.hpp"

#include <fmt/format.h>

namespace slipway::probe {

Look look_at_tcp(
    std::string const& id,
    std::string const& address,
    time::Deadline deadline,
    std::stop_token const& stop) {
    auto const place = read_place(address);
    return guarded(begun(id, "TCP port " + address), [&](record::Check const& made) {
        auto const dialled = dial(place, deadline, stop);
        if (!dialled.socket) {
            throw Error{
                ErrorKind::unavailable,
                fmt::format("cannot connect to {}: {}", address, dialled.why),
                "Is the server running, and does it listen on this address and port?"};
        }
        return good(made, "takes connections");
    });
}

} // namespace slipway::probe
