// SPDX-License-Identifier: Apache-2.0
#include "event_folder.hpp"

namespace slipway::monitor {

namespace {

constexpr std::size_t longest_event = 32 * 1024;
constexpr std::string_view python_begin = "Traceback (most recent call last):";

bool is_indented(std::string_view text) {
    return text.size() > 1 && (text.front() == ' ' || text.front() == '\t');
}

bool is_closing(std::string_view text) {
    return text == "}" || text == "]" || text == "})" || text == "};";
}

bool is_java_cause(std::string_view text) {
    return text.starts_with("Caused by: ") || text.starts_with("Suppressed: ") ||
           text.starts_with("Wrapped by: ");
}

bool is_of_go(std::string_view text) {
    return text.starts_with("goroutine ") || text.starts_with("created by ") ||
           text.starts_with("[signal ") || text.starts_with("exit status ") || text.ends_with(')');
}

} // namespace

bool EventFolder::continues(std::string_view text) const {
    if (shape_ == Shape::none || text.starts_with('{')) {
        return false;
    }
    if (is_indented(text) || is_java_cause(text) || (open_lines_ > 1 && is_closing(text))) {
        return true;
    }
    switch (shape_) {
    case Shape::none:
        break;
    case Shape::plain:
        // The line that says what was attempted, and then the trace.
        return open_lines_ == 1 && text.starts_with(python_begin) && !open_.empty();
    case Shape::python:
        return true; // the line after the frames is the exception itself
    case Shape::go:
        return text.empty() || is_of_go(text);
    }
    return false;
}

void EventFolder::line(std::string_view text, std::uint64_t mark) {
    if (text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    if (!continues(text)) {
        cut();
        if (text.empty()) {
            ++lines_;
            return;
        }
        mark_ = mark;
        open_ = text.substr(0, longest_event);
        open_lines_ = 1;
        shape_ = text.starts_with('{')                                              ? Shape::none
                 : text.find(python_begin) != std::string_view::npos                ? Shape::python
                 : text.starts_with("panic: ") || text.starts_with("fatal error: ") ? Shape::go
                                                                                    : Shape::plain;
        if (shape_ == Shape::none) {
            cut();
        }
        return;
    }
    if (open_.size() + text.size() + 1 < longest_event) {
        open_ += '\n';
        open_ += text;
    }
    ++open_lines_;
    if (text.starts_with(python_begin)) {
        shape_ = Shape::python;
    } else if (shape_ == Shape::python && !is_indented(text)) {
        shape_ = Shape::plain;
    }
}

void EventFolder::cut() {
    shape_ = Shape::none;
    if (open_lines_ > 0) {
        lines_ += static_cast<std::int64_t>(open_lines_);
        open_lines_ = 0;
        take_(open_);
        open_.clear();
    }
}

std::optional<std::uint64_t> EventFolder::held() const {
    return open_lines_ > 0 ? std::optional{mark_} : std::nullopt;
}

} // namespace slipway::monitor
