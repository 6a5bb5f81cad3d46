// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/client.hpp"
#include "secret/secret.hpp"
#include "source.hpp"
#include "sources_file.hpp"

#include <stop_token>

namespace slipway::monitor {

/// Asks instant queries of a Prometheus server with every sample, side by side.
class PrometheusSource final : public Source {
public:
    PrometheusSource(SourcesFile const& file, time::Milliseconds timeout, std::stop_token stop);

    [[nodiscard]] std::string_view name() const override { return "prometheus"; }
    void look(Sample& sample) override;

private:
    std::string url_;
    secret::Secret token_;
    std::vector<FigureSpec> specs_;
    time::Milliseconds timeout_;
    std::stop_token stop_;
    http::Client client_;
};

/// The one number of an answer of /api/v1/query; throws failed with what it is instead.
double prometheus_number(std::string_view body);

} // namespace slipway::monitor
