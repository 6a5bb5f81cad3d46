// SPDX-License-Identifier: Apache-2.0
#include "http/retry_after.hpp"

#include "text/join.hpp"

#include <algorithm>
#include <charconv>

#include <curl/curl.h>

namespace slipway::http {

std::optional<time::Milliseconds> retry_after(Headers const& headers, time::Instant now) {
    auto const field = headers.find("Retry-After");
    if (!field) {
        return std::nullopt;
    }
    std::string const value{text::trim(*field)};
    constexpr std::int64_t longest = 24 * 60 * 60;
    std::int64_t seconds = 0;
    char const* const begin = value.data();
    char const* const end = begin + value.size();
    auto const [last, code] = std::from_chars(begin, end, seconds);
    if (code != std::errc{} || last != end) {
        std::int64_t const at = curl_getdate(value.c_str(), nullptr);
        if (at < 0) {
            return std::nullopt;
        }
        auto const today = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
        seconds = at - today.count();
    }
    return time::Milliseconds{std::clamp<std::int64_t>(seconds, 0, longest) * 1000};
}

} // namespace slipway::http
