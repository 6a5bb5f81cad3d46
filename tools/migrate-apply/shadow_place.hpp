// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/properties.hpp"
#include "cluster/cluster.hpp"
#include "session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migrate_apply {

/// A scratch database that is empty but for what its server puts into every database, and has the
/// target's encoding, locale, owner and settings. The destructor drops it, whatever the limits of
/// the run say; after a kill the next shadow of the same database there does, by its name and the
/// lock that only a living run holds. An embedded one goes with its server.
class ShadowPlace {
public:
    /// Makes it as --shadow says, after the leftovers of dead runs are removed; throws refused where
    /// none can be made.
    explicit ShadowPlace(Session& target);
    ShadowPlace(ShadowPlace const&) = delete;
    ShadowPlace& operator=(ShadowPlace const&) = delete;
    ShadowPlace(ShadowPlace&&) = delete;
    ShadowPlace& operator=(ShadowPlace&&) = delete;
    ~ShadowPlace();

    /// As whom the schema is copied: the superuser of an embedded server.
    [[nodiscard]] pg::ConnInfo const& filler() const { return filler_; }

    /// As whom the migrations run, with the target's `?schema=`.
    [[nodiscard]] pg::ConnInfo const& runner() const { return runner_; }

    [[nodiscard]] std::string const& name() const { return name_; }

    /// `same`, `url` or `embedded`.
    [[nodiscard]] std::string const& kind() const { return kind_; }

    /// Whether other databases are on its server.
    [[nodiscard]] bool shared() const { return kind_ != "embedded"; }

    /// `a scratch database on the same server`.
    [[nodiscard]] std::string words() const;

    /// Of its server.
    [[nodiscard]] int major() const { return connection_->server_version() / 10'000; }

    /// Whether its private server has complained of a full disk.
    [[nodiscard]] bool is_full() const;

    /// What of the target's it does not have, and why.
    [[nodiscard]] std::vector<std::string> const& left_out() const { return left_out_; }

private:
    void connect();
    void require_extensions();
    void create();
    void sweep();
    void give_grants();
    void give_settings();
    void drop() noexcept;

    Session& target_;
    std::string kind_;
    std::string name_;
    std::string of_; // what it is a shadow of, told apart from its namesakes elsewhere
    std::string session_user_;
    std::optional<cluster::Cluster> server_;
    pg::ConnInfo maintenance_;
    std::optional<pg::Connection> connection_; // holds the lock that says that the run lives
    catalog::Properties wanted_;
    pg::ConnInfo filler_;
    pg::ConnInfo runner_;
    std::vector<std::string> left_out_;
    bool made_ = false;
};

} // namespace slipway::migrate_apply
