// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "probe/look_net.hpp"

#include <cstdint>
#include <string>

namespace slipway::probe {

/// Inside the room: what one handshake showed.
struct Handshake {
    std::string version;     // `TLSv1.3`
    std::string chain_fault; // empty: the chain leads to an authority that is trusted
    bool right_name = false;
    std::string names; // that the certificate is for
    std::string issuer;
    std::int64_t days_left = 0; // of the certificate of the chain that ends first
    std::string first_to_end;   // its subject
};

/// Connects and shakes hands, whatever the certificate is worth; throws unavailable where nobody
/// answers, failed where the answer is no TLS, timeout, usage and the stop's error.
Handshake shake_hands(TlsWish const& wish, time::Deadline deadline, std::stop_token const& stop);

} // namespace slipway::probe
