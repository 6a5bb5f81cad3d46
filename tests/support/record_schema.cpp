// SPDX-License-Identifier: Apache-2.0
#include "support/record_schema.hpp"

#include "json/schema.hpp"
#include "text/join.hpp"

#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

fs::Path schema_file(std::string_view name) {
    return fs::Path{SLIPWAY_SOURCE_DIR} / "docs" / "schema" / (std::string{name} + ".json");
}

// Each schema is read once a test run: parsing one takes longer than a check.
json::Schema const& schema(std::string_view name) {
    static std::map<std::string, json::Schema, std::less<>> known;
    auto found = known.find(name);
    if (found == known.end()) {
        fs::Path const file = schema_file(name);
        json::Schema read{json::parse(fs::read_file(file), file.string()), file.string()};
        found = known.emplace(std::string{name}, std::move(read)).first;
    }
    return found->second;
}

} // namespace

std::vector<std::string> schema_violations(std::string_view name, json::Value const& document) {
    std::vector<std::string> out;
    for (auto const& violation : schema(name).check(document)) {
        out.push_back(violation.pointer + ": " + violation.message);
    }
    return out;
}

void require_valid_record(json::Value const& document) {
    auto faults = schema_violations("record-1", document);
    std::string const own = json::text_at(document, "tool") + "-1";
    if (std::filesystem::exists(schema_file(own))) {
        for (auto const& fault : schema_violations(own, json::at(document, "data"))) {
            faults.push_back("/data" + fault);
        }
    }
    if (!faults.empty()) {
        throw std::runtime_error{
            "no valid record: " + text::join(faults, "; ") + "\n" + json::write(document, true)};
    }
}

void require_valid_record(fs::Path const& file) {
    require_valid_record(json::parse(fs::read_file(file), file.string()));
}

} // namespace slipway::support
