// SPDX-License-Identifier: Apache-2.0
#include "http_source.hpp"

#include "signal/stop.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <charconv>

namespace slipway::monitor {

namespace {

constexpr std::size_t most_parallel = 8;
// A watch wants to know that an answer comes, not all of a download.
constexpr std::uint64_t most_body = std::uint64_t{1} << 20U;

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t out = 0;
    text = text::trim(text);
    auto const read = std::from_chars(text.data(), text.data() + text.size(), out);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional{out}
                                                                           : std::nullopt;
}

// `"default";r=50;t=30` (draft-ietf-httpapi-ratelimit-headers), and before it `limit=10,
// remaining=5, reset=3`.
std::optional<std::int64_t> number_of_field(std::string value) {
    std::replace(value.begin(), value.end(), ',', ';');
    for (auto const part : text::split(value, ';')) {
        auto const item = text::trim(part);
        for (std::string_view const key : {"r=", "remaining="}) {
            if (item.starts_with(key)) {
                return number_in(item.substr(key.size()));
            }
        }
    }
    return std::nullopt;
}

Answer answer_of(Endpoint const& endpoint, http::Outcome const& outcome, Asking const& asking) {
    Answer out;
    out.endpoint = endpoint.name;
    if (auto const* const error = std::get_if<Error>(&outcome)) {
        out.fault = error->message();
        return out;
    }
    auto const& response = std::get<http::Response>(outcome);
    out.status = response.status;
    out.ms = static_cast<double>(response.timings.total.count()) / 1000;
    out.expected = asking.expected.has(response.status);
    out.remaining = remaining_requests(response.headers);
    return out;
}

} // namespace

std::optional<std::int64_t> remaining_requests(http::Headers const& headers) {
    for (auto const* name : {"ratelimit-remaining", "x-ratelimit-remaining"}) {
        if (auto const value = headers.find(name)) {
            return number_in(*value);
        }
    }
    auto const value = headers.find("ratelimit");
    return value ? number_of_field(*value) : std::nullopt;
}

HttpSource::HttpSource(std::vector<Endpoint> endpoints, Asking asking)
    : endpoints_(std::move(endpoints)), asking_(std::move(asking)),
      client_(http::Options{std::min(endpoints_.size(), most_parallel), asking_.stop}) {}

void HttpSource::look(Sample& sample) {
    // A round that is begun may take one timeout: a sample takes two at most.
    auto const latest = time::Deadline::after(asking_.timeout);
    for (std::int64_t round = 0; round < asking_.requests; ++round) {
        if (round > 0 && latest.expired()) {
            return;
        }
        std::vector<http::Request> requests;
        for (auto const& endpoint : endpoints_) {
            http::Request request;
            request.url = endpoint.url;
            request.timeout = asking_.timeout;
            request.max_body = most_body;
            request.headers.add("accept", "*/*");
            requests.push_back(std::move(request));
        }
        auto const outcomes = client_.fetch_all(std::move(requests), asking_.deadline);
        signal::throw_if_stopped(asking_.stop); // what was cut off tells nothing
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            sample.answers.push_back(answer_of(endpoints_[i], outcomes[i], asking_));
        }
    }
}

} // namespace slipway::monitor
