// SPDX-License-Identifier: Apache-2.0
#include "resolve.hpp"

#include "attempt.hpp"
#include "pg/transaction.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using migration::Item;

void require_resolvable(Item const& item, bool applied) {
    if (item.entry.finished) {
        throw Error{ErrorKind::refused, fmt::format("{} is applied already", item.id)};
    }
    if (!applied && item.entry.key.empty()) {
        throw Error{ErrorKind::refused, fmt::format("{} was never begun", item.id)};
    }
    if (applied && item.file.path.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{} has no file that could count as applied", item.id),
            "Restore its file, or resolve it --as rolled-back."};
    }
}

} // namespace

void resolve(Session& session) {
    auto const& options = session.options;
    if (options.migration.empty() || options.as.empty()) {
        throw Error{
            ErrorKind::usage,
            "resolve needs a migration and --as",
            "migrate-apply resolve MIGRATION --as applied, or --as rolled-back."};
    }
    session.lock();
    auto const& item = session.named(options.migration);
    bool const applied = options.as == "applied";
    require_resolvable(item, applied);
    session.create_tables();
    pg::Transaction transaction{session.connection};
    auto const send = pg::sending_to(session.connection);
    if (!item.entry.key.empty()) {
        session.ledger->roll_back(send, item.entry.key);
    }
    if (applied) {
        session.ledger->adopt(send, item.file, new_attempt(session));
    }
    log_execution(session, item, {new_key(), applied ? "resolved" : "rolled_back"}, send, {});
    transaction.commit();
    session.refresh();
    session.fill_data();
    session.context.record.summary =
        fmt::format("{} counts as {} now", options.migration, options.as);
}

void baseline(Session& session) {
    if (session.options.to.empty()) {
        throw Error{
            ErrorKind::usage,
            "baseline needs --to",
            "Name the last migration that the database already has."};
    }
    session.lock();
    auto const selected = session.selected();
    auto const count = selected.size();
    session.create_tables();
    // Half a baseline would let apply begin in the middle.
    pg::Transaction transaction{session.connection};
    auto const send = pg::sending_to(session.connection);
    for (auto const* item : selected) {
        auto const attempt = new_attempt(session);
        session.ledger->adopt(send, item->file, attempt);
        log_execution(session, *item, {attempt.key, "baselined"}, send, {});
        session.context.log.info(fmt::format("marked {} as applied", item->id));
    }
    transaction.commit();
    session.refresh();
    session.fill_data();
    session.context.record.summary =
        fmt::format("{} marked as applied", text::counted(count, "migration"));
}

} // namespace slipway::migrate_apply
