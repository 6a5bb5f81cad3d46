// SPDX-License-Identifier: Apache-2.0
#include "cookies.hpp"

#include "text/join.hpp"

#include <algorithm>

namespace slipway::smoke_http {

namespace {

// Shorter values are settings such as `theme=dark`, which must not be masked everywhere.
constexpr std::size_t least_secret = 16;

std::string default_path(std::string const& path) {
    auto const slash = path.rfind('/');
    return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

bool path_matches(std::string const& cookie, std::string const& path) {
    return path == cookie ||
           (path.starts_with(cookie) && (cookie.ends_with('/') || path[cookie.size()] == '/'));
}

bool domain_matches(std::string const& domain, std::string const& host) {
    return host == domain || host.ends_with("." + domain);
}

bool is_local(std::string const& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

} // namespace

void Cookies::put(Cookie cookie, bool remove) {
    std::erase_if(cookies_, [&](Cookie const& old) {
        return old.name == cookie.name && old.domain == cookie.domain && old.path == cookie.path;
    });
    if (!remove) {
        cookies_.push_back(std::move(cookie));
    }
}

void Cookies::take(http::Url const& url, http::Headers const& headers, secret::Redactor& redactor) {
    for (auto const& field : headers.all("set-cookie")) {
        auto const parts = text::split(field, ';');
        auto const equals = parts.front().find('=');
        if (equals == std::string_view::npos) {
            continue;
        }
        Cookie cookie;
        cookie.name = text::trim(parts.front().substr(0, equals));
        cookie.value = text::trim(parts.front().substr(equals + 1));
        cookie.domain = url.host();
        cookie.path = default_path(url.path());
        bool remove = false;
        bool foreign = false;
        for (std::size_t i = 1; i < parts.size(); ++i) {
            auto const part = text::trim(parts[i]);
            auto const sign = part.find('=');
            auto const key = text::lower(part.substr(0, sign));
            auto value = sign == std::string_view::npos ? std::string_view{}
                                                        : text::trim(part.substr(sign + 1));
            if (key == "path" && value.starts_with('/')) {
                cookie.path = value;
            } else if (key == "domain" && !value.empty()) {
                value.remove_prefix(value.starts_with('.') ? 1 : 0);
                cookie.domain = text::lower(value);
                cookie.host_only = false;
                foreign = !domain_matches(cookie.domain, url.host());
            } else if (key == "secure") {
                cookie.secure = true;
            } else if (key == "max-age") {
                remove = value == "0" || value.starts_with('-');
            } else if (key == "expires") {
                remove = remove || value.find("1970") != std::string_view::npos;
            }
        }
        if (cookie.value.size() >= least_secret) {
            redactor.add(cookie.value);
        }
        if (!foreign && !cookie.name.empty()) {
            put(std::move(cookie), remove);
        }
    }
}

std::string Cookies::header_for(http::Url const& url) const {
    std::vector<std::string> pairs;
    for (auto const& cookie : cookies_) {
        bool const host = cookie.host_only ? cookie.domain == url.host()
                                           : domain_matches(cookie.domain, url.host());
        bool const safe = !cookie.secure || url.scheme() == "https" || is_local(url.host());
        if (host && safe && path_matches(cookie.path, url.path())) {
            pairs.push_back(cookie.name + "=" + cookie.value);
        }
    }
    return text::join(pairs, "; ");
}

} // namespace slipway::smoke_http
