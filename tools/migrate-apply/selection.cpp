// SPDX-License-Identifier: Apache-2.0
// Which migrations a run is about.
#include "session.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::migrate_apply {

using migration::Item;
using migration::State;

namespace {

std::string names(std::vector<Item const*> const& items) {
    std::vector<std::string> out;
    for (auto const* item : items) {
        out.push_back(item->id);
    }
    return text::join(out, ", ");
}

// A number alone names a migration: --only 0021.
bool is_named(Item const& item, std::string const& word) {
    return item.id == word || item.file.version == word || item.id.starts_with(word + "_");
}

} // namespace

void Session::refuse_unsound() const {
    if (auto const drifted = standing.in_state(State::drifted); !drifted.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("edited since it was applied: {}", names(drifted)),
            "Restore the file as it was applied, and put the change into a new migration."}
            .with_where({drifted.front()->file.path.string(), 0, 0});
    }
    auto const missing = standing.in_state(State::missing);
    if (!missing.empty() && migration::refuses_missing(folder.layout)) {
        throw Error{
            ErrorKind::refused,
            fmt::format("applied, but not in {}: {}", folder.path.string(), names(missing)),
            fmt::format(
                "Restore the file. {} itself goes no further either, until its row is taken out "
                "of {}.",
                folder.layout,
                ledger->table())};
    }
    for (auto const* failed : standing.in_state(State::failed)) {
        if (!failed->resumable) {
            throw Error{
                ErrorKind::refused,
                fmt::format(
                    "{} was begun and not finished{}",
                    failed->id,
                    failed->entry.log.empty() ? "" : ": " + text::shorten(failed->entry.log, 300)),
                fmt::format(
                    "Look at what of it is in the database, then say so: migrate-apply resolve {} "
                    "--as applied, or --as rolled-back.",
                    failed->id)};
        }
    }
}

Item const& Session::named(std::string const& word) const {
    auto const found =
        std::find_if(standing.items.begin(), standing.items.end(), [&](Item const& item) {
            return is_named(item, word);
        });
    if (found == standing.items.end()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("no migration {} in {}", word, folder.path.string()),
            "migrate-apply status lists them."};
    }
    return *found;
}

bool Session::chosen(Item const& item, bool& past_end) const {
    if (!options.only.empty()) {
        return is_named(item, options.only);
    }
    bool const inside = !past_end;
    past_end = past_end || (!options.to.empty() && is_named(item, options.to));
    return inside;
}

std::vector<Item const*> Session::selected() const {
    require_look();
    refuse_unsound();
    std::string const usual = migration::applies_late(folder.layout) ? "apply" : "error";
    std::string const& policy = options.out_of_order.empty() ? usual : options.out_of_order;
    if (auto const& word = options.only.empty() ? options.to : options.only; !word.empty()) {
        static_cast<void>(named(word));
    }
    bool past_end = false;
    std::vector<Item const*> out;
    for (auto const& item : standing.items) {
        if (!chosen(item, past_end) || !item.applies()) {
            continue;
        }
        if (item.out_of_order && policy == "ignore") {
            context.log.warning(fmt::format("{} is passed over: a later one is applied", item.id));
            continue;
        }
        if (item.out_of_order && policy == "error") {
            throw Error{
                ErrorKind::refused,
                fmt::format("{} is pending, but a later migration is applied", item.id),
                "Rename it so that it comes last, or say --out-of-order apply."}
                .with_where({item.file.path.string(), 0, 0});
        }
        out.push_back(&item);
    }
    return out;
}

} // namespace slipway::migrate_apply
