// SPDX-License-Identifier: Apache-2.0
#include "fs/content.hpp"
#include "json/value.hpp"
#include "record/write.hpp"
#include "time/rfc3339.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace slipway::record {

void archive(fs::Path const& path) {
    std::error_code code;
    if (!std::filesystem::exists(path, code)) {
        return;
    }
    // A folder or a device (/dev/null) must never be renamed to make room for a record.
    if (!std::filesystem::is_regular_file(path, code)) {
        throw Error{
            ErrorKind::usage,
            fmt::format("cannot write a record to {}: it is no plain file", path.string()),
            "Name a file with --output, such as slipway-out/backup.json."};
    }
    std::string stamp;
    try {
        stamp = json::early_text(fs::read_content(path), "started_at");
    } catch (Error const&) {
        stamp.clear(); // whatever it is, it is kept
    }
    auto const started = time::from_rfc3339(stamp);
    std::string const tag =
        started
            ? fmt::format(
                  "{}.{:03}", time::to_basic(*started), started->time_since_epoch().count() % 1000)
            : "older";
    for (int n = 0;; ++n) {
        std::string const suffix = n == 0 ? "" : fmt::format("-{}", n);
        fs::Path target = path;
        target.replace_filename(
            fmt::format("{}.{}{}{}", path.stem().string(), tag, suffix, path.extension().string()));
        if (!std::filesystem::exists(target, code)) {
            // The record that takes its place syncs the folder in the end.
            std::filesystem::rename(path, target, code);
            if (code) {
                errno = code.value();
                fs::fail("rename", path);
            }
            return;
        }
    }
}

} // namespace slipway::record
