// SPDX-License-Identifier: Apache-2.0
#include "db_restore.hpp"
#include "error/error.hpp"
#include "pg/quote.hpp"
#include "site.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

// The databases to drop; nothing but what a swap has replaced.
std::vector<Sibling> condemned(Site& site, std::vector<std::string> const& named) {
    auto out = site.siblings();
    std::erase_if(out, [](Sibling const& one) { return one.marker.stage != Stage::previous; });
    for (auto const& name : named) {
        if (std::none_of(
                out.begin(), out.end(), [&](auto const& one) { return one.name == name; })) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} is no database that {} has replaced", name, site.live()),
                "db-restore status names those that are."};
        }
    }
    if (!named.empty()) {
        std::erase_if(out, [&](Sibling const& one) {
            return std::find(named.begin(), named.end(), one.name) == named.end();
        });
    }
    return out;
}

void drop(Site& site, Sibling const& one, bool terminate) {
    auto& connection = site.connection();
    std::string const quoted = pg::quote_identifier(one.name);
    connection.exec("alter database " + quoted + " is_template false");
    connection.exec(
        "drop database " + quoted +
        (terminate && connection.server_version() >= 130'000 ? " with (force)" : ""));
}

std::vector<std::string> names(std::vector<Sibling> const& siblings) {
    std::vector<std::string> out;
    for (auto const& one : siblings) {
        out.push_back(one.name);
    }
    return out;
}

} // namespace

void retire(Options const& options, tool::Context& context) {
    Site site{options, context};
    auto const doomed = condemned(site, options.databases);
    auto& data = *context.record.data;
    data["live"] = {{"database", site.live()}, {"oid", site.live_oid()}};
    data["retired"] = json::Value::array();
    std::string const list = text::join_first(names(doomed), ", ", most_named);
    if (!options.dry_run.empty()) {
        context.record.summary = doomed.empty() ? "Nothing to drop" : "Would drop " + list;
        data["would_retire"] = names(doomed);
        return;
    }
    if (doomed.empty()) {
        context.record.summary = "Nothing to drop";
        context.record.status = record::Status::skipped;
        return;
    }
    context.confirm(fmt::format("Drop {} for good?", list));
    site.lock();
    data["removed"] = site.sweep();
    for (auto const& one : condemned(site, names(doomed))) {
        drop(site, one, options.terminate);
        data["retired"].push_back(one.name);
        context.log.info("dropped", {{"database", one.name}});
        context.checkpoint();
    }
    context.record.note("retire.done", "the replaced databases are dropped", "");
    context.record.summary = "Dropped " + list;
}

} // namespace slipway::db_restore
