// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::http {

/// A URL of scheme http or https, as libcurl reads it; dot segments are removed.
class Url {
public:
    /// Throws usage where the text is no absolute http or https URL; the message holds no
    /// credentials.
    static Url parse(std::string_view text);

    /// Another URL relative to this one (RFC 3986, section 5); throws usage as parse().
    [[nodiscard]] Url resolve(std::string_view reference) const;

    [[nodiscard]] std::string const& scheme() const { return scheme_; }
    /// In lower case; an IPv6 address without brackets.
    [[nodiscard]] std::string const& host() const { return host_; }
    /// The given one, or the scheme's.
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string const& path() const { return path_; }
    /// Without the question mark.
    [[nodiscard]] std::string const& query() const { return query_; }
    [[nodiscard]] bool has_credentials() const { return has_credentials_; }

    /// Normalised, with credentials, without a fragment.
    [[nodiscard]] std::string const& text() const { return text_; }

    /// As text(), with `***` where credentials stand and for the query's values.
    [[nodiscard]] std::string redacted() const;

    /// `host:port`, for messages.
    [[nodiscard]] std::string authority() const;

    /// Whether scheme, host and port are the same: only then are credentials for both.
    [[nodiscard]] bool same_origin(Url const& other) const;

private:
    std::string text_;
    std::string scheme_;
    std::string host_;
    std::uint16_t port_ = 0;
    std::string path_;
    std::string query_;
    bool has_credentials_ = false;
};

} // namespace slipway::http
