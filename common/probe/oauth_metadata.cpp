// SPDX-License-Identifier: Apache-2.0
#include "probe/oauth_metadata.hpp"

#include "json/value.hpp"
#include "probe/http_expectation.hpp"
#include "text/utf8.hpp"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::probe {

namespace {

constexpr std::string_view openid = "/.well-known/openid-configuration";
constexpr std::string_view oauth = "/.well-known/oauth-authorization-server";

// Where the metadata of an issuer lies: OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3.
bool lies_at(std::string issuer, http::Url const& url) {
    while (issuer.ends_with('/')) {
        issuer.pop_back();
    }
    auto const bare = url.text().substr(0, url.text().find('?'));
    if (bare == issuer + std::string{openid} || bare == issuer + std::string{oauth}) {
        return true;
    }
    auto const at = bare.find(oauth);
    return at != std::string::npos && bare.substr(0, at) + bare.substr(at + oauth.size()) == issuer;
}

class Reader {
public:
    Reader(json::Value const& document, Metadata& out) : document_(document), out_(out) {}

    std::optional<http::Url> endpoint(std::string_view name) {
        auto const text = json::text_at(document_, name);
        if (text.empty()) {
            out_.faults.push_back(fmt::format("lacks {}", name));
            return std::nullopt;
        }
        try {
            auto url = http::Url::parse(text);
            if (url.scheme() != "https" && !is_loopback(url)) {
                out_.faults.push_back(fmt::format("has a {} without TLS", name));
            }
            return url;
        } catch (Error const&) {
            out_.faults.push_back(fmt::format("has a {} that is no URL", name));
            return std::nullopt;
        }
    }

private:
    json::Value const& document_;
    Metadata& out_;
};

void read_keys(
    http::Url const& url,
    std::function<http::Response(std::string const&)> const& ask,
    Metadata& out) {
    auto const response = ask(url.text());
    auto const body = body_as_json(response);
    auto const& keys = json::at(body, "keys");
    out.keys = keys.is_array() ? keys.size() : 0;
    if (response.status != 200 || out.keys == 0) {
        out.faults.push_back(fmt::format(
            "has no keys at its jwks_uri, which answers {}", status_text(response.status)));
    }
}

} // namespace

bool is_loopback(http::Url const& url) {
    return url.host() == "localhost" || url.host() == "::1" || url.host().starts_with("127.");
}

Metadata read_metadata(
    std::string const& url,
    std::function<http::Response(std::string const&)> const& ask) {
    Metadata out;
    auto const response = ask(url);
    auto const document = body_as_json(response);
    if (response.status != 200 || !document.is_object()) {
        out.faults.push_back(fmt::format(
            "the metadata answers {}{}",
            status_text(response.status),
            document.is_object() ? "" : ", no object of JSON"));
        return out;
    }
    auto const where = http::Url::parse(url);
    out.issuer = text::printable_line(json::text_at(document, "issuer"));
    if (out.issuer.empty()) {
        out.faults.emplace_back("lacks issuer");
    } else if (!lies_at(out.issuer, where)) {
        // A token of that issuer would be taken for one of this provider.
        out.faults.push_back(
            fmt::format("is of the issuer {}, whose metadata lies elsewhere", out.issuer));
    }
    Reader reader{document, out};
    out.authorization = reader.endpoint("authorization_endpoint");
    static_cast<void>(reader.endpoint("token_endpoint"));
    if (!json::at(document, "response_types_supported").is_array()) {
        out.faults.emplace_back("lacks response_types_supported");
    }
    bool const has_keys = !json::text_at(document, "jwks_uri").empty();
    if (has_keys || where.path().ends_with(openid)) {
        if (auto const keys = reader.endpoint("jwks_uri")) {
            read_keys(*keys, ask, out);
        }
    }
    return out;
}

} // namespace slipway::probe
