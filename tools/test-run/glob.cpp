// SPDX-License-Identifier: Apache-2.0
#include "glob.hpp"

#include "error/error.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <system_error>

#include <fmt/format.h>

namespace slipway::test_run {

namespace {

constexpr std::size_t most_files = 10'000;

bool has_magic(std::string const& name) {
    return name.find_first_of("*?[") != std::string::npos;
}

std::vector<std::filesystem::directory_entry> entries_of(fs::Path const& folder) {
    std::vector<std::filesystem::directory_entry> out;
    std::error_code code;
    std::filesystem::directory_iterator at{folder.empty() ? fs::Path{"."} : folder, code};
    for (; !code && at != std::filesystem::directory_iterator{}; at.increment(code)) {
        out.push_back(*at);
    }
    return out;
}

class Expansion {
public:
    explicit Expansion(std::string_view pattern) : pattern_(pattern) {
        fs::Path const path{pattern};
        start_ = path.root_path();
        for (auto const& part : path.relative_path()) {
            if (!part.empty()) {
                parts_.push_back(part.string());
            }
        }
    }

    std::vector<fs::Path> files() {
        walk(start_, 0);
        std::sort(out_.begin(), out_.end());
        out_.erase(std::unique(out_.begin(), out_.end()), out_.end());
        return std::move(out_);
    }

private:
    void walk(fs::Path const& at, std::size_t index) {
        std::error_code ignored;
        if (index == parts_.size()) {
            if (std::filesystem::is_regular_file(at, ignored)) {
                take(at);
            }
            return;
        }
        std::string const& part = parts_[index];
        if (part == "**") {
            walk(at, index + 1);
            for (auto const& entry : entries_of(at)) {
                std::string const name = entry.path().filename().string();
                if (!name.starts_with('.') && entry.is_directory(ignored) &&
                    !entry.is_symlink(ignored)) {
                    walk(at / name, index);
                }
            }
        } else if (!has_magic(part)) {
            walk(at / part, index + 1);
        } else {
            for (auto const& entry : entries_of(at)) {
                std::string const name = entry.path().filename().string();
                if (::fnmatch(part.c_str(), name.c_str(), FNM_PERIOD) == 0) {
                    walk(at / name, index + 1);
                }
            }
        }
    }

    void take(fs::Path const& file) {
        out_.push_back(file);
        if (out_.size() > most_files) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} names more than {} files", pattern_, most_files),
                "Name the folder of the reports more closely."};
        }
    }

    std::string pattern_;
    fs::Path start_;
    std::vector<std::string> parts_;
    std::vector<fs::Path> out_;
};

} // namespace

std::vector<fs::Path> expand(std::string_view pattern) {
    return Expansion{pattern}.files();
}

} // namespace slipway::test_run
