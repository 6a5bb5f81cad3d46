// SPDX-License-Identifier: Apache-2.0
#include "text/link.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"

namespace slipway::text {

std::string safe_url(std::string_view url) {
    constexpr std::size_t longest = 2000;
    std::string const start = lower(url.substr(0, 8));
    std::size_t const scheme = start.starts_with("https://")  ? 8
                               : start.starts_with("http://") ? 7
                                                              : 0;
    auto const authority = url.substr(scheme, url.substr(scheme).find_first_of("/?#"));
    // `https://github.com@elsewhere.example` would show one host and lead to another.
    if (scheme == 0 || authority.empty() || url.size() > longest ||
        authority.find_first_of("@\\") != std::string_view::npos) {
        return {};
    }
    std::string out;
    for (char const c : url) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            return {};
        }
        bool const plain =
            byte < 0x7F && std::string_view{" <>\"'()[]{}\\`|^&"}.find(c) == std::string_view::npos;
        out += plain || c == '&' ? std::string(1, c) : percent_encode({&c, 1});
    }
    return out;
}

} // namespace slipway::text
