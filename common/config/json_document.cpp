// SPDX-License-Identifier: Apache-2.0
#include "config/bounds.hpp"
#include "config/document.hpp"

#include <nlohmann/json.hpp>

namespace slipway::config {

namespace {

// Walks JSON that is known to be well-formed, and notes where each value starts.
class Walker {
public:
    Walker(std::string_view text, std::string_view name) : text_(text), name_(name) {}

    Places run() {
        if (text_.starts_with("\xEF\xBB\xBF")) {
            at_ = 3;
            line_start_ = 3;
        }
        walk({});
        return std::move(places_);
    }

private:
    // Recursive, and bounded: json::parse refuses deep nesting.
    void walk(std::string const& pointer) {
        skip_blank();
        places_.emplace(pointer, place());
        if (places_.size() > most_values) {
            throw fault(name_, place(), "the document has more than 100,000 values");
        }
        switch (text_[at_]) {
        case '{':
            walk_object(pointer);
            break;
        case '[':
            walk_array(pointer);
            break;
        case '"':
            skip_string();
            break;
        default:
            at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        }
    }

    void walk_object(std::string const& pointer) {
        ++at_;
        skip_blank();
        while (text_[at_] != '}') {
            std::size_t const start = at_;
            skip_string();
            auto const key = nlohmann::json::parse(text_.substr(start, at_ - start));
            skip_blank();
            ++at_; // the colon
            walk(below(pointer, key.get_ref<std::string const&>()));
            skip_comma();
        }
        ++at_;
    }

    void walk_array(std::string const& pointer) {
        ++at_;
        skip_blank();
        for (std::size_t index = 0; text_[at_] != ']'; ++index) {
            walk(below(pointer, std::to_string(index)));
            skip_comma();
        }
        ++at_;
    }

    void skip_string() {
        for (++at_; text_[at_] != '"'; ++at_) {
            if (text_[at_] == '\\') {
                ++at_;
            }
        }
        ++at_;
    }

    void skip_comma() {
        skip_blank();
        if (text_[at_] == ',') {
            ++at_;
            skip_blank();
        }
    }

    void skip_blank() {
        for (; at_ < text_.size(); ++at_) {
            char const byte = text_[at_];
            if (byte == '\n') {
                ++line_;
                line_start_ = at_ + 1;
            } else if (byte != ' ' && byte != '\t' && byte != '\r') {
                return;
            }
        }
    }

    [[nodiscard]] Place place() const {
        return {line_, static_cast<std::int64_t>(at_ - line_start_) + 1};
    }

    std::string_view text_;
    std::string_view name_;
    std::size_t at_ = 0;
    std::int64_t line_ = 1;
    std::size_t line_start_ = 0;
    Places places_;
};

} // namespace

Document parse_json(std::string_view text, std::string_view name) {
    json::Box value{json::parse(text, name)};
    return Document{std::string{name}, std::move(value), Walker{text, name}.run()};
}

} // namespace slipway::config
