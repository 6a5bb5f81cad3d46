// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace slipway::support {

/// An address and what links-migrate has to make of it.
struct JudgedUrl {
    std::string url;
    std::string verdict; // `ok` or the reason
    bool add_https = false;
};

/// The table tests/unit/links-migrate/urls.json.
std::vector<JudgedUrl> judged_urls();

} // namespace slipway::support
