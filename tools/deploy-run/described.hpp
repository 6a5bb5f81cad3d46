// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "json/value.hpp"

#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::deploy_run {

/// An option as a tool describes it (docs/schema/describe-1.json).
struct KnownOption {
    std::string name; // `--keep`; a positional's is `RECORD`
    std::string kind;
    std::string element;
    std::vector<std::string> choices;
    std::vector<std::string> verbs;
    std::string variable;               // SLIPWAY_<TOOL>_<NAME>
    std::vector<std::string> variables; // those that teams already have
    bool positional = false;
    bool has_bare = false; // a value may be left out

    [[nodiscard]] bool is_flag() const { return kind == "flag"; }
    [[nodiscard]] bool is_list() const { return kind == "list"; }
    [[nodiscard]] bool is_secret() const { return kind == "secret" || element == "secret"; }
    [[nodiscard]] bool belongs_to(std::string_view verb) const;
};

/// What a tool says of itself.
struct Described {
    std::string tool;
    std::vector<std::string> verbs;
    std::string default_verb;
    std::vector<KnownOption> options;
};

/// Reads the answer to --describe; throws usage where it is none.
Described read_description(std::string_view text, std::string const& tool);

/// The descriptions of the tools of a pipeline, each asked for once.
class Catalogue {
public:
    explicit Catalogue(std::stop_token stop) : stop_(std::move(stop)) {}

    /// Starts the tool with --describe; throws unavailable with the place where there is no such
    /// tool or it gives no answer within ten seconds.
    Described const& of(std::string const& tool, Where const& where);

private:
    std::stop_token stop_;
    std::map<std::string, Described> known_;
};

} // namespace slipway::deploy_run
