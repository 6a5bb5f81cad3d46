// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

namespace slipway::support {

/// How many lines of a series hold the word.
inline int lines_with(fs::Path const& series, std::string_view word) {
    std::ifstream in{series};
    int out = 0;
    for (std::string line; std::getline(in, line);) {
        out += line.find(word) != std::string::npos ? 1 : 0;
    }
    return out;
}

/// Waits until `more` further samples of a watch that goes on stand in its series; false where
/// that takes more than two minutes.
inline bool await_samples(fs::Path const& series, int more) {
    constexpr std::string_view sample = R"("kind":"sample")";
    int const wanted = lines_with(series, sample) + more;
    for (int tries = 0; tries < 6000; ++tries) {
        if (lines_with(series, sample) >= wanted) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return false;
}

} // namespace slipway::support
