// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"
#include "record/read.hpp"

#include <optional>

namespace slipway::migrate_apply {

/// What --on-failure does after a migration or an assertion failed: nothing, the down scripts of
/// what this run has applied, or a restore of the backup.
class OnFailure {
public:
    /// Looks, before anything is touched, whether it will be possible: throws refused where a
    /// migration has no way back, where no verified backup is given or data loss is not accepted.
    OnFailure(
        Session& session,
        std::vector<Prepared> const& prepared,
        std::optional<record::Found> backup);

    /// Does it, and says in the record and its summary what came of it. Throws nothing.
    void act(std::string const& cause);

private:
    void go_down();
    void restore();
    void note(std::string const& scope, std::string const& cause, bool done);

    Session& session_;
    std::vector<Prepared> ways_back_; // in the order of applying
    std::optional<record::Found> backup_;
    migration::Standing now_; // what the ways back are about, when it comes to them
};

} // namespace slipway::migrate_apply
