// SPDX-License-Identifier: Apache-2.0
#include "support/shadow_site.hpp"

namespace slipway::support {

fs::Path ShadowSite::cache() {
    return fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
}

ToolRun ShadowSite::shadow(std::vector<std::string> args, Environment more) const {
    args.insert(args.begin(), "--dry-run");
    more.emplace_back("SLIPWAY_RUN_ID", db.name());
    return run(std::move(args), more);
}

ToolRun ShadowSite::embedded(std::vector<std::string> args, Environment const& more) const {
    args.insert(args.end(), {"--shadow", "embedded", "--shadow-cache", cache().string()});
    return shadow(std::move(args), more);
}

std::vector<std::string> ShadowSite::leftovers() const {
    std::vector<std::string> out;
    auto connection = db.connect();
    auto const found = connection.exec(
        "select datname::text from pg_database where datname like 'slipway\\_shadow\\_' || $1 || "
        "'%'",
        {db.name()});
    for (auto const row : found) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

} // namespace slipway::support
