// SPDX-License-Identifier: Apache-2.0
#include "lint/scene.hpp"

#include <fmt/format.h>

namespace slipway::lint {

namespace {

using Kind = sql::Action::Kind;

void judge_drop(Scene& scene, sql::Action const& action) {
    if (action.object_type == "database") {
        scene.report(
            "ban-drop-database",
            fmt::format("the database {} is gone for good", action.object.name),
            "Drop a database by hand, after a backup.");
    } else if (action.object_type == "schema" && action.cascade) {
        scene.report(
            "ban-drop-table",
            fmt::format("every table of the schema {} is gone", action.object.name),
            "Drop what is meant, by its name.");
    } else if (action.object_type == "table" && !scene.is_new(action.object)) {
        scene.report(
            "ban-drop-table",
            fmt::format(
                "{} and its data are gone; code that names it fails", spelled(action.object)),
            "Deploy code that does not use it first; then say so: -- slipway:ignore "
            "ban-drop-table, and the reason.");
    }
}

void judge_rename(Scene& scene, sql::Action const& action) {
    if (action.object_type == "schema") {
        scene.report(
            "renaming-schema",
            fmt::format("code that names the schema {} fails at once", action.object.name),
            "Make a new schema, move to it table by table, and keep views in the old one.");
    } else if (
        action.object_type == "table" && action.column.empty() && !scene.is_new(action.object)) {
        scene.report(
            "renaming-table",
            fmt::format("code that names {} fails at once", spelled(action.object)),
            "Rename it and make a view of the old name in the same transaction; drop the view in a "
            "later release.");
    }
}

} // namespace

void judge_objects(Scene& scene, sql::Action const& action) {
    if (action.kind == Kind::drop) {
        judge_drop(scene, action);
    } else if (action.kind == Kind::rename) {
        judge_rename(scene, action);
    } else if (action.kind == Kind::rename_enum_value && !scene.is_new(action.object)) {
        scene.report(
            "renaming-enum-value",
            fmt::format(
                "code that writes {} to {} fails at once", action.value, action.object.name),
            "Add the new value, let code write it, update the rows, and leave the old one unused.");
    } else if (action.kind == Kind::truncate && action.cascade) {
        scene.report(
            "ban-truncate-cascade",
            fmt::format(
                "every table with a foreign key to {} is emptied too", spelled(action.object)),
            "Name each table that is to be emptied.");
    } else if ((action.kind == Kind::vacuum && action.full) || action.kind == Kind::cluster) {
        std::string const table =
            action.object.name.empty() ? "every table" : spelled(action.object);
        if (!scene.is_new(action.object)) {
            scene.report(
                "prefer-repack",
                fmt::format("{} is rewritten while nobody may read or write", table),
                "Let pg_repack or pg_squeeze do it, outside of migrations.");
        }
    }
}

} // namespace slipway::lint
