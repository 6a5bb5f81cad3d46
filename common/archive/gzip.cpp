// SPDX-License-Identifier: Apache-2.0
#include "archive/gzip.hpp"

#include "error/error.hpp"

#include <algorithm>
#include <cstdint>
#include <isa-l/igzip_lib.h>
#include <limits>
#include <utility>
#include <vector>

namespace slipway::archive {

namespace {

constexpr std::size_t step = std::size_t{256} << 10U; // by which the output grows

} // namespace

// The compressor holds pointers into itself, so it stays where it was made.
struct GzipMembers::State {
    isal_zstream stream{};
    std::vector<std::uint8_t> level_buffer = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
    std::string out;
    std::size_t used = 0;
    bool open = false;

    void begin() {
        isal_deflate_init(&stream);
        stream.level = 1;
        stream.level_buf = level_buffer.data();
        stream.level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
        stream.gzip_flag = IGZIP_GZIP;
        stream.flush = NO_FLUSH;
        open = true;
    }

    // Runs until the input is taken in and, at a member's end, all of it is written.
    void run(std::string_view bytes, bool last) {
        stream.end_of_stream = last ? 1 : 0;
        do {
            auto const piece = bytes.substr(
                0, std::min<std::size_t>(bytes.size(), std::numeric_limits<std::int32_t>::max()));
            stream.next_in =
                reinterpret_cast<std::uint8_t*>( // NOLINT(*-reinterpret-cast,*-const-cast)
                    const_cast<char*>(piece.data()));
            stream.avail_in = static_cast<std::uint32_t>(piece.size());
            if (out.size() - used < step / 2) {
                out.resize(std::max(out.size() * 2, used + step));
            }
            stream.next_out =
                reinterpret_cast<std::uint8_t*>(out.data() + used); // NOLINT(*-reinterpret-cast)
            stream.avail_out = static_cast<std::uint32_t>(
                std::min<std::size_t>(out.size() - used, std::size_t{1} << 30U));
            auto const room = stream.avail_out;
            if (isal_deflate(&stream) != COMP_OK) {
                throw Error{ErrorKind::internal, "the compressor refused its input"};
            }
            used += room - stream.avail_out;
            bytes.remove_prefix(piece.size() - stream.avail_in);
        } while (!bytes.empty() || (last && stream.internal_state.state != ZSTATE_END));
    }
};

GzipMembers::GzipMembers() : state_(std::make_unique<State>()) {}
GzipMembers::GzipMembers(GzipMembers&&) noexcept = default;
GzipMembers& GzipMembers::operator=(GzipMembers&&) noexcept = default;
GzipMembers::~GzipMembers() = default;

void GzipMembers::add(std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    if (!state_->open) {
        state_->begin();
    }
    state_->run(bytes, false);
}

std::size_t GzipMembers::ready() const {
    return state_->used;
}

std::string_view GzipMembers::take() {
    if (state_->open) {
        state_->run({}, true);
        state_->open = false;
    }
    return std::string_view{state_->out}.substr(0, std::exchange(state_->used, 0));
}

} // namespace slipway::archive
