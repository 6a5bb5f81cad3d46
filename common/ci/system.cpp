// SPDX-License-Identifier: Apache-2.0
#include "ci/system.hpp"

#include "ci/environment.hpp"
#include "fs/file.hpp"
#include "hash/digest.hpp"
#include "text/join.hpp"

#include <charconv>

#include <fmt/format.h>

namespace slipway::ci {

namespace {

std::string value_of(std::string_view name) {
    return variable(name).value_or("");
}

std::int64_t number_of(std::string_view name, std::int64_t otherwise) {
    std::string const text = value_of(name);
    std::int64_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

Facts github() {
    Facts facts;
    facts.system = System::github;
    facts.run_id = value_of("GITHUB_RUN_ID");
    facts.attempt = number_of("GITHUB_RUN_ATTEMPT", 1);
    facts.job = value_of("GITHUB_JOB");
    facts.commit = value_of("GITHUB_SHA");
    facts.ref = value_of("GITHUB_REF");
    facts.actor = first_variable({"GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR"}).value_or("");
    std::string const repository = value_of("GITHUB_REPOSITORY");
    if (!repository.empty() && !facts.run_id.empty()) {
        facts.url = fmt::format(
            "{}/{}/actions/runs/{}",
            variable("GITHUB_SERVER_URL").value_or("https://github.com"),
            repository,
            facts.run_id);
    }
    return facts;
}

Facts codebuild() {
    Facts facts;
    facts.system = System::codebuild;
    // A pipeline or a batch has one id over several builds; a single build has only its own.
    facts.run_id = first_variable({"CODEPIPELINE_EXECUTION_ID",
                                   "CODEBUILD_BATCH_BUILD_IDENTIFIER_ID",
                                   "CODEBUILD_BUILD_ID"})
                       .value_or("");
    facts.attempt = 1;
    facts.job =
        first_variable({"CODEBUILD_BATCH_BUILD_IDENTIFIER", "CODEBUILD_PROJECT"}).value_or("");
    facts.commit = value_of("CODEBUILD_RESOLVED_SOURCE_VERSION");
    facts.ref = value_of("CODEBUILD_WEBHOOK_HEAD_REF");
    facts.url = value_of("CODEBUILD_BUILD_URL");
    facts.actor = value_of("CODEBUILD_INITIATOR");
    return facts;
}

// GitHub's own escaping of workflow commands: data, and properties with `:` and `,` as well.
std::string escape_data(std::string_view value) {
    std::string out = text::replace_all(value, "%", "%25");
    out = text::replace_all(out, "\r", "%0D");
    return text::replace_all(out, "\n", "%0A");
}

std::string escape_property(std::string_view value) {
    std::string const out = text::replace_all(escape_data(value), ":", "%3A");
    return text::replace_all(out, ",", "%2C");
}

std::string_view command_of(Level level) {
    switch (level) {
    case Level::notice:
        return "notice";
    case Level::warning:
        return "warning";
    case Level::error:
        return "error";
    }
    return "error";
}

} // namespace

Facts detect() {
    if (value_of("GITHUB_ACTIONS") == "true") {
        return github();
    }
    if (variable("CODEBUILD_BUILD_ID")) {
        return codebuild();
    }
    Facts facts;
    facts.system =
        value_of("CI").empty() || value_of("CI") == "false" ? System::none : System::other;
    return facts;
}

std::string_view name(System system) {
    switch (system) {
    case System::none:
        return "";
    case System::github:
        return "github";
    case System::codebuild:
        return "codebuild";
    case System::other:
        return "other";
    }
    return "";
}

std::string
annotation(Level level, Where const& where, std::string_view title, std::string_view message) {
    std::string properties;
    auto const add = [&](std::string_view key, std::string const& value) {
        if (!value.empty()) {
            properties += fmt::format("{}{}={}", properties.empty() ? " " : ",", key, value);
        }
    };
    add("file", escape_property(where.file));
    add("line", where.line > 0 ? std::to_string(where.line) : "");
    add("col", where.column > 0 ? std::to_string(where.column) : "");
    add("title", escape_property(title));
    return fmt::format("::{}{}::{}\n", command_of(level), properties, escape_data(message));
}

std::string mask_command(std::string_view value) {
    return fmt::format("::add-mask::{}\n", escape_data(value));
}

void write_output(std::string_view name, std::string_view value) {
    if (auto const file = variable("GITHUB_OUTPUT")) {
        std::string const delimiter = "slipway_" + hash::random_hex(12);
        fs::append(*file, fmt::format("{}<<{}\n{}\n{}\n", name, delimiter, value, delimiter));
    }
}

void write_step_summary(std::string_view markdown) {
    if (auto const file = variable("GITHUB_STEP_SUMMARY")) {
        fs::append(*file, markdown);
    }
}

} // namespace slipway::ci
