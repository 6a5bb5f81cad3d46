// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment/gather.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::deployment {

/// What became of a file that a record vouches for.
enum class LinkState : std::uint8_t {
    intact,   // there, with that checksum
    remote,   // kept elsewhere (S3): not looked at
    unpinned, // the record has no checksum for it
    absent,   // nowhere among the files given
    altered,  // there, with another checksum
};

/// One link of the chain of evidence: an input that a step relied on, or a file that it made.
struct Link {
    bool input = false;
    std::string what; // the tool, or the kind of artifact
    std::string path; // as the record has it
    std::string sha256;
    std::optional<std::uint64_t> bytes;
    LinkState state = LinkState::absent;
    std::string detail;                    // what was found instead, for a person
    record::Found const* target = nullptr; // the record that an input is
};

/// Whether the link no longer proves what it says.
bool broken(LinkState state);

/// The word for a state in reports.
std::string_view name(LinkState state);

/// Finds files by their checksums among all that was given; keeps references to the material.
class Evidence {
public:
    explicit Evidence(Material const& material);

    /// Looks for an input among all records and files; its path is a hint only.
    Link check(record::Input const& input, record::Found const& holder);

    /// Looks at an artifact where its record says it lies.
    Link check(record::Artifact const& artifact, record::Found const& holder);

private:
    std::string sha256_of(fs::Path const& path);
    fs::Path find_file(Link const& link, std::string const& hint);
    void compare(Link& link, fs::Path const& path);

    Material const& material_;
    std::map<std::string, record::Found const*> records_;
    std::map<fs::Path, std::string> hashed_;
};

} // namespace slipway::deployment
