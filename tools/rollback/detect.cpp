// SPDX-License-Identifier: Apache-2.0
// Looks at the live system by itself: what the records of a deployment may not tell.
#include "actions.hpp"
#include "advice.hpp"
#include "catalog/activity.hpp"
#include "catalog/tables.hpp"
#include "damage.hpp"
#include "error/error.hpp"
#include "evidence.hpp"
#include "migration/history.hpp"
#include "migration/source.hpp"
#include "pg/transaction.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

using verdict::Signal;

constexpr std::size_t most_named = 5;
constexpr time::Milliseconds long_transaction{300'000};
constexpr double nearly_full = 0.9;

class Detecting {
public:
    Detecting(Options const& options, tool::Context& context)
        : options_(options), context_(context),
          where_(target::parse(options.database_url, context)),
          connection_(target::open(where_, context)) {}

    void look() {
        look_at("migrations", [this] { look_at_migrations(); });
        look_at("data", [this] { look_at_data(); });
        look_at("indexes", [this] { look_at_indexes(); });
        look_at("sessions", [this] { look_at_sessions(); });
        look_at("load", [this] { look_at_load(); });
        look_at_health();
        tell(
            "damage",
            "the server met no damaged page",
            Signal::data_corruption,
            damaged_,
            "Stop all writing, save the data directory, and restore a backup of before: the damage "
            "may spread.");
    }

    [[nodiscard]] verdict::Evidence const& evidence() const { return evidence_; }

private:
    // One that meets damaged data keeps the others from nothing.
    template <typename Work>
    void look_at(std::string const& id, Work const& work) {
        try {
            work();
        } catch (pg::ServerError const& error) {
            if (!tells_damage(error)) {
                throw;
            }
            blind(id, "the database was looked at", error);
        }
    }

    void look_at_migrations() {
        std::set<std::string> failed;
        for (auto const& layout : migration::layouts()) {
            try {
                auto const history = migration::ledger_of(layout, where_)->read(connection_);
                for (auto const& entry : history.entries) {
                    if (!entry.finished && !entry.rolled_back) {
                        failed.insert(entry.name.empty() ? entry.id : entry.name);
                    }
                }
            } catch (pg::ServerError const& error) {
                blind("migrations." + layout, "the history of " + layout + " was read", error);
            } catch (Error const& error) {
                // Of two programs whose tables have one name the other's ledger refuses it.
                if (error.kind() != ErrorKind::refused) {
                    throw;
                }
            }
        }
        for (auto const& name : logged_failures()) {
            failed.insert(name);
        }
        tell(
            "migrations",
            "no migration has failed and is not undone",
            Signal::failed_migrations,
            {failed.begin(), failed.end()},
            "migrate-apply status tells what to do about it.");
    }

    void look_at_data() {
        std::vector<std::string> wrong;
        int number = 0;
        for (auto const& query : options_.data_checks) {
            ++number;
            std::string const words = text::shorten(text::printable_line(query), 120);
            try {
                pg::Transaction transaction{connection_, "begin transaction read only"};
                auto const answer = transaction.exec(query);
                bool const right = answer.rows() == 1 && answer.columns() == 1 &&
                                   !answer.is_null(0, 0) && answer.text(0, 0) == "t";
                if (!right) {
                    wrong.push_back(words);
                }
            } catch (pg::ServerError const& error) {
                blind("data." + std::to_string(number), words, error);
            }
        }
        if (!options_.data_checks.empty()) {
            tell(
                "data",
                "the data are right",
                Signal::failed_data_checks,
                wrong,
                "Only what was saved before brings data back: rollback run --scope db.");
        }
    }

    void look_at_indexes() {
        std::vector<std::string> invalid;
        for (auto const& index : catalog::invalid_indexes(connection_)) {
            if (!index.being_built) {
                invalid.push_back(index.schema + "." + index.name);
            }
        }
        tell(
            "indexes",
            "all indexes are valid",
            Signal::invalid_indexes,
            invalid,
            "Drop it and build it again (reindex index concurrently …).");
    }

    void look_at_sessions() {
        std::vector<std::string> blocked;
        for (auto const& session : catalog::blockers(connection_)) {
            if (session.waited_ms >= options_.blocked_after.count()) {
                std::vector<std::string> by;
                for (auto const pid : session.blocked_by) {
                    by.push_back(std::to_string(pid));
                }
                blocked.push_back(fmt::format(
                    "process {}{} has waited {} for process {}",
                    session.pid,
                    session.relation.empty() ? "" : " on " + session.relation,
                    time::human_duration(time::Milliseconds{session.waited_ms}),
                    text::join(by, ", ")));
            }
        }
        tell(
            "sessions",
            "no session waits long for a lock",
            Signal::blocked_sessions,
            blocked,
            "End the one that holds it (pg_terminate_backend), if it will not end by itself.");
    }

    void look_at_load() {
        std::vector<std::string> warnings;
        auto const activity = catalog::activity(connection_);
        auto const limit = static_cast<double>(activity.max_connections);
        if (static_cast<double>(activity.connections) > nearly_full * limit) {
            warnings.push_back(fmt::format(
                "{} of {} connections are taken", activity.connections, activity.max_connections));
        }
        if (auto const age = catalog::oldest_transaction_age(connection_); age > long_transaction) {
            warnings.push_back("a transaction has been open for " + time::human_duration(age));
        }
        tell(
            "load",
            "connections are left, and no transaction is open for long",
            Signal::warning_metrics,
            warnings,
            "See who it is in pg_stat_activity.");
    }

    void look_at_health() {
        if (options_.health_urls.empty()) {
            return;
        }
        Actions actions{options_, where_, context_};
        auto const ended = actions.look_at_health();
        if (!ended.record) {
            return;
        }
        auto const reading = read_evidence({*ended.record}, context_.options.environment);
        evidence_.insert(evidence_.end(), reading.evidence.begin(), reading.evidence.end());
    }

    // What migrate-apply has noted, where nothing was noted of the same migration afterwards.
    std::vector<std::string> logged_failures() {
        std::vector<std::string> out;
        bool const there =
            connection_.exec("select to_regclass('slipway.execution_log') is not null")
                .one_value<bool>();
        if (!there) {
            return out;
        }
        try {
            for (auto const& row : connection_.exec(
                     "select migration from (select distinct on (history, migration) migration, "
                     "outcome, finished_at from slipway.execution_log "
                     "order by history, migration, finished_at desc) last "
                     "where outcome = 'failed' "
                     "and finished_at > now() - $1 * interval '1 ms' order by 1",
                     {options_.since.count()})) {
                out.push_back(row.get<std::string>(0));
            }
        } catch (pg::ServerError const& error) {
            blind("migrations.log", "slipway.execution_log was read", error);
        }
        return out;
    }

    void tell(
        std::string const& id,
        std::string title,
        Signal signal,
        std::vector<std::string> const& found,
        std::string const& hint) {
        auto& check = context_.record.note(
            "detect." + id,
            std::move(title),
            text::join_first(found, "; ", most_named),
            record::Severity::info);
        check.hint = found.empty() ? "" : hint;
        (*context_.record.data)["detected"][id] = found;
        evidence_.push_back(
            {signal,
             static_cast<double>(found.size()),
             {},
             text::join_first(found, "; ", most_named)});
    }

    void blind(std::string const& id, std::string title, Error const& error) {
        bool const damaged = tells_damage(error);
        record::Check check;
        check.id = "detect." + id;
        check.title = std::move(title);
        check.status = damaged ? record::CheckStatus::failed : record::CheckStatus::undecided;
        check.message = error.message();
        check.hint = error.hint();
        context_.record.add(std::move(check));
        if (damaged) {
            damaged_.push_back(error.message());
        }
    }

    Options const& options_;
    tool::Context& context_;
    pg::ConnInfo where_;
    pg::Connection connection_;
    verdict::Evidence evidence_;
    std::vector<std::string> damaged_; // what the server said
};

} // namespace

void detect(Options const& options, tool::Context& context) {
    (*context.record.data)["detected"] = json::Value::object();
    try {
        Detecting detecting{options, context};
        detecting.look();
        judge_by(conclude(detecting.evidence(), options, context), options, context);
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::unavailable && error.kind() != ErrorKind::timeout) {
            throw;
        }
        // A database that takes no connections is what was looked for.
        context.log.warning("the database does not answer", {{"cause", error.message()}});
        verdict::Fact const outage{Signal::outage, 1, {}, "the database: " + error.message()};
        judge_by(conclude({outage}, options, context), options, context);
    }
    auto const& checks = context.record.checks;
    bool const blind = std::any_of(checks.begin(), checks.end(), [](auto const& check) {
        return check.status == record::CheckStatus::undecided;
    });
    if (blind && context.record.status == record::Status::passed) {
        context.record.status = record::Status::running; // --on-undecided decides
    }
}

} // namespace slipway::rollback
