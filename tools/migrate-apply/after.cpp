// SPDX-License-Identifier: Apache-2.0
#include "after.hpp"

#include "assertion.hpp"
#include "catalog/tables.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

void list(
    Session& session,
    std::string id,
    std::string title,
    std::vector<std::string> const& found,
    std::string hint) {
    record::Check check;
    check.id = std::move(id);
    check.title = std::move(title);
    check.status = found.empty() ? record::CheckStatus::passed : record::CheckStatus::warned;
    check.severity = record::Severity::minor;
    check.message = text::join(found, ", ");
    check.hint = found.empty() ? "" : std::move(hint);
    session.context.record.add(std::move(check));
}

bool check_expected(Session& session, Expected const& expected) {
    auto const missing = expected.missing(session.connection);
    constexpr std::size_t most_named = 5;
    auto& check = session.context.record.note(
        "after.objects_exist",
        "What the migrations make is there",
        missing.empty() ? "" : "not there: " + text::join_first(missing, ", ", most_named));
    if (!missing.empty()) {
        check.hint = "Look for an event trigger or a function that takes it away or renames it.";
        session.context.log.error(check.message);
    }
    return missing.empty();
}

} // namespace

void check_leftovers(Session& session) {
    auto const found = catalog::leftovers(session.connection);
    std::vector<std::string> invalid;
    for (auto const& index : found.indexes) {
        invalid.push_back(index.schema + "." + index.name);
    }
    list(
        session,
        "after.indexes_valid",
        "No invalid index",
        invalid,
        "Drop it and build it again: REINDEX INDEX CONCURRENTLY, or the migration that made it.");
    std::vector<std::string> unvalidated;
    for (auto const& constraint : found.constraints) {
        unvalidated.push_back(constraint.table + "." + constraint.name);
    }
    list(
        session,
        "after.constraints_validated",
        "No unvalidated constraint",
        unvalidated,
        "Validate it when the data is right: ALTER TABLE … VALIDATE CONSTRAINT ….");
}

bool check_afterwards(
    Session& session,
    std::vector<Prepared> const& applied,
    Expected const& expected) {
    bool const there = check_expected(session, expected);
    check_leftovers(session);
    std::vector<migration::Item const*> items;
    for (auto const& one : applied) {
        items.push_back(one.item);
    }
    return assert_all(session, items) && there;
}

} // namespace slipway::migrate_apply
