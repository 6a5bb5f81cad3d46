// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.hpp"
#include "http/url.hpp"
#include "secret/redactor.hpp"

#include <string>
#include <vector>

namespace slipway::smoke_http {

/// The cookies of one run (RFC 6265 as far as one run needs it: no dates but those of deletion,
/// no list of public suffixes).
class Cookies {
public:
    [[nodiscard]] bool empty() const { return cookies_.empty(); }

    /// Keeps what an answer sets, and tells the redactor the values.
    void take(http::Url const& url, http::Headers const& headers, secret::Redactor& redactor);

    /// The value of the Cookie header for a request; empty where there is none to send.
    [[nodiscard]] std::string header_for(http::Url const& url) const;

private:
    struct Cookie {
        std::string name;
        std::string value;
        std::string domain;
        std::string path;
        bool host_only = true;
        bool secure = false;
    };
    void put(Cookie cookie, bool remove);

    std::vector<Cookie> cookies_;
};

} // namespace slipway::smoke_http
