// SPDX-License-Identifier: Apache-2.0
#include "lint/scene.hpp"

#include <fmt/format.h>

namespace slipway::lint {

namespace {

using Kind = sql::Action::Kind;

constexpr std::size_t most_index_columns = 3;

void judge_concurrent(Scene& scene, std::string_view command) {
    if (scene.in_block) {
        scene.report(
            "ban-concurrent-index-creation-in-transaction",
            fmt::format("the server refuses {} CONCURRENTLY between BEGIN and COMMIT", command),
            "Take BEGIN and COMMIT out of the file: migrate-apply then runs it statement by "
            "statement.");
    }
    bool const builds = command != "DROP INDEX";
    if (builds && scene.server_version() >= 140'000 && scene.server_version() < 140'004) {
        scene.report(
            "concurrent-index-corruption",
            fmt::format("{} CONCURRENTLY can build a wrong index on this server", command),
            "Update the server to 14.4 or later first; these releases build such an index wrongly "
            "while rows are updated.");
    }
}

void judge_creation(Scene& scene, sql::Action const& action) {
    if (!action.unique && action.index_columns.size() > most_index_columns) {
        scene.report(
            "wide-index",
            fmt::format("an index of {} columns", action.index_columns.size()),
            "Put the two or three columns that narrow most into it.");
    }
    if (action.concurrently) {
        judge_concurrent(scene, "CREATE INDEX");
    } else if (!scene.is_new(action.object)) {
        scene.report(
            "require-concurrent-index-creation",
            fmt::format("writes to {} wait until the index is built", spelled(action.object)),
            "Say CREATE INDEX CONCURRENTLY, in a file of its own: migrate-apply runs that without "
            "a transaction.");
    }
}

void judge_reindex(Scene& scene, sql::Action const& action) {
    if (action.concurrently) {
        judge_concurrent(scene, "REINDEX");
    } else if (
        action.object_type != "system" && !scene.older_than(12) && !scene.is_new(action.object)) {
        scene.report(
            "require-concurrent-reindex",
            fmt::format(
                "writes wait while the {} {} is built again",
                action.object_type,
                spelled(action.object)),
            "Say REINDEX … CONCURRENTLY.");
    }
}

} // namespace

void judge_indexes(Scene& scene, sql::Action const& action) {
    if (action.kind == Kind::create_index) {
        judge_creation(scene, action);
    } else if (action.kind == Kind::reindex) {
        judge_reindex(scene, action);
    } else if (action.kind == Kind::drop && action.object_type == "index") {
        if (action.concurrently) {
            judge_concurrent(scene, "DROP INDEX");
        } else if (!scene.is_new(action.object)) {
            scene.report(
                "require-concurrent-index-deletion",
                fmt::format(
                    "reads and writes of its table wait while {} is dropped",
                    spelled(action.object)),
                "Say DROP INDEX CONCURRENTLY, in a file of its own.");
        }
    } else if (
        action.kind == Kind::detach_partition && !action.concurrently && !scene.older_than(14) &&
        !scene.is_new(action.object)) {
        scene.report(
            "require-concurrent-partition-detach",
            fmt::format(
                "reads and writes of {} wait while {} is detached",
                spelled(action.object),
                action.name),
            "Say DETACH PARTITION … CONCURRENTLY, in a file of its own.");
    }
}

} // namespace slipway::lint
