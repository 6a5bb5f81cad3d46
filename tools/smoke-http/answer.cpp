// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"
#include "hash/digest.hpp"
#include "probe/excerpt.hpp"
#include "stats/quantile.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

Value headers_of(http::Headers const& headers) {
    Value out = Value::object();
    for (auto const& field : headers) {
        auto& values = out[text::lower(field.first)];
        if (values.is_null()) {
            values = Value::array();
        }
        values.push_back(text::to_utf8(field.second));
    }
    return out;
}

Value cookie_of(std::string_view field) {
    auto const parts = text::split(field, ';');
    auto const sign = parts.front().find('=');
    Value out{
        {"value",
         sign == std::string_view::npos
             ? ""
             : text::to_utf8(text::trim(parts.front().substr(sign + 1)))}};
    for (auto const* flag : {"secure", "httponly"}) {
        out[flag] = false;
    }
    for (std::size_t i = 1; i < parts.size(); ++i) {
        auto const part = text::trim(parts[i]);
        auto const equals = part.find('=');
        auto const key = text::lower(part.substr(0, equals));
        if (equals == std::string_view::npos) {
            out[key] = true;
        } else {
            auto const value = text::to_utf8(text::trim(part.substr(equals + 1)));
            bool const number =
                !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
            out[key] = key == "max-age" && number && value.size() < 10 ? Value(std::stoll(value))
                                                                       : Value(value);
        }
    }
    return out;
}

Value cookies_of(http::Headers const& headers) {
    Value out = Value::object();
    for (auto const& field : headers.all("set-cookie")) {
        auto const name = text::trim(std::string_view{field}.substr(0, field.find('=')));
        out[text::to_utf8(name)] = cookie_of(field);
    }
    return out;
}

std::string percentile(double rank) {
    return rank >= 1.0 ? "latency" : fmt::format("latency p{:.0f}", rank * 100);
}

} // namespace

Value answer_document(http::Response const& response, bool with_text) {
    Value out{
        {"status", response.status},
        {"http_version", response.http_version},
        {"url", response.effective_url},
        {"headers", headers_of(response.headers)},
        {"cookies", cookies_of(response.headers)},
        {"redirects", Value::array()},
        {"tls", nullptr},
        {"bytes", response.body.size()},
        {"latency_ms", std::chrono::duration<double, std::milli>(response.timings.total).count()},
        {"ip", response.remote_ip}};
    for (auto const& hop : response.redirects) {
        out["redirects"].push_back({{"status", hop.status}, {"from", hop.from}, {"to", hop.to}});
    }
    if (response.tls) {
        out["tls"] = {
            {"days_left", response.tls->days_left},
            {"issuer", response.tls->issuer},
            {"subject", response.tls->subject}};
    }
    if (with_text) {
        out["text"] = text::to_utf8(response.body);
        out["sha256"] = hash::sha256_hex(response.body);
    }
    return out;
}

std::vector<probe::Fault>
judge_answer(Step const& step, http::Response const& response, World& world) {
    std::vector<probe::Fault> faults;
    if (step.expect.answer.empty()) {
        return faults;
    }
    auto const document = answer_document(response, true);
    auto& redactor = world.context.redactor;
    for (auto const& wanted : step.expect.answer) {
        auto const rule = rule_of(wanted, *world.variables);
        try {
            auto const value =
                world.suite.program->evaluate(rule.expression, document, *world.variables);
            if (auto fault = probe::judge_value(rule.subject, rule, value, redactor)) {
                faults.push_back(std::move(*fault));
            }
        } catch (Error const& error) {
            faults.push_back(
                {rule.subject,
                 rule.subject + ": " + redactor.redact(error.message()),
                 rule.shown,
                 json::Box{Value{}}});
        }
    }
    return faults;
}

std::vector<probe::Fault>
judge_latency(std::vector<LatencyLimit> const& limits, std::vector<double> const& took_ms) {
    std::vector<probe::Fault> faults;
    for (auto const& limit : limits) {
        if (took_ms.empty()) {
            break;
        }
        double const took = limit.rank >= 1.0 ? *std::max_element(took_ms.begin(), took_ms.end())
                                              : stats::quantile(took_ms, limit.rank);
        if (took < static_cast<double>(limit.below.count())) {
            continue;
        }
        auto const spelled = time::human_duration(limit.below);
        auto const subject = percentile(limit.rank);
        faults.push_back(
            {subject,
             fmt::format(
                 "{}: expected < {}, took {}{}",
                 subject,
                 spelled,
                 time::human_duration(time::Milliseconds{static_cast<std::int64_t>(took)}),
                 took_ms.size() > 1 ? fmt::format(" (of {} calls)", took_ms.size()) : ""),
             json::Box{"< " + spelled},
             json::Box{took}});
    }
    return faults;
}

} // namespace slipway::smoke_http
