// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/lock.hpp"
#include "plan/pending.hpp"
#include "plan/schema.hpp"
#include "sql/action.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::plan {

/// How long a lock lasts: for a moment, or as long as there are rows to go through.
enum class Work : std::uint8_t { none, scan, index, rewrite };

/// `none`, `scan`, `index` (one is built) or `rewrite`.
std::string_view name(Work work);

/// What a statement does to a relation that exists.
struct Effect {
    Relation const* relation = nullptr;
    LockMode mode = LockMode::none;
    LockMode heirs = LockMode::none; // of its partitions and heirs
    Work work = Work::none;
    std::vector<std::string> why; // of the work: `computes a default for each row`
};

/// The effects of one statement, one a relation: the strongest lock and the hardest work.
class Effects {
public:
    /// `only`: the statement says ONLY, which leaves partitions and heirs out.
    explicit Effects(bool only) : only_(only) {}

    /// With `family`, of the partitions and heirs too; nothing where there is no relation.
    void lock(Relation const* relation, LockMode mode, bool family = false);
    void lock_heirs(Relation const& relation, LockMode mode);
    void work(Relation const* relation, Work work, std::string why);

    [[nodiscard]] std::vector<Effect> const& list() const { return list_; }

private:
    Effect& of(Relation const& relation);

    std::vector<Effect> list_;
    bool only_ = false;
};

/// Where a statement stands: before what it is judged.
struct Moment {
    Schema const& schema;
    Pending const& pending;
    std::string_view statement;
};

/// What the statement does, by PostgreSQL's documentation and source; unparsed ones and those
/// about what is not there yet have no effects.
std::vector<Effect> effects_of(std::vector<sql::Action> const& actions, Moment const& moment);

} // namespace slipway::plan
