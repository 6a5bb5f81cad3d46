// SPDX-License-Identifier: Apache-2.0
//
// What the faults of db-restore share: a database that goes from one content to another and back,
// clients that ask all the while, and the stretches of a run at which kills are aimed.
#pragma once

#include "catalog/properties.hpp"
#include "support/kills.hpp"
#include "support/restore_site.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace slipway::faults {

/// A database that was backed up (`good`), then spoilt: each of the two contents is told by one
/// line. A row of slipway.rollback_log was written since, which both have.
class TwoStates {
public:
    static constexpr std::string_view question =
        "select (select max(word) from state) || ' ' || (select count(*) from items) || ' ' || "
        "(select count(*) from parts)";
    static constexpr std::string_view good = "good 500 500";
    static constexpr std::string_view bad = "bad 400 400";

    TwoStates();

    /// Which of the two a database holds (by default the live one); a test fails where it is
    /// neither, or has lost the row of the log.
    [[nodiscard]] bool is_good(std::string const& when, std::string const& database = "") const;

    /// Tests that settings, grants, owner and comment of the live database are as at the start, and
    /// that the planner knows the restored rows.
    void require_set_up(std::string const& when) const;

    support::RestoreSite site;

private:
    catalog::Properties properties_;
};

/// Ask the question all the time from two threads, until end().
class Clients {
public:
    /// How a client asks: anew each time, or by a prepared statement on a session that stays.
    enum class Manner : std::uint8_t { comes_and_goes, stays };

    /// With `swapped`, errors are expected by which the server sends clients away in a swap of
    /// databases.
    Clients(support::RestoreSite const& site, std::vector<Manner> const& manners, bool swapped);

    /// Ends the threads and tests that each of their answers was one whole content, and that there
    /// were more than `least`; returns how many there were.
    int end(int least);

private:
    void ask(std::stop_token const& done, Manner manner);
    void note(std::string answer);

    support::RestoreSite const& site_;
    bool swapped_;
    std::mutex mutex_;
    std::set<std::string> answers_;
    std::atomic<int> answered_{0};
    std::vector<std::jthread> threads_;
};

/// Stretches of the runs of one kind, each from what the server shows to the run's end. Kills are
/// aimed at them in turn, and inside of one at a random instant.
class Stretches {
public:
    /// Of db-restore, or of rollback, which starts it. The server is watched from the database at
    /// `where`; `live` is a query that answers there with the oid of what the swap replaces.
    Stretches(
        support::RestoreSite const& site,
        std::string tool,
        pg::ConnInfo const& where,
        std::string live,
        unsigned seed);

    /// From the start of the run; makes one run that is not killed, as all of these do.
    void add_whole(std::vector<std::string> const& arguments);

    /// From when a session of db-restore in a database of the site runs a statement that is LIKE
    /// one of the patterns, an array literal.
    void add_from(
        std::string name,
        std::string const& statements,
        std::vector<std::string> const& arguments);

    /// From when something else is live than at the start.
    void add_after_the_swap(std::vector<std::string> const& arguments);

    /// One run, killed in the next stretch unless it ends before; `when` tells where.
    support::ToolRun kill(std::vector<std::string> const& arguments, std::string& when);

    /// Tests that kills struck, in the full form a quarter or more of those of each stretch; tells
    /// how many did.
    void require_shares() const;

private:
    struct Stretch {
        std::string name;
        std::function<bool()> begun;
        support::Instants instants;
        int aimed = 0;
        int killed = 0;
    };

    void
    add(std::string name, std::function<bool()> begun, std::vector<std::string> const& arguments);
    [[nodiscard]] std::int64_t live();

    support::RestoreSite const& site_;
    std::string tool_;
    pg::Connection watch_;
    std::string live_query_;
    std::int64_t live_at_start_ = 0;
    unsigned seed_;
    std::vector<Stretch> stretches_;
    std::size_t next_ = 0;
};

} // namespace slipway::faults
