// SPDX-License-Identifier: Apache-2.0
#include "probe/dial.hpp"
#include "probe/look_net.hpp"
#include "probe/looking.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::probe {

namespace {

std::vector<std::string> texts_of(std::vector<Address> const& addresses) {
    std::vector<std::string> out;
    for (auto const& address : addresses) {
        out.push_back(address.text());
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

} // namespace

Look look_at_dns(
    std::string const& id,
    std::string const& name,
    std::vector<std::string> const& addresses,
    time::Deadline deadline,
    std::stop_token const& stop) {
    return guarded(begun(id, "The name " + name), [&](record::Check const& made) {
        auto const found = look_up({name, "0"}, deadline, stop);
        if (found.addresses.empty()) {
            auto const message = fmt::format("{} has no address: {}", name, found.why);
            auto const* const hint =
                "Is the name spelt right, and has its record reached this machine's name server?";
            if (found.is_unknown) {
                return wrong(made, message, hint);
            }
            throw Error{ErrorKind::unavailable, message, hint};
        }
        auto const have = texts_of(found.addresses);
        auto const shown = text::join(have, ", ");
        for (auto const& wanted : addresses) {
            if (std::find(have.begin(), have.end(), wanted) == have.end()) {
                return wrong(
                    made,
                    fmt::format("{} is {}, not {}", name, shown, wanted),
                    "The old record may live on in a name server for as long as its TTL says.");
            }
        }
        return good(made, fmt::format("{} is {}", name, shown));
    });
}

} // namespace slipway::probe
