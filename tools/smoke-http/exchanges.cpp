// SPDX-License-Identifier: Apache-2.0
#include "exchanges.hpp"

#include "http/url.hpp"
#include "json/value.hpp"
#include "probe/sensitive.hpp"
#include "probe/status_set.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

constexpr std::size_t most_kept = std::size_t{256} << 10U;
// Less than what is kept, so that the end of what is shown is no half of a secret.
constexpr std::size_t most_shown = std::size_t{64} << 10U;

double milliseconds(http::Timings::Microseconds span) {
    return std::chrono::duration<double, std::milli>(span).count();
}

bool hides_its_value(std::string_view header) {
    auto const name = text::lower(header);
    return name == "cookie" || name == "set-cookie" || name == "authorization" ||
           name == "proxy-authorization" || probe::is_sensitive_name(name);
}

// One archive in the making: everything goes through clean().
class Archive {
public:
    explicit Archive(secret::Redactor const& redactor) : redactor_(redactor) {}

    [[nodiscard]] std::string clean(std::string_view text) const {
        return text::to_utf8(redactor_.redact(text));
    }

    [[nodiscard]] std::string shown(std::string_view body) const {
        auto const whole = clean(body);
        return whole.size() <= most_shown ? whole : text::shorten(whole, most_shown);
    }

    [[nodiscard]] Value headers(http::Headers const& headers) const {
        Value out = Value::array();
        for (auto const& field : headers) {
            out.push_back(
                {{"name", clean(field.first)},
                 {"value",
                  hides_its_value(field.first) ? std::string{secret::mask} : clean(field.second)}});
        }
        return out;
    }

    [[nodiscard]] Value query(std::string_view url) const {
        Value out = Value::array();
        auto const mark = url.find('?');
        if (mark == std::string_view::npos) {
            return out;
        }
        auto const text = url.substr(mark + 1, url.find('#', mark) - mark - 1);
        for (auto const pair : text::split(text, '&')) {
            if (pair.empty()) {
                continue;
            }
            auto const sign = pair.find('=');
            auto const name = clean(decoded(pair.substr(0, sign)));
            auto const value =
                sign == std::string_view::npos ? "" : clean(decoded(pair.substr(sign + 1)));
            out.push_back({{"name", name}, {"value", value}});
        }
        return out;
    }

    [[nodiscard]] Value cookies(http::Headers const& headers, std::string_view field) const {
        Value out = Value::array();
        for (auto const& value : headers.all(field)) {
            for (auto const part : text::split(value, ';')) {
                auto const pair = text::trim(part);
                out.push_back(
                    {{"name", clean(pair.substr(0, pair.find('=')))}, {"value", secret::mask}});
                if (field == "set-cookie") {
                    break; // attributes follow
                }
            }
        }
        return out;
    }

private:
    static std::string decoded(std::string_view text) {
        return text::percent_decode(text).value_or(std::string{text});
    }

    secret::Redactor const& redactor_;
};

std::string without_credentials(std::string const& url) {
    auto const scheme = url.find("://");
    auto const at = url.find('@');
    bool const has = scheme != std::string::npos && at != std::string::npos &&
                     at < url.find_first_of("/?#", scheme + 3);
    return has ? url.substr(0, scheme + 3) + url.substr(at + 1) : url;
}

Value request_of(Archive const& archive, http::Request const& request, std::string const& version) {
    Value out{
        {"method", request.method},
        {"url", archive.clean(without_credentials(request.url))},
        {"httpVersion", version},
        {"cookies", archive.cookies(request.headers, "cookie")},
        {"headers", archive.headers(request.headers)},
        {"queryString", archive.query(request.url)},
        {"headersSize", -1},
        {"bodySize", request.body.size()}};
    if (!request.body.empty()) {
        out["postData"] = {
            {"mimeType", request.headers.find("content-type").value_or("")},
            {"text", archive.shown(request.body)}};
    }
    return out;
}

Value response_of(
    Archive const& archive,
    http::Response const& response,
    std::string const& version,
    std::uint64_t bytes) {
    return {
        {"status", response.status},
        {"statusText", probe::status_text(response.status)},
        {"httpVersion", version},
        {"cookies", archive.cookies(response.headers, "set-cookie")},
        {"headers", archive.headers(response.headers)},
        {"content",
         {{"size", bytes},
          {"mimeType", archive.clean(response.headers.find("content-type").value_or(""))},
          {"text", archive.shown(response.body)}}},
        {"redirectURL", archive.clean(response.headers.find("location").value_or(""))},
        {"headersSize", -1},
        {"bodySize", -1}};
}

Value no_response(Archive const& archive, std::string const& error) {
    return {
        {"status", 0},
        {"statusText", ""},
        {"httpVersion", ""},
        {"cookies", Value::array()},
        {"headers", Value::array()},
        {"content", {{"size", 0}, {"mimeType", "x-unknown"}}},
        {"redirectURL", ""},
        {"headersSize", -1},
        {"bodySize", -1},
        {"_error", archive.clean(error)}};
}

} // namespace

void Exchanges::add(
    std::string const& step,
    http::Request const& request,
    http::Outcome const& outcome,
    time::Instant started) {
    if (!kept_) {
        return;
    }
    Exchange one;
    one.step = step;
    one.request = request;
    one.started = started;
    if (auto const* error = std::get_if<Error>(&outcome)) {
        one.error = error->message();
    } else {
        one.response = std::get<http::Response>(outcome);
        one.response_bytes = one.response->body.size();
        one.response->body.resize(std::min<std::size_t>(
            {one.response->body.size(), most_kept, static_cast<std::size_t>(room_)}));
        room_ -= one.response->body.size();
    }
    one.request.body.resize(std::min<std::size_t>(
        {one.request.body.size(), most_kept, static_cast<std::size_t>(room_)}));
    room_ -= one.request.body.size();
    all_.push_back(std::move(one));
}

void Exchanges::write(
    fs::Path const& path,
    std::string_view version,
    secret::Redactor const& redactor) const {
    Archive const archive{redactor};
    Value entries = Value::array();
    for (auto const& one : all_) {
        auto const spoken = one.response ? "HTTP/" + one.response->http_version : "HTTP/1.1";
        auto const timings = one.response ? one.response->timings : http::Timings{};
        auto const wait = std::max(0.0, milliseconds(timings.first_byte));
        auto const receive = std::max(0.0, milliseconds(timings.total - timings.first_byte));
        Value entry{
            {"startedDateTime", time::to_rfc3339(one.started)},
            {"time", wait + receive},
            {"request", request_of(archive, one.request, spoken)},
            {"response",
             one.response ? response_of(archive, *one.response, spoken, one.response_bytes)
                          : no_response(archive, one.error)},
            {"cache", Value::object()},
            {"timings", {{"send", 0}, {"wait", wait}, {"receive", receive}}},
            {"_step", one.step}};
        if (one.response && !one.response->remote_ip.empty()) {
            entry["serverIPAddress"] = one.response->remote_ip;
        }
        if (one.response && !one.response->redirects.empty()) {
            auto& hops = entry["_redirects"] = Value::array();
            for (auto const& hop : one.response->redirects) {
                hops.push_back(
                    {{"status", hop.status},
                     {"from", archive.clean(hop.from)},
                     {"to", archive.clean(hop.to)}});
            }
        }
        entries.push_back(std::move(entry));
    }
    Value const document{
        {"log",
         {{"version", "1.2"},
          {"creator", {{"name", "smoke-http"}, {"version", version}}},
          {"entries", std::move(entries)}}}};
    fs::write_atomic(path, json::write(document, true), true);
}

} // namespace slipway::smoke_http
