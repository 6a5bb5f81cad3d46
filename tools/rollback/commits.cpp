// SPDX-License-Identifier: Apache-2.0
#include "commits.hpp"

#include "error/error.hpp"
#include "proc/command.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <charconv>

#include <fmt/format.h>

namespace slipway::rollback {

namespace {

constexpr std::size_t most_offered = 10;
constexpr time::Milliseconds git_time{30'000};

std::string git(std::vector<std::string> arguments, std::stop_token const& stop) {
    proc::Command command;
    command.program = "git";
    command.arguments = std::move(arguments);
    command.timeout = git_time;
    auto const outcome = proc::run(command, stop);
    if (!outcome.ok()) {
        throw Error{
            ErrorKind::usage,
            "git: " + text::printable_line(text::trim(outcome.error_tail)),
            "Run rollback in a working copy of the application with its history (in CI: fetch more "
            "than the last commit)."};
    }
    return outcome.output;
}

// `<sha> <date> <subject>`, one a line.
std::vector<Commit> read(std::string_view output) {
    std::vector<Commit> out;
    for (auto const line : text::lines(output)) {
        auto const space = line.find(' ');
        if (space != std::string_view::npos) {
            out.push_back(
                {std::string{line.substr(0, space)}, text::printable_line(line.substr(space + 1))});
        }
    }
    return out;
}

} // namespace

std::vector<Commit> recent_commits(std::size_t count, std::stop_token const& stop) {
    return read(
        git({"log",
             "--first-parent",
             "--skip=1",
             fmt::format("--max-count={}", count),
             "--format=%H %cs %s"},
            stop));
}

Commit resolve_commit(std::string const& name, std::stop_token const& stop) {
    if (name.starts_with('-')) {
        throw Error{ErrorKind::usage, name + " is no commit"};
    }
    auto const found =
        read(git({"log", "--max-count=1", "--format=%H %cs %s", name + "^{commit}", "--"}, stop));
    if (found.empty()) {
        throw Error{ErrorKind::usage, "there is no commit " + name};
    }
    return found.front();
}

Commit target_commit(std::string const& wanted, tool::Context& context) {
    if (wanted != "choose") {
        return resolve_commit(wanted, context.stop);
    }
    auto const offered = recent_commits(most_offered, context.stop);
    std::string question = "Back to which commit?\n";
    for (std::size_t i = 0; i < offered.size(); ++i) {
        question +=
            fmt::format("  {:2}  {}  {}\n", i + 1, offered[i].sha.substr(0, 12), offered[i].words);
    }
    auto const said = context.answer(question + "Number:");
    std::size_t number = 0;
    if (said) {
        std::from_chars(said->data(), said->data() + said->size(), number);
    }
    if (number < 1 || number > offered.size()) {
        throw Error{
            ErrorKind::refused,
            said ? "no commit was chosen" : "nobody can be asked which commit",
            "Name it: --to-commit SHA."};
    }
    return offered[number - 1];
}

} // namespace slipway::rollback
