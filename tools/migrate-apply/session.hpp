// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_watch.hpp"
#include "migrate_apply.hpp"
#include "migration/history.hpp"
#include "migration/script.hpp"
#include "migration/state.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/connection.hpp"

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace slipway::migrate_apply {

/// The values of --placeholder, and what Flyway knows of the run.
migration::Placeholders placeholders_of(Options const& options, tool::Context& context);

/// Reads the folder that the options name, or the usual one that is there; throws usage where there
/// is none.
migration::Folder read_folder(Options const& options, tool::Context& context);

/// Runs a statement of a migration by calling `run`, and may look before and after it.
using AroundStep = std::function<void(
    migration::Script const& script,
    migration::Step const& step,
    std::function<void()> const& run)>;

/// What a verb works with: the folder, the database and its history, read once.
class Session {
public:
    /// Reads the folder while the server is at the login; where it is a wrong one, that is told,
    /// whatever the server says, and nothing touched. Fills the record's target. What stands where
    /// is known after lock() or refresh().
    Session(Options const& options, tool::Context& context);

    /// The same folder and options on a scratch copy of the database, of which the record's target
    /// says nothing.
    Session(Session const& original, pg::ConnInfo const& scratch);
    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;
    Session(Session&&) = delete;
    Session& operator=(Session&&) = delete;
    ~Session();

    /// Takes our advisory lock and the one of the layout's own program, waiting as the options
    /// say; names the holder while it waits and when it gives up. Reads the history again.
    void lock();

    /// Gives the locks and the connection back, for another tool that wants them.
    void unlock();

    /// Opens another connection to the same database, beside the first one or after its loss;
    /// heeds this stop token only, and is for at most 15 s.
    [[nodiscard]] pg::Connection reconnect(std::stop_token stop = {}) const;

    /// Sees who holds up our statements.
    [[nodiscard]] BlockWatch& block_watch();

    /// Reads the history and compares it with the folder; lock() does so, too.
    void refresh();

    /// The selected migrations that apply would run, in order; throws usage where --to or --only
    /// name none, refused on drift, failed ones and a gap that the policy does not allow.
    [[nodiscard]] std::vector<migration::Item const*> selected() const;

    /// The migration of that name or number; throws usage where there is none.
    [[nodiscard]] migration::Item const& named(std::string const& word) const;

    /// Settings of the session as psql would have them; again after each migration, since a file
    /// may have changed them.
    void settle(pg::Send const& send) const;

    /// Makes the history table and, unless told otherwise, the execution log; a role that may not
    /// make the log gets a warning, and the run none.
    void create_tables();

    /// Takes back a role that a migration has put on; its history row is ours to write.
    void become_ourselves();

    /// Gives the connection a few seconds to note what happened, after a deadline or stop has
    /// struck it.
    void free_limits();

    /// `data` of the record: layout, directory and all known migrations.
    void fill_data() const;

    Options const& options;
    tool::Context& context;
    migration::Folder folder;
    std::unique_ptr<migration::Ledger> ledger;
    pg::ConnInfo where;
    pg::Connection connection;
    bool history_exists = false;
    migration::History history;
    bool keeps_log = false; // in slipway.execution_log; see create_tables()
    migration::Standing standing;

    /// What this run did, by migration.
    struct Done {
        std::string status;
        time::Milliseconds duration{0};
    };
    std::map<std::string, Done> done;

    /// Looks around each statement of a migration; nothing where nobody looks.
    AroundStep around_step;

private:
    struct Beginning;
    static Beginning begin(Options const& options, tool::Context& context);
    Session(Options const& options, tool::Context& context, Beginning beginning);
    void settle_at_once();
    void require_look() const;
    void create_history();
    void refuse_unsound() const;
    [[nodiscard]] bool chosen(migration::Item const& item, bool& past_end) const;

    std::vector<pg::AdvisoryLock> locks_;
    std::unique_ptr<BlockWatch> watch_;
    bool has_looked_ = false;
};

} // namespace slipway::migrate_apply
