// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arguments.hpp"
#include "json/value.hpp"
#include "order.hpp"
#include "pipeline.hpp"
#include "resume.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::deploy_run {

/// What was decided of a step before anything starts.
enum class Fate : std::uint8_t { run, skip, reuse };

/// One step of a deployment: what was decided, and how far it came.
struct Entry {
    Step step;
    Invocation invocation; // of a tool
    std::string shown;     // its command line for a reader
    std::string definition;
    Fate fate = Fate::run;
    std::string because;  // why it is skipped, or runs again
    bool excused = false; // skipped by --skip-tests: who has it as input goes on without
    fs::Path record;      // where its record lies, or will lie
    std::string status = "waiting";
    std::optional<int> exit_code;
    std::optional<time::Milliseconds> duration;
    std::string sha256; // of its record; empty while there is none
    std::vector<Taken> taken;

    /// Whether it passed and left a record that later steps may rely on.
    [[nodiscard]] bool has_evidence() const {
        return !sha256.empty() && (status == "passed" || status == "warned");
    }
};

/// Why a deployment goes without its tests, and who answers for it.
struct SkippedTests {
    std::string reason;
    std::string approved_by;
};

/// A pipeline made ready for one environment.
struct Deployment {
    Pipeline pipeline;
    std::string environment;
    fs::Path folder; // of the pipeline's record
    std::vector<Entry> entries;
    std::optional<Earlier> resumed_from;
    std::optional<SkippedTests> skipped_tests;
};

/// The `data` of the record (docs/schema/deploy-run-1.json) as things stand.
json::Value data_of(Deployment const& deployment);

/// The path of a file as the record names it: relative to the record's folder.
std::string name_below(fs::Path const& folder, fs::Path const& file);

/// What to type to go on with it; empty options are left out.
std::string command_to_resume(
    Deployment const& deployment,
    std::string const& environment,
    fs::Path const& output);

/// The steps as a Mermaid flow chart.
std::string mermaid(Deployment const& deployment);

} // namespace slipway::deploy_run
