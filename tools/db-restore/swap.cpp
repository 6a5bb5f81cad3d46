// SPDX-License-Identifier: Apache-2.0
#include "swap.hpp"

#include "error/error.hpp"
#include "guard.hpp"
#include "pg/quote.hpp"
#include "pg/sqlstate.hpp"
#include "pg/transaction.hpp"
#include "target/target.hpp"
#include "text/join.hpp"

#include <thread>

#include <fmt/format.h>

namespace slipway::db_restore {

namespace {

constexpr time::Milliseconds pause{50};
constexpr std::string_view lock_query = R"(
select exists (
    select from pg_catalog.pg_locks
    where locktype = 'object' and classid = 'pg_catalog.pg_database'::regclass
      and objid = $1::oid and mode = 'AccessExclusiveLock' and granted and pid = $2))";

std::string const& terminate_query() {
    static std::string const text =
        "select pg_catalog.pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity a "
        "where a.datid in ($1::oid, $2::oid) and a.pid <> pg_catalog.pg_backend_pid() and " +
        std::string{may_end};
    return text;
}

// The second session: while the first one holds the lock on the database's name and waits for the
// sessions in it to end, nobody new comes in, so that whoever is ended now cannot be back in time.
class Doorman {
public:
    Doorman(
        Site& site,
        Swap const& swap,
        std::function<void()> const& leave,
        tool::Context& context)
        : connection_(pg::Connection::open(site.maintenance(), target::limits(context))),
          swap_(swap), leave_(leave), renamer_(site.connection().backend_pid()),
          thread_([this](std::stop_token const& done) { work(done); }) {}

    // Waits for the other thread; returns what it failed with.
    std::string end() {
        thread_.request_stop();
        thread_.join();
        return failure_;
    }

private:
    void work(std::stop_token const& done) {
        try {
            bool left = false;
            time::SystemClock clock;
            while (!done.stop_requested()) {
                if (!left &&
                    connection_.exec(lock_query, {swap_.live, renamer_}).one_value<bool>()) {
                    leave_();
                    left = true;
                }
                if (left && swap_.terminate) {
                    connection_.exec(terminate_query(), {swap_.live, swap_.next_oid});
                }
                clock.sleep(pause, done);
            }
        } catch (Error const& error) {
            failure_ = error.message();
        }
    }

    pg::Connection connection_;
    Swap const& swap_;
    std::function<void()> const& leave_;
    int renamer_;
    std::string failure_;
    std::jthread thread_; // the last to be made and the first to go
};

void rename(Site& site, Swap const& swap) {
    std::string const live = pg::quote_identifier(site.live());
    std::string const next = pg::quote_identifier(swap.next);
    std::string const previous = pg::quote_identifier(swap.previous);
    pg::Transaction transaction{site.connection()};
    transaction.exec("set local statement_timeout = 0; set local lock_timeout = '10s'");
    transaction.exec("alter database " + live + " rename to " + previous);
    transaction.exec("alter database " + next + " rename to " + live);
    transaction.exec(
        "comment on database " + previous + " is " + pg::quote_literal(to_comment(swap.marker)));
    transaction.exec(
        "comment on database " + live + " is " +
        (swap.comment ? pg::quote_literal(*swap.comment) : "null"));
    transaction.commit();
}

bool is_swapped(Site& site, Swap const& swap) {
    site.reopen();
    return site.oid_of(site.live()) == swap.next_oid;
}

Error in_use(Site& site, Swap const& swap, Error const& error, std::string const& failure) {
    auto others = sessions(site.connection(), swap.live, 0);
    auto const next = sessions(site.connection(), swap.next_oid, 0);
    others.insert(others.end(), next.begin(), next.end());
    return Error{
        ErrorKind::refused,
        fmt::format(
            "{}{}{}",
            error.message(),
            others.empty() ? "" : ": " + text::join_first(others, "; ", most_named),
            failure.empty() ? "" : "; " + failure),
        swap.terminate ? "End these sessions, then run db-restore again."
                       : "Stop the application, or let its sessions be ended with --terminate."}
        .with_sqlstate(error.sqlstate());
}

} // namespace

void swap(
    Site& site,
    Swap const& swap,
    std::function<void()> const& leave,
    tool::Context& context) {
    Doorman doorman{site, swap, leave, context};
    try {
        rename(site, swap);
        doorman.end();
    } catch (Error const& error) {
        std::string const failure = doorman.end();
        if (error.sqlstate() == pg::sqlstate::object_in_use) {
            throw in_use(site, swap, error, failure);
        }
        if (error.kind() != ErrorKind::in_doubt) {
            throw;
        }
        try {
            if (is_swapped(site, swap)) {
                context.log.warning("the connection was lost in the commit, which was made");
                return;
            }
        } catch (Error const&) {
            throw error.with_hint("Ask db-restore status which database is live.");
        }
        throw Error{
            ErrorKind::unavailable,
            "the connection was lost in the swap, which was not made",
            "Nothing has changed; run db-restore again."};
    }
}

} // namespace slipway::db_restore
