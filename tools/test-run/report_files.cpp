// SPDX-License-Identifier: Apache-2.0
#include "report_files.hpp"

#include "glob.hpp"

#include <sys/stat.h>

namespace slipway::test_run {

Snapshot look(std::vector<std::string> const& patterns) {
    Snapshot out;
    for (auto const& pattern : patterns) {
        for (auto const& path : expand(pattern)) {
            struct stat facts {};
            if (::stat(path.c_str(), &facts) == 0) {
                out[path.lexically_normal()] = {
                    facts.st_dev,
                    facts.st_ino,
                    static_cast<std::uint64_t>(facts.st_size),
                    facts.st_mtim.tv_sec,
                    facts.st_mtim.tv_nsec};
            }
        }
    }
    return out;
}

Written written_between(Snapshot const& before, Snapshot const& after) {
    Written out;
    for (auto const& [path, identity] : after) {
        auto const old = before.find(path);
        bool const untouched = old != before.end() && old->second == identity;
        (untouched ? out.stale : out.fresh).push_back(path);
    }
    return out;
}

} // namespace slipway::test_run
