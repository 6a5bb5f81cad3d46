// SPDX-License-Identifier: Apache-2.0
#include "deployment/gather.hpp"

#include "error/error.hpp"
#include "record/run.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace slipway::deployment {

namespace {

bool looks_like_record(fs::Path const& path) {
    if (path.extension() != ".json") {
        return false;
    }
    std::string beginning(200, '\0');
    std::ifstream in{path, std::ios::binary};
    in.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
    beginning.resize(static_cast<std::size_t>(in.gcount()));
    return record::is_record(beginning);
}

std::vector<fs::Path> files_below(fs::Path const& folder) {
    std::vector<fs::Path> out;
    std::error_code code;
    std::filesystem::recursive_directory_iterator at{
        folder, std::filesystem::directory_options::skip_permission_denied, code};
    for (; at != std::filesystem::recursive_directory_iterator{}; at.increment(code)) {
        std::error_code ignored;
        if (at->is_regular_file(ignored)) {
            out.push_back(at->path());
        }
    }
    return out;
}

} // namespace

Material gather(std::vector<fs::Path> const& paths) {
    Material material;
    std::vector<fs::Path> records;
    for (auto const& path : paths) {
        std::error_code ignored;
        if (!std::filesystem::exists(path, ignored)) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} does not exist", path.string()),
                "Name records, or the folder that the steps of the deployment wrote to."};
        }
        if (!std::filesystem::is_directory(path, ignored)) {
            records.push_back(path);
            continue;
        }
        auto const below = files_below(path);
        material.files.insert(material.files.end(), below.begin(), below.end());
    }
    std::sort(material.files.begin(), material.files.end());
    material.files.erase(
        std::unique(material.files.begin(), material.files.end()), material.files.end());
    for (auto const& file : material.files) {
        if (!looks_like_record(file)) {
            continue;
        }
        try {
            static_cast<void>(record::read(file));
            records.push_back(file);
        } catch (Error const& error) {
            material.unreadable.push_back({file, error.message()});
        }
    }
    material.records = record::collect(records);
    return material;
}

std::vector<fs::Path>
sources(std::vector<fs::Path> const& named, std::vector<fs::Path> const& handed_on) {
    std::vector<fs::Path> out = named;
    out.insert(out.end(), handed_on.begin(), handed_on.end());
    if (out.empty()) {
        out.push_back(record::folder());
    }
    return out;
}

Material
gather_at_hand(std::vector<fs::Path> const& named, std::vector<fs::Path> const& handed_on) {
    std::error_code ignored;
    bool const none =
        named.empty() && handed_on.empty() && !std::filesystem::exists(record::folder(), ignored);
    return none ? Material{} : gather(sources(named, handed_on));
}

std::size_t restrict_to(Material& material, Scope const& scope) {
    auto const differs = [](std::string const& wanted, std::string const& has) {
        return !wanted.empty() && !has.empty() && wanted != has;
    };
    return std::erase_if(material.records, [&](record::Found const& found) {
        auto const& run = found.record.run;
        return differs(scope.run_id, run.id) || differs(scope.environment, run.environment) ||
               differs(scope.name, run.name);
    });
}

} // namespace slipway::deployment
