// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace slipway::text {

/// The URL made fit for an attribute or a Markdown destination; empty where it is not plain http
/// or https with a host, has a user in it, or has control characters: then it stays text.
std::string safe_url(std::string_view url);

} // namespace slipway::text
