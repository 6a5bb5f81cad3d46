// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/temp_folder.hpp"
#include "proc/command.hpp"
#include "record/read.hpp"
#include "support/record_schema.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::support {

using Words = std::vector<std::string>;
using Environment = std::vector<std::pair<std::string, std::string>>;

/// A new folder to run the sample tool in, with nothing of the caller's CI in its environment.
class Place {
public:
    /// The command, for tests that start it themselves.
    [[nodiscard]] proc::Command command(Words arguments, Environment environment = {}) const {
        proc::Command made;
        made.program = SLIPWAY_BUILD_DIR "/tests/sample-tool";
        made.arguments = std::move(arguments);
        made.environment = std::move(environment);
        made.remove_environment = {
            "CI",
            "GITHUB_ACTIONS",
            "GITHUB_OUTPUT",
            "GITHUB_STEP_SUMMARY",
            "GITHUB_RUN_ID",
            "CODEBUILD_BUILD_ID",
            "SLIPWAY_DIR",
            "SLIPWAY_RUN_ID",
            "SLIPWAY_ENVIRONMENT",
            "NO_COLOR",
            "SAMPLE_TOKEN"};
        made.folder = folder_.path();
        made.timeout = std::chrono::seconds{20};
        return made;
    }

    /// Runs the tool to its end.
    proc::Outcome run(Words arguments, Environment environment = {}) const {
        return proc::run(command(std::move(arguments), std::move(environment)), {});
    }

    [[nodiscard]] fs::Path path(std::string_view name) const { return folder_.path() / name; }
    [[nodiscard]] fs::Path record_path() const { return path("slipway-out/sample-tool-work.json"); }

    /// The record that the tool left; every record of every test is judged by the schema.
    [[nodiscard]] record::Record record(fs::Path const& file) const {
        require_valid_record(file);
        return record::read(file).record;
    }
    [[nodiscard]] record::Record record() const { return record(record_path()); }

    /// The names of the files of a folder, sorted.
    [[nodiscard]] Words files(std::string_view name = "slipway-out") const {
        Words out;
        std::error_code ignored;
        for (auto const& entry : std::filesystem::directory_iterator{path(name), ignored}) {
            out.push_back(entry.path().filename().string());
        }
        std::sort(out.begin(), out.end());
        return out;
    }

private:
    fs::TempFolder folder_{"cli-test-"};
};

} // namespace slipway::support
