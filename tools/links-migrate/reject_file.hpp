// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hash/digest.hpp"
#include "tally.hpp"
#include "tool/context.hpp"

#include <cstdint>
#include <vector>

namespace slipway::links_migrate {

/// The rejected items of this start of the tool, one JSON object a line, in a file beside the
/// record that becomes its artifact. No file where there are none.
class RejectFile {
public:
    explicit RejectFile(tool::Context& context);

    void add(std::vector<Reject> const& rejects);

    /// Names the file in the record, with its checksum; call once at the end.
    void close();

private:
    tool::Context& context_;
    fs::Path path_;
    hash::Digest digest_;
    std::uint64_t bytes_ = 0;
};

} // namespace slipway::links_migrate
