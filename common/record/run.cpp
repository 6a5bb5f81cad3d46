// SPDX-License-Identifier: Apache-2.0
#include "record/run.hpp"

#include "ci/environment.hpp"
#include "ci/system.hpp"
#include "hash/digest.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <nlohmann/json.hpp>

namespace slipway::record {

namespace {

std::string kept_id(fs::Path const& folder) {
    fs::Path const file = folder / "run.json";
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        std::string const id = json::text_at(json::parse(fs::read_file(file), file.string()), "id");
        if (!id.empty()) {
            return id;
        }
    }
    std::string const id = time::to_basic(time::SystemClock{}.now()) + "-" + hash::random_hex(3);
    fs::make_folder(folder);
    fs::write_atomic(file, json::write(json::Value{{"id", id}}, true));
    return id;
}

std::string first_line(fs::Path const& file) {
    return std::string{text::trim(fs::read_file(file, 65536))};
}

// The folder of git's files for a working folder: `.git`, or what the file `.git` of a worktree
// or submodule names; empty where there is none.
fs::Path git_folder(fs::Path const& working) {
    fs::Path const git = working / ".git";
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(git, ignored)) {
        return std::filesystem::is_regular_file(git / "HEAD", ignored) ? git : fs::Path{};
    }
    std::string const text = first_line(git);
    return text.starts_with("gitdir: ") ? working / text.substr(8) : fs::Path{};
}

std::string commit_of_branch(fs::Path const& git, std::string const& branch) {
    std::error_code ignored;
    fs::Path const shared = std::filesystem::exists(git / "commondir", ignored)
                                ? git / first_line(git / "commondir")
                                : git;
    for (auto const& folder : {git, shared}) {
        if (std::filesystem::exists(folder / branch, ignored)) {
            return first_line(folder / branch);
        }
    }
    if (std::filesystem::exists(shared / "packed-refs", ignored)) {
        std::string const packed = fs::read_file(shared / "packed-refs", 1U << 26U);
        for (auto const line : text::lines(packed)) {
            if (line.ends_with(" " + branch)) {
                return std::string{line.substr(0, line.find(' '))};
            }
        }
    }
    return {};
}

// The commit checked out in the working folder, read from git's files: no process is started for
// a fact that may not even be wanted.
std::string git_commit() {
    std::error_code ignored;
    for (fs::Path at = std::filesystem::current_path(ignored); !at.empty(); at = at.parent_path()) {
        try {
            if (fs::Path const git = git_folder(at); !git.empty()) {
                std::string const head = first_line(git / "HEAD");
                return head.starts_with("ref: ") ? commit_of_branch(git, head.substr(5)) : head;
            }
        } catch (Error const&) {
            return {};
        }
        if (at == at.root_path()) {
            break;
        }
    }
    return {};
}

} // namespace

fs::Path folder() {
    return ci::variable("SLIPWAY_DIR").value_or("slipway-out");
}

Run current_run(fs::Path const& folder, std::string environment, std::string name) {
    auto const facts = ci::detect();
    Run run;
    if (auto const id = ci::variable("SLIPWAY_RUN_ID")) {
        run.id = *id;
    } else {
        run.id = facts.run_id.empty() ? kept_id(folder) : facts.run_id;
    }
    run.attempt = facts.attempt;
    run.job = facts.job;
    run.name = std::move(name);
    run.environment = std::move(environment);
    run.commit = facts.commit.empty() ? git_commit() : facts.commit;
    run.ci = ci::name(facts.system);
    run.url = facts.url;
    run.actor =
        facts.actor.empty() ? ci::first_variable({"USER", "LOGNAME"}).value_or("") : facts.actor;
    return run;
}

std::string file_name(std::string_view tool, std::string_view verb, bool dry_run) {
    std::string out{tool};
    if (!verb.empty()) {
        out += "-" + std::string{verb};
    }
    return out + (dry_run ? "-dry-run.json" : ".json");
}

} // namespace slipway::record
