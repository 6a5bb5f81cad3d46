// SPDX-License-Identifier: Apache-2.0
#include "together.hpp"

#include "attempt.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

void require_transactions(std::vector<Prepared> const& prepared) {
    for (auto const& one : prepared) {
        for (auto const& step : one.script.steps) {
            if (step.nature.refuses_transaction || one.item->resumable) {
                Where const where = one.script.place(step);
                throw Error{
                    ErrorKind::refused,
                    fmt::format(
                        "{}: {} runs in no transaction, and --all-or-nothing wants one",
                        where.text(),
                        step.nature.command),
                    "Apply the migrations before it with --to, then it alone."}
                    .with_where(where);
            }
        }
        if (!one.script.transactional) {
            throw Error{
                ErrorKind::refused,
                fmt::format(
                    "{} wants to run without a transaction, and --all-or-nothing wants one",
                    one.script.file)}
                .with_where({one.script.file, 0, 0});
        }
    }
}

// One try. `at` is the migration that is under way.
void run(Session& session, std::vector<Prepared> const& prepared, Prepared const*& at) {
    Trip trip{session.connection, session.around_step};
    auto started = session.context.clock.steady();
    try {
        for (auto const& one : prepared) {
            at = &one;
            session.context.log.status_line(fmt::format("applying {}", one.item->id));
            queue(session, one, new_attempt(session), trip);
            session.settle(trip.own());
            trip.arrive();
            auto const now = session.context.clock.steady();
            session.done[one.item->id] = {
                "pending", std::chrono::duration_cast<time::Milliseconds>(now - started)};
            started = now;
        }
        trip.commit([](pg::Send const&) {});
    } catch (Error const& error) {
        if (trip.end() == Trip::End::unknown) {
            settle_doubt(session, *at->item, error, "pending");
        }
        throw placed_in(at->script, error);
    }
}

void set_all(Session& session, std::vector<Prepared> const& prepared, std::string const& status) {
    for (auto const& one : prepared) {
        session.done[one.item->id].status = status;
    }
}

} // namespace

void apply_together(Session& session, std::vector<Prepared> const& prepared) {
    require_transactions(prepared);
    auto const started = session.context.clock.steady();
    Prepared const* at = &prepared.front();
    try {
        with_lock_retries(session, "all migrations", [&] { run(session, prepared, at); });
    } catch (Error const& error) {
        std::string const settled = session.done[at->item->id].status;
        bool const in_doubt = error.kind() == ErrorKind::in_doubt;
        set_all(
            session,
            prepared,
            settled == "applied" ? settled
            : in_doubt           ? "failed"
                                 : "pending");
        if (settled == "applied" || in_doubt) {
            throw;
        }
        session.done[at->item->id].status = "rolled_back";
        if (error.kind() == ErrorKind::failed || !error.sqlstate().empty()) {
            note_rolled_back(
                session,
                *at->item,
                error,
                std::chrono::duration_cast<time::Milliseconds>(
                    session.context.clock.steady() - started));
        }
        throw;
    }
    set_all(session, prepared, "applied");
    session.context.log.info(
        fmt::format("applied {} in one transaction", text::counted(prepared.size(), "migration")));
}

} // namespace slipway::migrate_apply
