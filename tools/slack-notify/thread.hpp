// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "fs/unique_fd.hpp"
#include "record/record.hpp"
#include "retry/retry.hpp"
#include "slack_api.hpp"

#include <optional>
#include <string>

namespace slipway::slack_notify {

/// The file that says where the message of a deployment stands, for the steps and jobs to come.
/// One process at a time has it: of parallel jobs one opens the thread, and the others go on in it.
class ThreadFile {
public:
    /// Waits for the others within the patience; throws unavailable where that was in vain.
    ThreadFile(fs::Path path, retry::Patience const& patience);

    /// The message of this run, environment and name; nothing where another deployment's is there,
    /// or none, or the file is no such file.
    [[nodiscard]] std::optional<Posted> read(record::Run const& run) const;

    void write(Posted const& posted, record::Run const& run) const;

private:
    fs::Path path_;
    fs::UniqueFd lock_;
};

} // namespace slipway::slack_notify
