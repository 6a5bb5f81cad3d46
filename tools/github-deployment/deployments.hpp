// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "api.hpp"
#include "record/record.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace slipway::github_deployment {

/// A deployment as GitHub knows it.
struct Deployment {
    std::int64_t id = 0;
    std::string url;
    std::string sha;
    bool found = false; // made by an earlier try of this run
};

/// What a deployment is asked for, and by which run.
struct Request {
    std::string ref;
    std::string environment;
    std::string task;
    std::string description;
    record::Run run;
};

/// What is told of a deployment.
struct Status {
    std::string state;
    std::string description;
    std::string log_url;
    std::string environment_url;
};

/// The longest description that GitHub takes, in characters.
inline constexpr std::size_t longest_description = 140;

using Told = std::function<void(Error const&, time::Milliseconds)>;

/// Deployments of one repository. Every call is tried again within the patience.
class Deployments {
public:
    Deployments(Api& api, retry::Patience const& patience, Told told)
        : api_(api), patience_(patience), told_(std::move(told)) {}

    /// The deployment of this run: the one that an earlier try made, else a new one, which takes
    /// the commit as it is (nothing is merged into it, no checks are waited for). A run makes one
    /// however often it asks, also where the answer to the first request was lost; where that
    /// stays unknown it throws in doubt. Throws refused where the job's `environment:` made one.
    Deployment create(Request const& request);

    /// The deployment that this run has made; nothing where it has made none.
    std::optional<Deployment> find(Request const& request);

    void tell(std::int64_t id, Status const& status);

private:
    std::optional<Deployment> look(Request const& request, json::Value const& list) const;
    json::Value list(Request const& request);
    void refuse_second(Request const& request, json::Value const& list);
    Deployment post(Request const& request);

    Api& api_;
    retry::Patience patience_;
    Told told_;
};

} // namespace slipway::github_deployment
