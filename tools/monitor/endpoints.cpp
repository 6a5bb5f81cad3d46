// SPDX-License-Identifier: Apache-2.0
#include "endpoints.hpp"

#include "error/error.hpp"
#include "http/url.hpp"
#include "probe/sensitive.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

constexpr std::size_t longest_name = 60;
constexpr std::string_view in_names =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/";

bool has_scheme(std::string_view text) {
    return text.starts_with("http://") || text.starts_with("https://");
}

// `api/health` for https://shop.example.com/api/health, the host where there is no path.
std::string name_of(http::Url const& url) {
    auto name = url.path();
    while (name.ends_with('/')) {
        name.pop_back();
    }
    name.erase(
        0,
        name.find_first_not_of('/') == std::string::npos ? name.size()
                                                         : name.find_first_not_of('/'));
    if (name.empty()) {
        name = url.host();
    }
    std::replace_if(
        name.begin(),
        name.end(),
        [](char each) { return in_names.find(each) == std::string_view::npos; },
        '-');
    return name.substr(0, longest_name);
}

Endpoint endpoint_of(std::string name, std::string const& text, secret::Redactor& redactor) {
    auto const url = http::Url::parse(text);
    probe::teach_credentials(text, redactor);
    if (name.empty()) {
        name = name_of(url);
    }
    return {std::move(name), text, url.redacted()};
}

// `NAME=URL` or `URL`; a URL may hold `=` too.
Endpoint from_option(std::string const& word, secret::Redactor& redactor) {
    auto const equals = word.find('=');
    if (has_scheme(word) || equals == std::string::npos) {
        return endpoint_of("", word, redactor);
    }
    auto name = word.substr(0, equals);
    if (name.empty() || name.size() > longest_name ||
        name.find_first_not_of(in_names) != std::string::npos) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is no name for an endpoint", text::printable_line(name)),
            "Names have letters, digits and _ . - / as in --url login=https://…/login."};
    }
    return endpoint_of(std::move(name), word.substr(equals + 1), redactor);
}

std::string joined(std::string base, std::string const& path) {
    while (base.ends_with('/')) {
        base.pop_back();
    }
    return base + (path.starts_with('/') ? "" : "/") + path;
}

} // namespace

std::vector<Endpoint> choose_endpoints(Options const& options, secret::Redactor& redactor) {
    std::vector<Endpoint> out;
    for (auto const& word : options.urls) {
        out.push_back(from_option(word, redactor));
    }
    if (!options.paths.empty() && options.api_base.empty()) {
        throw Error{
            ErrorKind::usage,
            "--endpoint has no base",
            "Give --base-url or set API_BASE, or write the whole URL with --url."};
    }
    auto paths = options.paths;
    if (paths.empty() && out.empty() && !options.api_base.empty()) {
        paths.emplace_back("/health");
    }
    for (auto const& path : paths) {
        out.push_back(endpoint_of("", joined(options.api_base, path), redactor));
    }
    std::set<std::string> names;
    for (auto const& endpoint : out) {
        if (!names.insert(endpoint.name).second) {
            throw Error{
                ErrorKind::usage,
                fmt::format("two endpoints are named {}", endpoint.name),
                "Name them apart: --url NAME=URL."};
        }
    }
    return out;
}

} // namespace slipway::monitor
