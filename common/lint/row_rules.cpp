// SPDX-License-Identifier: Apache-2.0
#include "lint/scene.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::lint {

namespace {

using Kind = sql::Action::Kind;

std::string twice(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    auto const found = std::adjacent_find(names.begin(), names.end());
    return found == names.end() ? std::string{} : *found;
}

void judge_duplicates(Scene& scene, sql::Action const& action) {
    std::vector<std::string> names = action.assigned;
    for (auto const& column : action.columns) {
        names.push_back(column.name);
    }
    if (auto const name = twice(std::move(names)); !name.empty()) {
        scene.report(
            "ban-duplicate-column-assignments",
            fmt::format("{} is named more than once", name),
            "Name each column once.");
    }
}

} // namespace

void judge_rows(Scene& scene, sql::Action const& action) {
    judge_duplicates(scene, action);
    bool const changes = action.kind == Kind::update || action.kind == Kind::remove;
    bool const copies =
        action.kind == Kind::merge || (action.kind == Kind::insert && !action.reads.empty());
    if (!(changes || copies) || scene.is_new(action.object)) {
        return;
    }
    if (changes && !action.has_where) {
        scene.report(
            "write-without-where",
            fmt::format("every row of {} is written and locked at once", spelled(action.object)),
            "Do it in batches by key, outside of the schema's migrations.");
    }
    if (scene.in_transaction() && !scene.locked().empty()) {
        scene.report(
            "backfill-with-schema-change",
            fmt::format(
                "rows of {} are written while this transaction keeps {} locked",
                spelled(action.object),
                scene.locked()),
            "Put the change of rows into a migration of its own.");
    }
}

} // namespace slipway::lint
