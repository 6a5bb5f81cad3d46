// SPDX-License-Identifier: Apache-2.0
#include "backup/extras.hpp"

#include "error/error.hpp"
#include "time/rfc3339.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::backup {

namespace {

[[noreturn]] void bad_extra(std::string_view file, std::string_view field) {
    throw Error{
        ErrorKind::usage,
        fmt::format("{}: {}: is malformed", file, field),
        "Manifests are written by db-backup; docs/schema/db-backup-1.json describes them."};
}

Encryption encryption_from(json::Value const& value, std::string_view file) {
    Encryption out;
    out.method = json::text_at(value, "method");
    out.sha256 = json::text_at(value, "sha256");
    auto const& bytes = json::at(value, "bytes");
    auto const& recipients = json::at(value, "recipients");
    if (out.method != "age" || !bytes.is_number_unsigned() || !recipients.is_array()) {
        bad_extra(file, "encryption");
    }
    out.bytes = bytes.get<std::uint64_t>();
    for (auto const& recipient : recipients) {
        if (!recipient.is_string()) {
            bad_extra(file, "encryption");
        }
        out.recipients.push_back(recipient.get<std::string>());
    }
    return out;
}

} // namespace

void add_extras(json::Value& out, Manifest const& manifest) {
    if (manifest.encryption) {
        auto const& encryption = *manifest.encryption;
        out["encryption"] = {
            {"method", encryption.method},
            {"recipients", encryption.recipients},
            {"bytes", encryption.bytes},
            {"sha256", encryption.sha256}};
    }
    if (manifest.adopted) {
        out["adopted"] = {
            {"file", manifest.adopted->file},
            {"sha256", manifest.adopted->sha256},
            {"form", manifest.adopted->form}};
    }
    if (manifest.provider_snapshot) {
        out["provider_snapshot"] = {
            {"command", manifest.provider_snapshot->command},
            {"marker", manifest.provider_snapshot->marker},
            {"taken_at", time::to_rfc3339(manifest.provider_snapshot->taken_at)}};
    }
}

void read_extras(Manifest& out, json::Value const& value, std::string_view file) {
    if (auto const& found = json::at(value, "encryption"); found.is_object()) {
        out.encryption = encryption_from(found, file);
    }
    if (auto const& found = json::at(value, "adopted"); found.is_object()) {
        out.adopted = Adopted{
            json::text_at(found, "file"),
            json::text_at(found, "sha256"),
            json::text_at(found, "form")};
    }
    if (auto const& found = json::at(value, "provider_snapshot"); found.is_object()) {
        auto const at = time::from_rfc3339(json::text_at(found, "taken_at"));
        if (!at) {
            bad_extra(file, "provider_snapshot");
        }
        out.provider_snapshot =
            ProviderSnapshot{json::text_at(found, "command"), json::text_at(found, "marker"), *at};
    }
}

} // namespace slipway::backup
