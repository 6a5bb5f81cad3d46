// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "record/record.hpp"
#include "secret/redactor.hpp"

#include <string_view>

namespace slipway::record {

/// The record as JSON, cleaned of secrets; every string valid UTF-8.
json::Value to_json(Record const& record, secret::Redactor const& redactor);

/// Replaces the file atomically with the record, indented for people who look into it.
void write(Record const& record, fs::Path const& path, secret::Redactor const& redactor);

/// The same, leaving in `data` what was written: cleaned in its place, for it may be large.
void write_and_redact(Record& record, fs::Path const& path, secret::Redactor const& redactor);

/// As write() for the record that says `running`, which a crash of the machine may leave empty: it
/// would be no evidence either way.
void write_opening(Record const& record, fs::Path const& path, secret::Redactor const& redactor);

/// Moves an older record out of the way, named after its start time: a record is never
/// overwritten. Does nothing where there is none.
void archive(fs::Path const& path);

/// Describes a file that the run made, for `artifacts`: hashes it and measures it. The path is
/// relative to the record's folder where it lies below it.
Artifact artifact_of(std::string kind, fs::Path const& file, fs::Path const& record_folder);

/// The same for a file, or a folder, whose size and checksum are known already.
Artifact artifact_of(
    std::string kind,
    fs::Path const& file,
    fs::Path const& record_folder,
    std::uint64_t bytes,
    std::string sha256);

/// SHA-256 of a file of any size, read in pieces, as lower-case hexadecimal digits.
std::string sha256_of_file(fs::Path const& file);

} // namespace slipway::record
