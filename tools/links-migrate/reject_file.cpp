// SPDX-License-Identifier: Apache-2.0
#include "reject_file.hpp"

#include "record/write.hpp"
#include "time/rfc3339.hpp"

#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

RejectFile::RejectFile(tool::Context& context)
    : context_(context),
      path_(
          context.folder() / (context.record_path.stem().string() + "-rejects-" +
                              time::to_basic(context.record.started_at) + ".ndjson")),
      digest_(hash::Algorithm::sha256) {}

void RejectFile::add(std::vector<Reject> const& rejects) {
    if (rejects.empty()) {
        return;
    }
    if (bytes_ == 0) {
        fs::write_atomic(path_, "", true); // also where one of the same second lies there
    }
    std::string lines;
    for (auto const& reject : rejects) {
        lines += context_.redactor.redact(json::write(to_json(reject))) + "\n";
    }
    fs::append(path_, lines);
    digest_.update(lines);
    bytes_ += lines.size();
}

void RejectFile::close() {
    if (bytes_ > 0) {
        context_.record.artifacts.push_back(
            record::artifact_of("rejects", path_, context_.folder(), bytes_, digest_.hex()));
        (*context_.record.data)["rejects_file"] = path_.filename().string();
    }
}

} // namespace slipway::links_migrate
