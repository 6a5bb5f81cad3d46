// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "pg/conninfo.hpp"
#include "split_plan.hpp"
#include "tool/context.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace slipway::db_backup {

/// What the workers need to know.
struct SplitWork {
    pg::ConnInfo source;
    std::string snapshot; // exported by a session that lives on
    std::string encoding; // of the database and so of the archive
    SplitPlan plan;
    fs::Path
        folder;   // made by the workers' caller; one file a table, named by its place in the plan
    fs::Path tar; // not there yet: takes the first table's rows, as TarWriter goes on with it
    std::int64_t jobs = 1;
};

/// Copies the rows of the plan's tables over several connections under one snapshot, each table
/// into one file of gzip members as pg_dump would write it. The destructor stops what still works.
class SplitCopy {
public:
    /// Starts; `stop` ends all workers, and `on_failure` is called on a worker's thread when the
    /// first of them fails.
    SplitCopy(
        SplitWork work,
        tool::Context& context,
        std::stop_token const& stop,
        std::function<void()> on_failure);
    SplitCopy(SplitCopy const&) = delete;
    SplitCopy& operator=(SplitCopy const&) = delete;
    SplitCopy(SplitCopy&&) = delete;
    SplitCopy& operator=(SplitCopy&&) = delete;
    ~SplitCopy();

    /// Waits for all workers; throws the first one's error.
    void finish();

    /// Whether a worker has failed.
    [[nodiscard]] bool failed() const;

    /// Of one table, after finish(): its file with path `<place in the plan>`, and its rows.
    [[nodiscard]] backup::Member file(std::size_t table) const;
    [[nodiscard]] std::int64_t rows(std::size_t table) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace slipway::db_backup
