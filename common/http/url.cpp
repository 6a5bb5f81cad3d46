// SPDX-License-Identifier: Apache-2.0
#include "http/url.hpp"

#include "error/error.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <memory>

#include <curl/curl.h>

namespace slipway::http {

namespace {

struct Cleanup {
    void operator()(CURLU* handle) const { curl_url_cleanup(handle); }
};
using Handle = std::unique_ptr<CURLU, Cleanup>;

// The part's text; empty where there is none.
std::string part_of(Handle const& handle, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(handle.get(), part, &text, flags) != CURLUE_OK) {
        return {};
    }
    std::string out{text};
    curl_free(text);
    return out;
}

// What may be shown of a text that is no URL: nothing that could be a password.
std::string shown(std::string_view text) {
    auto const at = text.rfind('@');
    std::string out = at == std::string_view::npos ? "" : "***";
    out += at == std::string_view::npos ? text : text.substr(at);
    constexpr std::size_t longest = 200;
    return text::shorten(text::printable_line(out.substr(0, out.find('?'))), longest);
}

} // namespace

Url Url::parse(std::string_view text) {
    Handle const handle{curl_url()};
    // Without a scheme libcurl would guess one.
    CURLUcode const code =
        text.find('\0') == std::string_view::npos
            ? curl_url_set(handle.get(), CURLUPART_URL, std::string{text}.c_str(), 0)
            : CURLUE_MALFORMED_INPUT;
    if (code != CURLUE_OK) {
        throw Error{
            ErrorKind::usage,
            "\"" + shown(text) + "\" is no URL: " + text::lower(curl_url_strerror(code)),
            "Write it in full, as in https://example.com/api."};
    }
    Url url;
    url.scheme_ = part_of(handle, CURLUPART_SCHEME);
    if (url.scheme_ != "http" && url.scheme_ != "https") {
        throw Error{ErrorKind::usage, "\"" + shown(text) + "\" is no URL of scheme http or https"};
    }
    curl_url_set(handle.get(), CURLUPART_FRAGMENT, nullptr, 0);
    url.host_ = text::lower(part_of(handle, CURLUPART_HOST));
    if (url.host_.starts_with('[')) {
        url.host_ = url.host_.substr(1, url.host_.size() - 2);
    }
    url.port_ =
        static_cast<std::uint16_t>(std::stoul(part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT)));
    url.path_ = part_of(handle, CURLUPART_PATH);
    url.query_ = part_of(handle, CURLUPART_QUERY);
    url.has_credentials_ =
        !part_of(handle, CURLUPART_USER).empty() || !part_of(handle, CURLUPART_PASSWORD).empty();
    url.text_ = part_of(handle, CURLUPART_URL);
    return url;
}

Url Url::resolve(std::string_view reference) const {
    Handle const handle{curl_url()};
    curl_url_set(handle.get(), CURLUPART_URL, text_.c_str(), 0);
    // Credentials of the base do not travel with a relative reference to elsewhere.
    CURLUcode const code = reference.find('\0') == std::string_view::npos
                               ? curl_url_set(
                                     handle.get(),
                                     CURLUPART_URL,
                                     std::string{reference}.c_str(),
                                     CURLU_NON_SUPPORT_SCHEME)
                               : CURLUE_MALFORMED_INPUT;
    if (code != CURLUE_OK) {
        throw Error{
            ErrorKind::usage,
            "\"" + shown(reference) + "\" is no URL: " + text::lower(curl_url_strerror(code))};
    }
    return parse(part_of(handle, CURLUPART_URL));
}

std::string Url::authority() const {
    bool const v6 = host_.find(':') != std::string::npos;
    return (v6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
}

std::string Url::redacted() const {
    bool const usual = port_ == (scheme_ == "https" ? 443 : 80);
    std::string const place = authority();
    std::string out = scheme_ + "://" + (has_credentials_ ? "***@" : "") +
                      (usual ? place.substr(0, place.rfind(':')) : place) + path_;
    char separator = '?';
    if (!query_.empty()) {
        for (auto const parameter : text::split(query_, '&')) {
            auto const equals = parameter.find('=');
            out += separator;
            out += parameter.substr(0, equals);
            out += equals == std::string_view::npos ? "" : "=***";
            separator = '&';
        }
    }
    return text::printable_line(out);
}

bool Url::same_origin(Url const& other) const {
    return scheme_ == other.scheme_ && host_ == other.host_ && port_ == other.port_;
}

} // namespace slipway::http
