// SPDX-License-Identifier: Apache-2.0
#include "line_cutter.hpp"

namespace slipway::monitor {

namespace {
constexpr std::size_t longest = 64 * 1024;
} // namespace

void LineCutter::add(std::string_view bytes, std::uint64_t offset, LineSink& into) {
    while (!bytes.empty()) {
        auto const end = bytes.find('\n');
        bool const whole = end != std::string_view::npos;
        auto const part = bytes.substr(0, end);
        auto const taken = part.size() + (whole ? 1 : 0);
        if (passing_) {
            passing_ = !whole;
        } else if (whole && held_.empty() && part.size() <= longest) {
            into.line(part, offset);
        } else {
            begin_ = held_.empty() ? offset : begin_;
            held_ += part.substr(0, longest - std::min(longest, held_.size()));
            if (whole || held_.size() >= longest) {
                into.line(held_, begin_);
                held_.clear();
                passing_ = !whole;
            }
        }
        offset += taken;
        bytes.remove_prefix(taken);
    }
}

void LineCutter::flush(LineSink& into) {
    if (!held_.empty()) {
        into.line(held_, begin_);
    }
    restart(false);
}

} // namespace slipway::monitor
