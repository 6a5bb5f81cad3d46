// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "log_classes.hpp"
#include "secret/redactor.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::monitor {

/// A log to follow.
struct LogSpec {
    enum class Kind : std::uint8_t { file, standard_input, journald, pm2, cloudwatch };

    std::string name;
    Kind kind = Kind::file;
    std::string what; // the file, the unit, the application, the log group
    bool from_start = false;
    bool may_be_silent = false;
    std::vector<std::string> ignore; // patterns of what is no event
    std::uint64_t bytes = std::uint64_t{64} << 20U;
    std::string directory;                            // journald: another one than the system's
    std::string streams;                              // CloudWatch: a prefix of the streams' names
    std::string filter;                               // CloudWatch: a filter pattern
    std::string region;                               // CloudWatch
    std::string endpoint;                             // CloudWatch
    time::Milliseconds late{std::chrono::minutes{2}}; // CloudWatch: how late events may come
};

/// A figure that the user's own query or command gives.
struct FigureSpec {
    std::string name;
    std::string query;                  // SQL or PromQL, or a shell command
    std::vector<std::string> arguments; // a command without a shell
    std::optional<time::Milliseconds> timeout;
};

/// What docs/schema/monitor-sources-1.json describes.
struct SourcesFile {
    std::vector<std::string> endpoints; // as --url has them
    std::vector<LogSpec> logs;
    std::vector<LogClass> classes = shipped_classes();
    std::vector<FigureSpec> sql;
    std::vector<FigureSpec> commands;
    std::vector<FigureSpec> prometheus;
    std::string prometheus_url;
    std::string prometheus_token; // empty: none

    /// Reads YAML or JSON; throws usage with file and line where it is malformed. `${NAME}` in the
    /// address and token of Prometheus is a variable of the environment.
    static SourcesFile load(fs::Path const& path, secret::Redactor& redactor);
};

/// Reads --log: `[NAME=]FILE`, `-`, `journald:UNIT`, `pm2:APPLICATION`, `cloudwatch:GROUP`; throws
/// usage where it is none.
LogSpec log_of_word(std::string const& word);

/// Throws usage where two logs or two figures of a kind have one name.
void require_distinct(SourcesFile const& sources);

} // namespace slipway::monitor
