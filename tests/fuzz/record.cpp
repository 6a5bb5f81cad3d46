// SPDX-License-Identifier: Apache-2.0
// Any bytes as the record of another tool.
#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "record/read.hpp"

#include <cstdlib>
#include <fstream>

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text{reinterpret_cast<char const*>(data), size};
    static fs::TempFolder const folder{"slipway-fuzz"};
    static_cast<void>(record::is_record(text));
    fs::Path const path = folder.path() / "record.json";
    std::ofstream{path, std::ios::binary}.write(text.data(), std::ssize(text));
    try {
        static_cast<void>(record::read(path));
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::usage) {
            std::abort();
        }
    }
    return 0;
}
