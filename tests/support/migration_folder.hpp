// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/temp_folder.hpp"
#include "migration/file.hpp"
#include "support/errors.hpp"

#include <string>
#include <string_view>

namespace slipway::support {

/// A folder of migrations without a database, to be read.
struct MigrationFolder {
    fs::TempFolder folder{"slipway-test-"};

    void file(std::string const& name, std::string_view content = "select 1;\n") const {
        fs::make_folder((folder.path() / name).parent_path());
        fs::write_atomic(folder.path() / name, content);
    }

    [[nodiscard]] migration::Folder read() const {
        return migration::read_folder(folder.path(), "auto");
    }

    [[nodiscard]] Error refused() const {
        return error_of([&] { static_cast<void>(read()); });
    }
};

/// The versions of its files, in their order.
inline std::string versions(migration::Folder const& folder) {
    std::string out;
    for (auto const& file : folder.files) {
        out += (out.empty() ? "" : ", ") + file.version;
    }
    return out;
}

} // namespace slipway::support
