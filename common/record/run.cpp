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

// The commit checked out in the working folder, read from git's files: no process is started for
// a fact that may not even be wanted.
std::string git_commit() {
    std::error_code ignored;
    for (fs::Path at = std::filesystem::current_path(ignored); !at.empty(); at = at.parent_path()) {
        fs::Path const head = at / ".git" / "HEAD";
        if (std::filesystem::is_regular_file(head, ignored)) {
            try {
                std::string const text{text::trim(fs::read_file(head, 4096))};
                if (!text.starts_with("ref: ")) {
                    return text;
                }
                fs::Path const ref = at / ".git" / text.substr(5);
                return std::filesystem::exists(ref, ignored)
                           ? std::string{text::trim(fs::read_file(ref, 4096))}
                           : std::string{};
            } catch (Error const&) {
                return {};
            }
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
