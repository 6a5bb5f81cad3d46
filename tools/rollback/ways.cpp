// SPDX-License-Identifier: Apache-2.0
#include "ways.hpp"

#include "damage.hpp"
#include "evidence.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

json::Value const& data_of(record::Found const& found) {
    return *found.record.data;
}

bool changes_data(record::Found const& found, std::string const& environment) {
    auto const& record = found.record;
    bool const one = (record.tool == "migrate-apply" && record.command == "apply") ||
                     (record.tool == "links-migrate" && record.command == "run");
    return one && !record.dry_run && (environment.empty() || record.run.environment == environment);
}

// What a migration asserts of its own work is undone with it; damage is not.
bool is_wrong(std::vector<record::Found> others, std::string const& environment) {
    std::erase_if(others, [](record::Found const& found) {
        auto const& error = found.record.error;
        bool const own =
            found.record.tool == "migrate-apply" || found.record.tool == "links-migrate";
        return own && !(error && tells_damage(*error));
    });
    auto const evidence = read_evidence(others, environment).evidence;
    return std::any_of(evidence.begin(), evidence.end(), [](verdict::Fact const& fact) {
        bool const data = fact.signal == verdict::Signal::data_corruption ||
                          fact.signal == verdict::Signal::failed_data_checks;
        return data && fact.value > 0;
    });
}

// The migrations of one run, the last first; returns why not.
std::string undo_migrations(record::Found const& found, std::vector<Undo>& out) {
    auto const& data = data_of(found);
    auto const& migrations = json::at(data, "migrations");
    for (auto each = migrations.rbegin(); each != migrations.rend(); ++each) {
        if (!each->value("this_run", false)) {
            continue;
        }
        std::string const id = json::text_at(*each, "id");
        std::string const status = json::text_at(*each, "status");
        if (status == "failed") {
            return id + " failed half way";
        }
        if (status != "applied") {
            continue;
        }
        if (!each->value("has_down", false)) {
            return id + " has no down script";
        }
        out.push_back(
            {"migrate-apply",
             {"down",
              "--only",
              id,
              "--dir",
              json::text_at(data, "directory"),
              "--layout",
              json::text_at(data, "layout")},
             id + " by its down script"});
    }
    return {};
}

} // namespace

GentleWay gentle_way(std::vector<record::Found> const& records, std::string const& environment) {
    std::vector<record::Found const*> changes;
    for (auto const* found : record::newest(records)) {
        if (changes_data(*found, environment)) {
            changes.push_back(found);
        }
    }
    GentleWay out;
    if (changes.empty()) {
        out.why_not = "no record says what the deployment did to the database";
        return out;
    }
    if (is_wrong(records, environment)) {
        out.why_not = "data are wrong, and no script brings them back";
        return out;
    }
    std::string const run = changes.back()->record.run.id;
    std::erase_if(changes, [&](auto const* found) { return found->record.run.id != run; });
    for (auto found = changes.rbegin(); found != changes.rend(); ++found) {
        auto const& record = (*found)->record;
        if (record.status == record::Status::running) {
            out.why_not = record.tool + " was killed before it ended";
        } else if (record.tool == "links-migrate") {
            if (!json::at(data_of(**found), "run").is_null()) {
                out.undos.push_back(
                    {"links-migrate", {"rollback"}, "the links by links-migrate rollback"});
            }
        } else if (out.why_not.empty()) {
            out.why_not = undo_migrations(**found, out.undos);
        }
    }
    if (out.why_not.empty() && out.undos.empty()) {
        out.why_not = "the deployment left nothing in the database";
    }
    if (!out.why_not.empty()) {
        out.undos.clear();
    }
    return out;
}

} // namespace slipway::rollback
