// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::deploy_run {

/// A folder of migrations.
struct Migrations {
    std::string folder;
    std::string layout;
    std::size_t files = 0;
};

/// How the project's tests are run, and where they report.
struct TestCommand {
    std::vector<std::string> words;
    std::string report;
    std::string because; // what it was taken from
};

/// What a project's folder tells of how it is deployed.
struct Project {
    std::string name;
    std::vector<Migrations> migrations;
    std::string package_manager; // `npm`, `pnpm`, `yarn`, `bun`; empty: none
    std::optional<TestCommand> tests;
    std::string build;  // a command
    std::string deploy; // a command
    std::string health; // a path such as `/api/health`
    std::string health_place;
    std::vector<std::string> passed_over; // folders that look like migrations and cannot be read
};

/// Looks through the folder; reads at most a few thousand source files for a health endpoint.
Project look_at_project(fs::Path const& folder);

} // namespace slipway::deploy_run
