// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "metrics.hpp"

#include <map>
#include <optional>
#include <string>

namespace slipway::monitor {

/// Which thresholds a run judges by.
class Profile {
public:
    struct Entry {
        std::optional<verdict::Threshold> threshold; // nothing: not judged
        std::string source;
    };

    /// The defaults alone.
    Profile() = default;

    /// The defaults with those of a YAML or JSON file in their place; throws usage with file and
    /// line where it is malformed or names a metric that there is not.
    static Profile load(fs::Path const& path);

    /// What holds for this metric of this endpoint.
    [[nodiscard]] Entry entry(Key const& key) const;

private:
    std::map<std::string, Entry> own_; // by `metric` or `metric/endpoint`
};

} // namespace slipway::monitor
