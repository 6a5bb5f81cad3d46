// SPDX-License-Identifier: Apache-2.0
#include "ci/system.hpp"
#include "fs/file.hpp"
#include "look.hpp"
#include "proc/command.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t short_commit = 12;

std::optional<std::string> git(Look const& look, std::vector<std::string> arguments) {
    proc::Command command;
    command.program = "git";
    command.arguments = std::move(arguments);
    command.timeout = 5s;
    auto const outcome = proc::run(command, look.context.stop);
    if (!outcome.ok()) {
        return std::nullopt;
    }
    return std::string{text::trim(outcome.output)};
}

// `release/*` or a whole name.
bool matches(std::string_view pattern, std::string_view name) {
    auto const star = pattern.find('*');
    if (star == std::string_view::npos) {
        return pattern == name;
    }
    auto const before = pattern.substr(0, star);
    auto const after = pattern.substr(star + 1);
    return name.size() >= before.size() + after.size() && name.starts_with(before) &&
           name.ends_with(after);
}

void look_at_branch(Look const& look, Findings& findings) {
    auto const ref = ci::detect().ref;
    std::string branch = ref.starts_with("refs/heads/")
                             ? ref.substr(std::string_view{"refs/heads/"}.size())
                             : git(look, {"branch", "--show-current"}).value_or("");
    if (ref.starts_with("refs/tags/")) {
        findings.passed(
            "repo.branch", "a tag: " + ref.substr(std::string_view{"refs/tags/"}.size()));
        return;
    }
    auto const& allowed = look.options.branches;
    bool const good = std::any_of(
        allowed.begin(), allowed.end(), [&](auto const& each) { return matches(each, branch); });
    auto const message = branch.empty() ? "no branch is checked out" : "the branch is " + branch;
    if (good) {
        findings.passed("repo.branch", message);
    } else if (look.production) {
        findings.failed(
            "repo.branch",
            fmt::format("{}, allowed for production: {}", message, text::join(allowed, ", ")));
    } else {
        findings.skipped("repo.branch", message + "; the rule is for production");
    }
}

void look_at_commit(Look const& look, Findings& findings, std::string const& head) {
    auto const& wanted = look.context.record.run.commit;
    if (wanted.empty()) {
        findings.skipped("repo.commit", "the run names no commit");
    } else if (wanted == head) {
        findings.passed("repo.commit", head.substr(0, short_commit));
    } else {
        findings.failed(
            "repo.commit",
            fmt::format(
                "{} is checked out, the run is about {}",
                head.substr(0, short_commit),
                wanted.substr(0, short_commit)));
    }
    auto const remotes = git(look, {"branch", "--remotes", "--contains", head});
    !remotes || remotes->empty() ? findings.warned("repo.pushed", "no remote branch holds it")
                                 : findings.passed("repo.pushed", "it is");
}

void look_at_lock_file(Findings& findings) {
    std::error_code ignored;
    if (!std::filesystem::exists("package.json", ignored)) {
        findings.skipped("repo.lock_file", "no package.json here");
        return;
    }
    for (char const* name :
         {"package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "npm-shrinkwrap.json"}) {
        if (std::filesystem::exists(name, ignored)) {
            findings.passed("repo.lock_file", name);
            return;
        }
    }
    findings.warned("repo.lock_file", "package.json has no lock file beside it");
}

void look_at_operation(Look const& look, Findings& findings) {
    fs::Path const folder = git(look, {"rev-parse", "--git-dir"}).value_or(".git");
    std::vector<std::string> under_way;
    for (auto const& [file, name, end] :
         {std::tuple{"MERGE_HEAD", "a merge", "git merge --abort"},
          std::tuple{"rebase-merge", "a rebase", "git rebase --abort"},
          std::tuple{"rebase-apply", "a rebase", "git rebase --abort"},
          std::tuple{"CHERRY_PICK_HEAD", "a cherry-pick", "git cherry-pick --abort"},
          std::tuple{"BISECT_LOG", "a bisect", "git bisect reset"}}) {
        std::error_code ignored;
        if (std::filesystem::exists(folder / file, ignored)) {
            under_way.push_back(fmt::format("{} ({})", name, end));
        }
    }
    findings.none_of("repo.operation", under_way, "none is", Findings::Amiss::fails);
}

// `.env.example` and the like are made to be committed.
void look_at_env_files(Look const& look, Findings& findings) {
    auto const listed =
        git(look, {"ls-files", "--", ":(glob)**/.env", ":(glob)**/.env.*", ":(glob)**/*.pem"})
            .value_or("");
    std::vector<std::string> committed;
    for (auto const line : text::lines(listed)) {
        bool const is_model = line.ends_with(".example") || line.ends_with(".sample") ||
                              line.ends_with(".template") || line.ends_with(".dist");
        if (!is_model && !line.empty()) {
            committed.emplace_back(line);
        }
    }
    findings.none_of(
        "repo.env_file",
        committed,
        "none is",
        Findings::Amiss::fails,
        committed.empty() ? ""
                          : fmt::format(
                                "git rm --cached {}; then add it to .gitignore, and replace the "
                                "secrets in it.",
                                committed[0]));
}

void look_at_tag(Look const& look, Findings& findings) {
    if (look.options.tags.empty()) {
        findings.skipped("repo.tag", "none named with --require-tag");
        return;
    }
    auto const tags = git(look, {"tag", "--points-at", "HEAD"}).value_or("");
    for (auto const tag : text::lines(tags)) {
        for (auto const& wanted : look.options.tags) {
            if (matches(wanted, tag)) {
                findings.passed("repo.tag", std::string{tag});
                return;
            }
        }
    }
    findings.failed(
        "repo.tag",
        fmt::format(
            "{}, wanted: {}",
            tags.empty() ? "it has none" : "it has " + text::printable_line(tags),
            text::join(look.options.tags, ", ")));
}

} // namespace

void look_at_repo(Look const& look, Findings& findings) {
    look_at_lock_file(findings);
    if (proc::find_program("git").empty()) {
        findings.skip_rest("repo", "git is not here");
        return;
    }
    auto const head = git(look, {"rev-parse", "--verify", "HEAD"});
    if (!head) {
        findings.warned("repo.checkout", "no commit is checked out here");
        findings.skip_rest("repo", "no commit is checked out here");
        return;
    }
    findings.passed("repo.checkout", head->substr(0, short_commit));
    auto const status = git(look, {"status", "--porcelain", "--untracked-files=no"});
    if (!status) {
        findings.undecided("repo.clean", "git status failed");
    } else {
        std::vector<std::string> changed;
        for (auto const line : text::lines(*status)) {
            changed.emplace_back(text::trim(line.substr(line.find(' ') + 1)));
        }
        findings.none_of(
            "repo.clean",
            changed,
            "it is",
            look.production ? Findings::Amiss::fails : Findings::Amiss::warns);
    }
    look_at_operation(look, findings);
    look_at_env_files(look, findings);
    look_at_tag(look, findings);
    look_at_branch(look, findings);
    look_at_commit(look, findings, *head);
}

} // namespace slipway::preflight
