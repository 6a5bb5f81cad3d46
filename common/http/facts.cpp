// SPDX-License-Identifier: Apache-2.0
#include "http/facts.hpp"

#include "http/fault.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <ctime>

#include <curl/curl.h>

namespace slipway::http {

namespace {

template <typename Value>
Value info(CURL* easy, CURLINFO what) {
    Value value{};
    curl_easy_getinfo(easy, what, &value);
    return value;
}

} // namespace

long number_of(void* easy, int what) {
    return info<long>(easy, static_cast<CURLINFO>(what));
}

std::int64_t time_of(void* easy, int what) {
    return info<curl_off_t>(easy, static_cast<CURLINFO>(what));
}

std::string text_of(void* easy, int what) {
    auto const* const text = info<char const*>(easy, static_cast<CURLINFO>(what));
    return text == nullptr ? "" : text;
}

Timings timings_of(void* easy) {
    auto const since_start = [easy](CURLINFO what) {
        return Timings::Microseconds{info<curl_off_t>(easy, what)};
    };
    Timings timings;
    auto const named = since_start(CURLINFO_NAMELOOKUP_TIME_T);
    auto const connected = std::max(named, since_start(CURLINFO_CONNECT_TIME_T));
    auto const secured = std::max(connected, since_start(CURLINFO_APPCONNECT_TIME_T));
    timings.dns = named;
    timings.connect = connected - named;
    timings.tls = secured - connected;
    timings.first_byte = since_start(CURLINFO_STARTTRANSFER_TIME_T);
    timings.total = since_start(CURLINFO_TOTAL_TIME_T);
    return timings;
}

std::string http_version(void* easy) {
    switch (info<long>(easy, CURLINFO_HTTP_VERSION)) {
    case CURL_HTTP_VERSION_1_0:
        return "1.0";
    case CURL_HTTP_VERSION_1_1:
        return "1.1";
    case CURL_HTTP_VERSION_2_0:
        return "2";
    case CURL_HTTP_VERSION_3:
        return "3";
    default:
        return "";
    }
}

// The server's own certificate is the first of the chain; its facts are lines "Name:value".
std::optional<Tls> certificate_of(void* easy) {
    auto const* const chain = info<curl_certinfo*>(easy, CURLINFO_CERTINFO);
    if (chain == nullptr || chain->num_of_certs < 1) {
        return std::nullopt;
    }
    Tls tls;
    for (auto const* line = chain->certinfo[0]; line != nullptr; line = line->next) {
        std::string_view const fact{line->data};
        if (fact.starts_with("Subject:")) {
            tls.subject = text::printable_line(fact.substr(8));
        } else if (fact.starts_with("Issuer:")) {
            tls.issuer = text::printable_line(fact.substr(7));
        } else if (fact.starts_with("Expire date:")) {
            constexpr std::int64_t day = 86'400;
            auto const left =
                curl_getdate(std::string{fact.substr(12)}.c_str(), nullptr) - std::time(nullptr);
            tls.days_left = left >= 0 ? left / day : (left - day + 1) / day;
        }
    }
    tls.verify_error = certificate_fault(info<long>(easy, CURLINFO_SSL_VERIFYRESULT));
    return tls;
}

} // namespace slipway::http
