// SPDX-License-Identifier: Apache-2.0
#include "tool/context.hpp"

#include "error/error.hpp"
#include "record/write.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::tool {

namespace {

// One line of the terminal, or nothing where it was closed; ends at once on a stop.
std::optional<std::string> ask(std::string_view question, std::stop_token const& stop) {
    fmt::print(stderr, "{} ", question);
    signal::StopFd const stop_fd{stop};
    std::array<pollfd, 2> fds{{{STDIN_FILENO, POLLIN, 0}, {stop_fd.get(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), -1);
    signal::throw_if_stopped(stop);
    std::array<char, 256> buffer{};
    ssize_t const got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) {
        return std::nullopt;
    }
    return std::string{text::trim({buffer.data(), static_cast<std::size_t>(got)})};
}

} // namespace

std::vector<record::Found> const& Context::inputs() {
    if (!inputs_) {
        inputs_ = record::collect(options.inputs);
    }
    return *inputs_;
}

void Context::rely_on(record::Found const& found) {
    auto const already = [&](record::Input const& input) {
        return input.sha256 == found.sha256;
    };
    if (std::none_of(record.inputs.begin(), record.inputs.end(), already)) {
        record.inputs.push_back(record::input_of(found, folder()));
    }
}

fs::Path Context::folder() const {
    return record_path.has_parent_path() ? record_path.parent_path() : fs::Path{"."};
}

bool Context::production(bool local_server) const {
    if (options.environment.empty()) {
        return !local_server;
    }
    auto const& relaxed = options.relaxed_environments;
    return std::find(relaxed.begin(), relaxed.end(), options.environment) == relaxed.end();
}

std::optional<std::string> Context::answer(std::string_view question) const {
    bool const terminal = !in_ci && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
    return terminal ? ask(question, stop) : std::nullopt;
}

void Context::confirm(std::string_view question) {
    if (options.yes) {
        return;
    }
    auto const said = answer(fmt::format("{} [y/N]", question));
    if (said &&
        (text::equal_ignoring_case(*said, "y") || text::equal_ignoring_case(*said, "yes"))) {
        return;
    }
    throw Error{
        ErrorKind::refused,
        fmt::format("not confirmed: {}", question),
        "Give --yes to confirm where nobody can be asked."};
}

void Context::judge_by_checks() {
    bool const strict =
        options.on_undecided.empty() ? production(true) : options.on_undecided == "fail";
    record.status = record::judge(
        record.checks, strict ? record::OnUndecided::fail : record::OnUndecided::pass);
}

void Context::checkpoint() const {
    // Whatever is known by now: a run that is killed after this is no evidence.
    record::Record unfinished = record;
    unfinished.status = record::Status::running;
    unfinished.exit_code.reset();
    unfinished.finished_at.reset();
    record::write(unfinished, record_path, redactor);
}

} // namespace slipway::tool
