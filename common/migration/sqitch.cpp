// SPDX-License-Identifier: Apache-2.0
// sqitch: the changes of sqitch.plan, deploy/, revert/ and verify/ (App::Sqitch 1.3.1).
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "migration/layout.hpp"
#include "migration/sqitch_ledger.hpp"
#include "migration/sqitch_plan.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

constexpr char const* plan_file = "sqitch.plan";

// The folder with the plan: the one given, or the one above it where that is `deploy`.
fs::Path top_of(fs::Path const& path) {
    std::error_code ignored;
    if (std::filesystem::exists(path / plan_file, ignored)) {
        return path;
    }
    auto const absolute = std::filesystem::absolute(path, ignored).lexically_normal();
    auto const folder = absolute.filename().empty() ? absolute.parent_path() : absolute;
    return std::filesystem::exists(folder.parent_path() / plan_file, ignored) ? folder.parent_path()
                                                                              : fs::Path{};
}

bool is_sqitch(Listing const& listing) {
    return !top_of(listing.path).empty();
}

// Settings that lead elsewhere, or give the scripts what psql would not have from us.
void require_usual(fs::Path const& conf, std::map<std::string, std::string> const& settings) {
    for (auto const& [name, value] : settings) {
        auto const dot = name.rfind('.');
        auto const section = name.substr(0, dot);
        auto const key = name.substr(dot + 1);
        bool const variables = section.ends_with("variables");
        bool const elsewhere = (key == "registry" && value != "sqitch") ||
                               (key == "plan_file" && value != plan_file) ||
                               key.starts_with("reworked") ||
                               (key == "extension" && value != "sql") ||
                               (key == "engine" && section == "core" && value != "pg") ||
                               (section != "core" && (key == "top_dir" || key.ends_with("_dir")));
        if (variables || elsewhere) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{}: the setting {} cannot be followed", conf.string(), name),
                "Deploy this project with sqitch itself, or leave the setting out."};
        }
    }
}

std::string
setting(std::map<std::string, std::string> const& settings, char const* name, char const* usual) {
    auto const found = settings.find(name);
    return found == settings.end() ? usual : found->second;
}

fs::Path if_there(fs::Path path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored) ? std::move(path) : fs::Path{};
}

// The registry has room for one change of a project with the same script.
void require_different_scripts(std::vector<File> const& files) {
    std::map<std::string_view, File const*> seen;
    for (auto const& file : files) {
        auto const [at, fresh] = seen.emplace(file.recorded, &file);
        if (!fresh) {
            throw Error{
                ErrorKind::usage,
                fmt::format(
                    "two changes have the same script: {} and {}",
                    at->second->path.string(),
                    file.path.string()),
                "sqitch fails on this, too (23505); add a comment to one of them."};
        }
    }
}

void read_sqitch(Listing const& listing, Folder& folder) {
    auto const top = top_of(listing.path);
    if (top.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("there is no {} in {}", plan_file, listing.path.string()),
            "Name the folder with the plan with --dir."};
    }
    auto const conf = top / "sqitch.conf";
    auto const settings = read_sqitch_conf(conf);
    require_usual(conf, settings);
    auto const scripts = top / setting(settings, "core.top_dir", ".");
    auto const folder_of = [&](char const* name, char const* usual) {
        auto const found = settings.find(name);
        return (found == settings.end() ? scripts / usual : top / found->second).lexically_normal();
    };
    auto const deploy = folder_of("core.deploy_dir", "deploy");
    std::set<fs::Path> known;
    for (auto& change : read_sqitch_plan(top / plan_file, content_of(top / plan_file))) {
        std::string const script = change.name + ".sql";
        fs::Content const content = content_of(deploy / script);
        File file = read_one(change.name, deploy / script, content);
        file.version = change.id;
        file.title = change.note;
        hash::Digest recorded{hash::Algorithm::sha1};
        fs::each_piece(content, [&](std::string_view piece) { recorded.update(piece); });
        file.recorded = recorded.hex();
        file.down = if_there(folder_of("core.revert_dir", "revert") / script);
        file.verify = if_there(folder_of("core.verify_dir", "verify") / script);
        change.user_name = setting(settings, "user.name", "");
        change.user_email = setting(settings, "user.email", "");
        file.planned = std::make_shared<PlannedChange const>(std::move(change));
        known.insert(file.path);
        folder.files.push_back(std::move(file));
    }
    require_different_scripts(folder.files);
    std::error_code ignored;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{deploy, ignored}) {
        if (!entry.is_directory(ignored) && !known.contains(entry.path())) {
            folder.strays.push_back(entry.path());
        }
    }
    std::sort(folder.strays.begin(), folder.strays.end());
}

} // namespace

constinit Layout const sqitch_layout{
    "sqitch",
    "it holds sqitch.plan",
    is_sqitch,
    read_sqitch,
    sqitch_ledger,
    [](std::string_view content) -> std::vector<std::string> { return {hash::sha1_hex(content)}; },
    false,
    false,
    true};

} // namespace slipway::migration
