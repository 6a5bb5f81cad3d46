// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/spec.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::config {
class Document;
}

namespace slipway::tool {

/// The values for options in a --config file: under the tool's name, else at the top for the
/// options that every tool has (`environment: staging`, `db-backup: {keep: 7}`).
class Configuration {
public:
    explicit Configuration(cli::Spec const& spec) : spec_(spec) {}

    /// The option's values in the file, which is read at the first call; throws usage with file
    /// and line where it is malformed, names an option that this tool does not have, or holds a
    /// secret.
    std::optional<std::vector<std::string>> values(fs::Path const& path, cli::Option const& option);

private:
    void load(fs::Path const& path);

    cli::Spec const& spec_;
    std::shared_ptr<config::Document const> document_;
};

} // namespace slipway::tool
