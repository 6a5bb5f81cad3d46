// SPDX-License-Identifier: Apache-2.0
#include "support/links_urls.hpp"

#include "fs/file.hpp"
#include "json/value.hpp"

#include <nlohmann/json.hpp>

namespace slipway::support {

std::vector<JudgedUrl> judged_urls() {
    fs::Path const path = fs::Path{SLIPWAY_SOURCE_DIR} / "tests/unit/links-migrate/urls.json";
    std::vector<JudgedUrl> out;
    for (auto const& entry : json::parse(fs::read_file(path), path.string())) {
        JudgedUrl one;
        one.url = entry.at("url").get<std::string>();
        one.verdict = entry.at("verdict").get<std::string>();
        one.add_https = entry.value("add_https", false);
        // Long ones are written short: a text that is repeated at the end.
        if (entry.contains("then")) {
            for (int i = 0; i < entry["then"][1].get<int>(); ++i) {
                one.url += entry["then"][0].get<std::string>();
            }
        }
        out.push_back(std::move(one));
    }
    return out;
}

} // namespace slipway::support
