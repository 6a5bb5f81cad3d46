// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "secret/redactor.hpp"
#include "suite.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::smoke_http {

/// What a suite is read with.
struct Reading {
    std::string base_url;                         // instead of the suite's, where not empty
    std::map<std::string, std::string> variables; // of --var
    std::vector<std::string> tags;                // empty: all steps
    config::Lookup environment;
    secret::Redactor& redactor; // learns the values of secret variables
    std::string prefix = "";    // of the ids in the record, where there are several suites
};

/// Several suites that run one after the other, and those that they include.
struct Suites {
    std::vector<Suite> included;
    std::vector<Suite> own;
};

/// Reads a suite of JSON or YAML (docs/schema/smoke-suite-1.json), keeps the steps with one of the
/// tags and those that they need, and compiles its expressions; throws usage with file and line.
Suite read_suite(fs::Path const& path, Reading const& reading);

/// As read_suite, of several; each included suite once.
Suites read_suites(std::vector<fs::Path> const& paths, Reading const& reading);

} // namespace slipway::smoke_http
