// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment/model.hpp"
#include "fs/temp_folder.hpp"
#include "record/write.hpp"
#include "time/rfc3339.hpp"

#include <string>
#include <vector>

/// A folder with the records of a deployment, written as the tools write them.
class Deployment {
public:
    /// A record that began so many seconds after ten o'clock and passed after `length` seconds.
    static slipway::record::Record passed(std::string tool, int second, int length = 1) {
        slipway::record::Record record;
        record.tool = std::move(tool);
        record.version = "0.1.0";
        record.run.id = "run-1";
        record.run.environment = "staging";
        record.run.name = "shop";
        record.run.commit = "3f2a9c1d5e7b";
        record.status = slipway::record::Status::passed;
        record.exit_code = 0;
        record.started_at = *slipway::time::from_rfc3339("2026-01-31T10:00:00Z") +
                            slipway::time::Milliseconds{second * 1000};
        record.duration = slipway::time::Milliseconds{length * 1000};
        record.finished_at = record.started_at + record.duration;
        record.summary = "did what it should";
        return record;
    }

    static slipway::record::Check check(
        std::string id,
        slipway::record::CheckStatus status,
        slipway::record::Severity severity = slipway::record::Severity::major) {
        slipway::record::Check out;
        out.id = std::move(id);
        out.title = "title of " + out.id;
        out.status = status;
        out.severity = severity;
        return out;
    }

    slipway::record::Found
    write(slipway::record::Record const& record, std::string const& file) const {
        auto const path = folder() / file;
        slipway::fs::make_folder(path.parent_path());
        slipway::record::write(record, path, {});
        return slipway::record::read(path);
    }

    void put(std::string const& file, std::string const& content) const {
        slipway::fs::make_folder((folder() / file).parent_path());
        slipway::fs::write_atomic(folder() / file, content);
    }

    [[nodiscard]] slipway::record::Artifact artifact(std::string const& file) const {
        return slipway::record::artifact_of("file", folder() / file, folder());
    }

    void build(slipway::deployment::Report& report) const {
        slipway::deployment::build(
            report,
            slipway::deployment::gather({folder()}),
            {"", "0.1.0", *slipway::time::from_rfc3339("2026-01-31T12:00:00Z"), {}});
    }

    [[nodiscard]] slipway::fs::Path const& folder() const { return folder_.path(); }

private:
    slipway::fs::TempFolder folder_{"report-test"};
};
