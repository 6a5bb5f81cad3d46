// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "monitor.hpp"
#include "observation.hpp"

#include <vector>

namespace slipway::monitor {

/// The endpoints that --url, --base-url and --endpoint name, their credentials taught to the
/// redactor; throws usage where a URL is malformed or two have one name.
std::vector<Endpoint> choose_endpoints(Options const& options, secret::Redactor& redactor);

} // namespace slipway::monitor
