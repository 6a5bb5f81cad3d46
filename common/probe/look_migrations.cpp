// SPDX-License-Identifier: Apache-2.0
#include "migration/history.hpp"
#include "migration/state.hpp"
#include "probe/look.hpp"
#include "probe/looking.hpp"
#include "text/join.hpp"

#include <utility>

#include <fmt/format.h>

namespace slipway::probe {

namespace {

using migration::Item;
using migration::State;

constexpr std::size_t most_named = 5;

std::string named(std::vector<Item const*> const& items) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < std::min(items.size(), most_named); ++i) {
        ids.push_back(items[i]->id);
    }
    auto text = text::join(ids, ", ");
    return items.size() > most_named
               ? fmt::format("{} and {} more", text, items.size() - most_named)
               : text;
}

// What stands in the way, by state; empty where all is applied as it lies in the folder.
std::vector<std::string> faults_of(migration::Standing const& standing) {
    std::vector<std::string> faults;
    auto const add = [&](State state, std::string_view word) {
        auto const items = standing.in_state(state);
        if (!items.empty()) {
            faults.push_back(fmt::format("{} {}: {}", items.size(), word, named(items)));
        }
    };
    add(State::failed, "failed");
    add(State::drifted, "edited since it was applied");
    add(State::pending, "pending");
    add(State::rolled_back, "rolled back and pending");
    return faults;
}

} // namespace

Look look_at_migrations(
    std::string const& id,
    std::string const& folder,
    pg::ConnInfo const& target,
    pg::Options const& options) {
    auto check = begun(id, fmt::format("All migrations of {} are applied", folder));
    return guarded(std::move(check), [&](record::Check const& made) {
        auto const files = migration::read_named_folder(folder);
        auto connection = pg::Connection::open(target, options);
        auto const ledger = migration::ledger_of(files, target);
        auto const standing = migration::compare(files, ledger->read(connection));
        auto const faults = faults_of(standing);
        auto const missing = standing.in_state(State::missing);
        if (!faults.empty()) {
            return wrong(
                made,
                text::join(faults, "; "),
                "migrate-apply status tells more; migrate-apply applies what is pending.");
        }
        auto look = good(
            made,
            missing.empty() ? fmt::format(
                                  "{} applied ({})",
                                  text::counted(files.files.size(), "migration"),
                                  files.layout)
                            : fmt::format("applied, but without a file here: {}", named(missing)));
        look.checks[0].status =
            missing.empty() ? record::CheckStatus::passed : record::CheckStatus::warned;
        return look;
    });
}

} // namespace slipway::probe
