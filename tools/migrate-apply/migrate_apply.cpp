// SPDX-License-Identifier: Apache-2.0
#include "migrate_apply.hpp"

#include "after.hpp"
#include "apply.hpp"
#include "batch.hpp"
#include "down.hpp"
#include "dry_run.hpp"
#include "lint.hpp"
#include "on_failure.hpp"
#include "plan.hpp"
#include "planned.hpp"
#include "resolve.hpp"
#include "session.hpp"
#include "status.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "together.hpp"
#include "verify.hpp"
#include "watch.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

constexpr time::Milliseconds checkpoint_every{1000};

// The backup that there is to go back to, where one is wanted.
std::optional<record::Found> require_backup(Session& session) {
    auto& context = session.context;
    auto const& options = session.options;
    bool const production = context.production(session.where.is_local());
    bool const wanted = options.on_failure == "restore" || options.require_backup ||
                        (production && !options.allow_no_backup);
    if (!wanted) {
        return std::nullopt;
    }
    record::Demand demand;
    demand.tool = "db-backup";
    demand.environment = context.options.environment;
    demand.target = context.record.target;
    demand.younger_than = options.backup_max_age;
    try {
        auto const& found = record::require_evidence(context.inputs(), demand, context.clock.now());
        std::string const level = json::text_at(*found.record.data, "level");
        if (level != "listed" && level != "restored") {
            throw Error{
                ErrorKind::refused,
                fmt::format("the backup of {} is not verified", found.path.string())};
        }
        context.rely_on(found);
        return found;
    } catch (Error const& error) {
        throw Error{
            ErrorKind::refused,
            fmt::format("no verified backup to go back to: {}", error.message()),
            "Run db-backup first and give its record with --input, or say --allow-no-backup."};
    }
}

// Prisma (P3005) and Flyway refuse likewise: tables without a history mean a database that was made
// otherwise, on which the first migrations would fail half-way.
void refuse_unknown_schema(Session& session) {
    auto const& layout = session.folder.layout;
    if (session.history_exists || (layout != "prisma" && layout != "flyway")) {
        return;
    }
    auto const tables =
        session.connection
            .exec(
                "select count(*) from pg_class c join pg_namespace n on"
                " n.oid = c.relnamespace where c.relkind in ('r', 'p')"
                " and n.nspname = $1",
                {layout == "prisma" ? migration::prisma_schema(session.where) : "public"})
            .one_value<std::int64_t>();
    if (tables > 0) {
        throw Error{
            ErrorKind::refused,
            fmt::format(
                "the database has {} but no {}",
                text::counted(static_cast<std::size_t>(tables), "table"),
                session.ledger->table()),
            "Say which migrations it already has: migrate-apply baseline --to MIGRATION."};
    }
}

std::string what_is_applied(std::size_t done) {
    return done == 0 ? "Nothing was applied in this run."
                     : fmt::format(
                           "{} before it {} applied.",
                           text::counted(done, "migration"),
                           done == 1 ? "is" : "are");
}

std::string what_was_before(std::size_t done) {
    return done == 0 ? "nothing was applied"
                     : text::counted(done, "migration") + " applied before it";
}

std::string place_to_mend(Prepared const& prepared, Error const& error) {
    return error.where().known() ? error.where().text() : prepared.item->file.path.string();
}

[[noreturn]] void
tell_failure(Session& session, Prepared const& one, Error const& error, std::size_t done) {
    auto& record = session.context.record;
    auto check = check_of(one, error.message());
    check.status = record::CheckStatus::failed;
    check.where = error.where();
    check.hint = error.hint();
    record.add(std::move(check));
    session.fill_data();
    if (session.done[one.item->id].status != "rolled_back") {
        record.summary = fmt::format("{} failed; {}", one.item->id, what_was_before(done));
        throw error;
    }
    record.summary =
        fmt::format("{} failed and was rolled back whole; {}", one.item->id, what_was_before(done));
    throw error.with_hint(fmt::format(
        "{}{} was rolled back whole. {} {}un migrate-apply again.",
        error.hint().empty() ? "" : error.hint() + "\n",
        one.item->id,
        what_is_applied(done),
        error.kind() == ErrorKind::failed ? fmt::format("Mend {} and r", place_to_mend(one, error))
                                          : "R"));
}

void tell_applied(Session& session, Prepared const& one) {
    auto const took = session.done[one.item->id].duration;
    auto check = check_of(one, fmt::format("applied in {}", time::human_duration(took)));
    check.duration = took;
    session.context.record.add(std::move(check));
}

