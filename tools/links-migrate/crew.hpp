// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fresh_rows.hpp"
#include "progress/progress.hpp"
#include "reject_file.hpp"
#include "session.hpp"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>

namespace slipway::links_migrate {

/// The connections that go through the parts of a run at the same time, batch by batch, and what
/// they have done in this start of the tool.
class Crew {
public:
    Crew(Session& session, Tables const& tables, Run const& run);

    /// Goes to the end of all parts, or of --limit; throws the first worker's error when all have
    /// stopped.
    void work();

    [[nodiscard]] Tally const& mine() const { return mine_; }

    /// The parts as they are now.
    [[nodiscard]] std::vector<Part> const& parts() const { return parts_; }

    /// Names the file of rejected items in the record.
    void close() { file_.close(); }

private:
    void worker(pg::Connection& connection);
    Part* next_part();
    bool batch(pg::Connection& connection, Part& part);
    std::optional<Outcome>
    try_batch(pg::Connection& connection, Part& part, std::int64_t rows, bool fresh);
    Outcome write(pg::Connection& connection, Range& range, bool fresh);
    std::int64_t reserve();
    void told(Outcome const& outcome, std::int64_t reserved);
    void checkpoint();

    Session& session_;
    std::int64_t run_;
    Transformer transformer_;
    std::optional<FreshRows> fresh_;
    std::atomic<bool> stopped_{false};

    std::mutex mutex_; // of all below; a part's numbers are written under it too
    std::vector<Part> parts_;
    std::size_t taken_ = 0;
    Tally mine_;
    std::int64_t reserved_ = 0;
    std::condition_variable returned_; // of reserved rows
    RejectFile file_;
    progress::Progress bar_;
    time::Steady told_;
    std::exception_ptr failure_;
};

/// Ranges of the source of about as many rows each, for that many workers: some more than those,
/// so that no worker is left alone for long at the end.
std::vector<Part> parts_for(
    pg::Connection& connection,
    Mapping const& mapping,
    Tables const& tables,
    std::int64_t jobs,
    std::int64_t batch);

} // namespace slipway::links_migrate
