// SPDX-License-Identifier: Apache-2.0
#include "source.hpp"

#include "backup/archive.hpp"
#include "backup/restore.hpp"
#include "data_loss.hpp"
#include "error/error.hpp"
#include "guard.hpp"
#include "newer_migrations.hpp"
#include "safety.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

Source::Source(Options const& options, tool::Context& context, std::string mode, std::string tag)
    : options_(options), context_(context), mode_(std::move(mode)), tag_(std::move(tag)) {}

void Source::choose(int server_major, bool production) {
    chosen_ = db_restore::choose(options_, *context_.record.target, context_);
    tell();
    context_.log.info(
        "chose the backup",
        {{"id", manifest().id},
         {"made", time::to_rfc3339(manifest().created_at)},
         {"level", std::string{backup::name(manifest().level)}}});
    require_fit(stored(), *context_.record.target, server_major, production, options_, context_);
}

void Source::unpack() {
    for (auto const& id : backup::sweep(stored().folder, context_.stop)) {
        context_.log.warning("removed what a killed run left behind", {{"id", id}});
    }
    unpacked_.emplace(stored().folder, manifest().id + ".restore-" + tag_, context_.stop);
    backup::unpack(stored().archive_path(), manifest(), unpacked_->path(), context_.stop);
}

void Source::require_place(pg::Connection& connection, pg::ConnInfo const& where) const {
    require_roles(connection, manifest(), options_, context_);
    require_role(connection, options_, context_);
    require_room(connection, where, manifest(), stored().folder, context_);
}

void Source::accept_loss(std::string_view question, pg::Connection& live, bool production) const {
    db_restore::accept_loss(
        question,
        manifest().created_at,
        migrations_since(live, manifest().created_at, &manifest(), context_),
        production,
        options_,
        context_);
}

void Source::save_live(pg::ConnInfo const& where) {
    if (options_.no_safety_backup) {
        return;
    }
    auto const safety = make_safety_backup(where, chosen_, options_, context_);
    auto& data = *context_.record.data;
    data["safety_backup"] = safety.id;
    if (options_.tables.empty()) {
        data["row_changes"] = to_json(row_changes(safety, manifest()));
    }
}

void Source::require_rows(pg::Connection& restored, std::string_view what) const {
    auto const differences = backup::row_differences(restored, manifest());
    std::string const failure = text::join_first(differences, "; ", most_named);
    context_.record.note("restore.rows", "every table has the rows of the manifest", failure);
    if (!failure.empty()) {
        throw Error{
            ErrorKind::failed,
            fmt::format("{} from the manifest: {}", what, failure),
            "Nothing has changed; choose another backup."};
    }
}

void Source::tell_migrations(pg::Connection& live, pg::Connection& restored) const {
    auto const beyond = migrations_beyond(live, restored, context_);
    auto& told = (*context_.record.data)["window"]["migrations"];
    for (auto const& name : beyond) {
        if (std::find(told.begin(), told.end(), name) == told.end()) {
            context_.log.warning(
                "a migration that was not named before leaves with the data", {{"name", name}});
            told.push_back(name);
        }
    }
}

void Source::tell() const {
    auto& data = *context_.record.data;
    data["mode"] = mode_;
    data["backup"] = to_json(chosen_);
}

} // namespace slipway::db_restore
