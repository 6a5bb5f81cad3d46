// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "support/scripted_server.hpp"

#include <string>
#include <vector>

namespace slipway::support {

/// A server that keeps deployments as GitHub does, and refuses what GitHub's reference does not
/// have: other paths, methods and headers, unknown fields, fields of another type.
class GithubApi : public ScriptedServer {
public:
    GithubApi();

    /// A deployment that somebody else made, with one status that leads to that address.
    void add_foreign(std::string const& environment, std::string const& log_url);

    struct Kept {
        json::Box deployment;
        std::vector<json::Box> statuses; // newest first
    };

    /// All deployments, oldest first.
    [[nodiscard]] std::vector<Kept> deployments() const;

    /// How GitHub hands payloads back: as they came, or as text.
    bool payload_as_text = false;

    static constexpr std::string_view token = "ghp_s3cretT0ken";
    static constexpr std::string_view repository = "octo-org/shop";

private:
    HttpAnswer serve(HttpRequest const& request);
    HttpAnswer create(json::Value const& body);
    HttpAnswer add_status(Kept& kept, json::Value const& body);
    Kept* find(std::int64_t id);
    [[nodiscard]] HttpAnswer list(std::string const& target) const;

    mutable std::mutex mutex_;
    std::vector<Kept> kept_;
};

} // namespace slipway::support
