// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: what sqitch.plan and sqitch.conf say.
#pragma once

#include "fs/file.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migration {

/// A tag of the plan.
struct PlannedTag {
    std::string id;
    std::string name; // with its `@`
    std::string note;
    std::string date;
    std::string planner;
    std::string email;
};

/// What a change requires, or what must not be there with it.
struct PlannedDependency {
    std::string text;
    std::string id; // of the change that is required; empty for a conflict
    bool conflict = false;
};

/// A change of the plan, with all that the registry says of it.
struct PlannedChange {
    std::string project;
    std::string uri; // empty where the project has none
    std::string id;
    std::string name;
    std::string note;
    std::string date; // as in the plan: 2026-01-31T10:00:00Z
    std::string planner;
    std::string email;
    std::vector<PlannedDependency> dependencies;
    std::vector<PlannedTag> tags;
    std::string parent;    // the identifier of the change before it; empty for the first
    std::string user_name; // who deploys, where the configuration says so
    std::string user_email;
};

/// Reads a plan, and computes its identifiers as sqitch does. Throws usage with file and line where
/// it is wrong, and where it says what cannot be done exactly: reworked changes, dependencies on
/// other projects.
std::vector<PlannedChange> read_sqitch_plan(fs::Path const& path, std::string_view content);

/// The settings of sqitch.conf by section and name, `core.top_dir`; nothing where there is no file.
std::map<std::string, std::string> read_sqitch_conf(fs::Path const& path);

} // namespace slipway::migration