void apply_in_turn(Session& session, std::vector<Prepared> const& prepared) {
    std::size_t done = 0;
    auto told = session.context.clock.steady();
    std::optional<Batch> batch;
    for (auto const& one : prepared) {
        if (!batch) {
            auto const next = Batch::next(session, std::span{prepared}.subspan(done));
            next.size() > 1 ? static_cast<void>(batch.emplace(session, next)) : void();
        }
        session.context.log.status_line(fmt::format("applying {}", one.item->id));
        try {
            apply_one(session, one, batch ? &*batch : nullptr);
        } catch (Error const& error) {
            tell_failure(session, one, error, done);
        }
        if (batch && batch->over()) {
            batch.reset();
        }
        ++done;
        tell_applied(session, one);
        // The history table is the truth; the record on disk may lag behind it by a moment.
        if (session.context.clock.steady() - told >= checkpoint_every) {
            session.fill_data();
            session.context.checkpoint();
            told = session.context.clock.steady();
        }
    }
    session.fill_data();
}

void apply_all_or_nothing(Session& session, std::vector<Prepared> const& prepared) {
    try {
        apply_together(session, prepared);
    } catch (Error const& error) {
        auto const failed = std::find_if(prepared.begin(), prepared.end(), [&](auto const& one) {
            auto const found = session.done.find(one.item->id);
            return found != session.done.end() && found->second.status == "rolled_back";
        });
        if (failed != prepared.end()) {
            tell_failure(session, *failed, error, 0);
        }
        session.fill_data();
        throw;
    }
    for (auto const& one : prepared) {
        tell_applied(session, one);
    }
    session.fill_data();
}

void confirm(Session& session, std::size_t count) {
    if (session.context.production(session.where.is_local())) {
        session.context.confirm(fmt::format(
            "Apply {} to {}?", text::counted(count, "migration"), session.where.redacted()));
    }
}

void run_all(Session& session, std::vector<Prepared> const& prepared) {
    if (session.options.all_or_nothing) {
        apply_all_or_nothing(session, prepared);
    } else {
        apply_in_turn(session, prepared);
    }
}

void apply_prepared(Session& session, std::vector<Prepared> const& prepared) {
    auto& record = session.context.record;
    require_plan(session, prepared);
    if (prepared.empty()) { // as planned
        session.fill_data();
        record.summary = "nothing is pending";
        return;
    }
    OnFailure on_failure{session, prepared, require_backup(session)};
    confirm(session, prepared.size());
    session.create_tables();
    // Told beside the server's work.
    auto expected = std::async(std::launch::async, [&] { return Expected{prepared}; });
    auto const started = session.context.clock.steady();
    try {
        run_all(session, prepared);
    } catch (Error const& error) {
        on_failure.act(error.message());
        throw;
    }
    record.summary = fmt::format(
        "{} applied to {} in {}",
        text::counted(prepared.size(), "migration"),
        session.where.database(),
        time::human_duration(std::chrono::duration_cast<time::Milliseconds>(
            session.context.clock.steady() - started)));
    if (!check_afterwards(session, prepared, expected.get())) {
        record.summary += ", but what is there now is not what was wanted";
        on_failure.act("a check after the migrations failed");
    }
}

void apply(Session& session) {
    if (session.options.dry_run == "plan") {
        session.refresh();
        plan(session);
        return;
    }
    // What another runner has half done would be judged wrongly, so the lock comes first; it and
    // all that is looked at then touch nothing. A shadow takes none, and notices such a runner.
    if (session.options.dry_run == "shadow") {
        session.refresh();
    } else {
        session.lock();
    }
    auto const prepared = prepare(session.selected());
    refuse_unknown_schema(session);
    if (!session.options.dry_run.empty()) {
        dry_run(session, prepared);
    } else if (prepared.empty() && session.options.plan.empty()) {
        session.fill_data();
        session.context.record.summary = "nothing is pending";
    } else {
        apply_prepared(session, prepared);
    }
}

} // namespace

void run(Options const& options, tool::Context& context) {
    if (context.verb == "lint") {
        lint_migrations(options, context);
        return;
    }
    if (context.verb == "watch") {
        watch(options, context);
        return;
    }
    Session session{options, context};
    if (context.verb == "plan") {
        session.refresh();
        plan(session);
    } else if (context.verb == "status") {
        session.refresh();
        status(session);
    } else if (context.verb == "verify") {
        session.refresh();
        verify(session);
    } else if (context.verb == "down") {
        down(session);
    } else if (context.verb == "resolve") {
        resolve(session);
    } else if (context.verb == "baseline") {
        baseline(session);
    } else {
        apply(session);
    }
}

} // namespace slipway::migrate_apply
