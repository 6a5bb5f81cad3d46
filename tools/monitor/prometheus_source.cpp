// SPDX-License-Identifier: Apache-2.0
#include "prometheus_source.hpp"

#include "error/error.hpp"
#include "json/value.hpp"
#include "signal/stop.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

constexpr std::uint64_t most_answer = std::uint64_t{4} << 20U;
constexpr std::size_t longest_words = 200;
constexpr std::size_t most_at_once = 4;

Error no_number(std::string what) {
    return {ErrorKind::failed, std::move(what)};
}

// A pair of the time and the value as text.
double number_of_pair(json::Value const& pair) {
    if (!pair.is_array() || pair.size() != 2 || !pair[1].is_string()) {
        throw no_number("its answer is none of Prometheus");
    }
    auto const& text = pair[1].get_ref<std::string const&>();
    double out = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), out);
    if (read.ec != std::errc{} || !std::isfinite(out)) {
        throw no_number("its value is " + text::shorten(text::printable_line(text), longest_words));
    }
    return out;
}

} // namespace

double prometheus_number(std::string_view body) {
    json::Value answer;
    try {
        answer = json::parse(body, "the answer");
    } catch (Error const&) {
        throw no_number("its answer is no JSON");
    }
    if (json::text_at(answer, "status") != "success") {
        auto const why = json::text_at(answer, "error", "its answer is none of Prometheus");
        throw no_number(text::shorten(text::printable_line(why), longest_words));
    }
    auto const& data = json::at(answer, "data");
    auto const& result = json::at(data, "result");
    auto const type = json::text_at(data, "resultType");
    if (type == "scalar") {
        return number_of_pair(result);
    }
    if (type != "vector" || !result.is_array()) {
        throw no_number(fmt::format("it gives a {} and not one number", type));
    }
    if (result.size() != 1) {
        throw no_number(
            result.empty() ? "it gives no series"
                           : fmt::format("it gives {} series: write it as sum(…)", result.size()));
    }
    return number_of_pair(json::at(result[0], "value"));
}

PrometheusSource::PrometheusSource(
    SourcesFile const& file,
    time::Milliseconds timeout,
    std::stop_token stop)
    : url_(file.prometheus_url), token_(file.prometheus_token), specs_(file.prometheus),
      timeout_(timeout), stop_(std::move(stop)), client_({most_at_once, stop_}) {
    while (url_.ends_with('/')) {
        url_.pop_back();
    }
}

void PrometheusSource::look(Sample& sample) {
    std::vector<http::Request> requests;
    for (auto const& spec : specs_) {
        http::Request request;
        request.url = url_ + "/api/v1/query?query=" + text::percent_encode(spec.query);
        request.timeout = spec.timeout.value_or(timeout_);
        request.max_body = most_answer;
        if (!token_.empty()) {
            request.headers.add("authorization", "Bearer " + token_.reveal());
        }
        requests.push_back(std::move(request));
    }
    auto const outcomes =
        client_.fetch_all(std::move(requests), time::Deadline::after(2 * timeout_));
    signal::throw_if_stopped(stop_);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        auto const& name = specs_[i].name;
        try {
            if (auto const* const error = std::get_if<Error>(&outcomes[i])) {
                throw Error{*error};
            }
            auto const& response = std::get<http::Response>(outcomes[i]);
            // What is wrong with a query is told in the body of a 400.
            if (response.status / 100 != 2 && response.status != 400 && response.status != 422) {
                throw no_number(fmt::format("it answers {}", response.status));
            }
            sample.values["prometheus.value/" + name] = prometheus_number(response.body);
        } catch (Error const& error) {
            sample.gaps["prometheus." + name] = error.message();
        }
    }
}

} // namespace slipway::monitor
