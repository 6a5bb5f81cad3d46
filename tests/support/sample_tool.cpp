// SPDX-License-Identifier: Apache-2.0
// A tool that does as it is told, to try what every tool inherits from the roof.
#include "cli/spec.hpp"
#include "error/error.hpp"
#include "signal/stop.hpp"
#include "tool/main.hpp"

#include <cstdlib>
#include <new>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace {

using namespace slipway;

struct Options {
    std::string outcome = "pass";
    std::string error;
    std::string say;
    std::string dry_run;
    std::vector<std::string> notes;
    std::int64_t limit = 10;
    std::int64_t problems = 0;
    secret::Secret token;
    fs::Path marker;
    bool reveal = false;
    bool rely = false;
    bool confirm = false;
};

void declare(cli::Spec& spec, Options& options) {
    spec.verb("work", "do as the options say", true);
    spec.verb("list", "list nothing");
    spec.option(options.outcome, "--outcome WHAT", "how it ends")
        .choices({"pass", "warn", "fail", "minor", "skip", "undecided", "sleep", "ignore", "abort"})
        .only_for({"work"})
        .standard("pass");
    spec.option(options.error, "--error KIND", "throw an error of this kind").only_for({"work"});
    spec.option(options.say, "--say TEXT", "the summary");
    spec.option(options.notes, "--note TEXT", "write into the log");
    spec.option(options.limit, "--limit N", "how many to list").only_for({"list"}).standard("10");
    spec.option(options.problems, "--problems N", "tell that many problems");
    spec.option(options.token, "--token TOKEN", "a secret").env("SAMPLE_TOKEN");
    spec.option(options.marker, "--marker FILE", "make this file when the work begins");
    spec.option(options.reveal, "--reveal", "put the secret wherever one could slip through");
    spec.option(options.rely, "--rely", "rely on every input");
    spec.option(options.confirm, "--confirm", "ask before the work");
    spec.dry_run(options.dry_run, {}, "change nothing");
    spec.example("sample-tool --outcome fail", "Fail on purpose");
}

ErrorKind kind_of(std::string const& word) {
    for (auto const kind :
         {ErrorKind::failed,
          ErrorKind::usage,
          ErrorKind::unavailable,
          ErrorKind::refused,
          ErrorKind::timeout,
          ErrorKind::in_doubt,
          ErrorKind::undecided,
          ErrorKind::internal,
          ErrorKind::interrupted,
          ErrorKind::terminated}) {
        if (name(kind) == word) {
            return kind;
        }
    }
    throw Error{ErrorKind::usage, "no such kind: " + word};
}

void fail_as_told(std::string const& word) {
    if (word == "exception") {
        throw std::runtime_error{"something else"};
    }
    if (word == "memory") {
        throw std::bad_alloc{};
    }
    if (word == "number") {
        throw 42; // NOLINT(hicpp-exception-baseclass): what no tool should do
    }
    if (!word.empty()) {
        throw Error{kind_of(word), "told to fail as " + word, "Do not tell it so."}
            .with_sqlstate("XX000")
            .with_where({"sample.sql", 3, 7});
    }
}

void reveal(Options const& options, tool::Context& context) {
    std::string const& token = options.token.reveal();
    context.log.info("the token is " + token, {{"token", token}});
    context.log.problem(log::Level::warning, {token, 1, 1}, token, "token " + token);
    auto& record = context.record;
    record.summary += " " + token;
    record.run.url = "https://user:" + token + "@host/";
    record.add(
        {"token." + token,
         token,
         record::CheckStatus::warned,
         record::Severity::minor,
         token,
         json::Box{token},
         json::Box{json::Value{{token, token}}},
         token,
         {},
         {}});
    *record.data = json::Value{{"list", {token, token}}, {token, "as a key"}};
    record.metrics.push_back({"m", "", {{"label", token}, {token, "x"}}, 1.0, {}});
    record.error = Error{ErrorKind::failed, token, token}.with_where({token, 1, 1});
    record.status = record::Status::failed;
}

void look(Options const& options, tool::Context& context) {
    auto const status = options.outcome == "warn"        ? record::CheckStatus::warned
                        : options.outcome == "skip"      ? record::CheckStatus::skipped
                        : options.outcome == "undecided" ? record::CheckStatus::undecided
                        : options.outcome == "pass"      ? record::CheckStatus::passed
                                                         : record::CheckStatus::failed;
    record::Check check;
    check.id = "sample.check";
    check.status = status;
    check.severity = options.outcome == "minor" ? record::Severity::minor : record::Severity::major;
    context.record.add(check);
}

void run(Options const& options, tool::Context& context) {
    if (options.confirm) {
        context.confirm("do it?");
    }
    context.record.summary = options.say.empty() ? "done" : options.say;
    for (auto const& note : options.notes) {
        context.log.info(note);
    }
    for (std::int64_t i = 0; i < options.problems; ++i) {
        context.log.problem(log::Level::error, {"a.sql", i + 1, 0}, "a problem", "of many");
    }
    if (options.rely) {
        for (auto const& found : context.inputs()) {
            context.rely_on(found);
        }
    }
    if (options.reveal) {
        reveal(options, context);
    }
    if (!options.marker.empty()) {
        fs::write_atomic(options.marker, "here");
    }
    fail_as_told(options.error);
    if (options.outcome == "abort") {
        std::abort();
    }
    if (options.outcome == "sleep") {
        context.clock.sleep(std::chrono::minutes{5}, context.stop);
        signal::throw_if_stopped(context.stop);
    }
    if (options.outcome == "ignore") {
        std::stop_source never;
        context.clock.sleep(std::chrono::minutes{5}, never.get_token());
    }
    look(options, context);
}

} // namespace

int main(int argc, char** argv) {
    constexpr slipway::tool::Definition<Options> definition{
        "sample-tool", "does as it is told", declare, run};
    return slipway::tool::main(argc, argv, definition);
}
