// SPDX-License-Identifier: Apache-2.0
#include "resolve.hpp"

#include "attempt.hpp"
#include "pg/transaction.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using migration::Item;

Item const& named(Session const& session, std::string const& id) {
    auto const& items = session.standing.items;
    auto const found =
        std::find_if(items.begin(), items.end(), [&](Item const& item) { return item.id == id; });
    if (found == items.end()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("no migration {}", id),
            "migrate-apply status lists them."};
    }
    return *found;
}

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
    auto const& item = named(session, options.migration);
    bool const applied = options.as == "applied";
    require_resolvable(item, applied);
    session.ledger->create(session.connection);
    pg::Transaction transaction{session.connection};
    if (!item.entry.key.empty()) {
        session.ledger->roll_back(session.connection, item.entry.key);
    }
    if (applied) {
        session.ledger->adopt(session.connection, item.file, new_attempt(session));
    }
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
    session.ledger->create(session.connection);
    // Half a baseline would let apply begin in the middle.
    pg::Transaction transaction{session.connection};
    for (auto const* item : selected) {
        session.ledger->adopt(session.connection, item->file, new_attempt(session));
        session.context.log.info(fmt::format("marked {} as applied", item->id));
    }
    transaction.commit();
    session.refresh();
    session.fill_data();
    session.context.record.summary =
        fmt::format("{} marked as applied", text::counted(count, "migration"));
}

} // namespace slipway::migrate_apply
