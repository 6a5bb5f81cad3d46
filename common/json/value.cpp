// SPDX-License-Identifier: Apache-2.0
#include "json/value.hpp"

#include "error/error.hpp"
#include "json/build.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::json {

namespace {

constexpr int deepest = 200;

Where place_of(std::string_view text, std::string_view name, std::size_t offset) {
    auto const before = text.substr(0, std::min(offset, text.size()));
    auto const newline = before.rfind('\n');
    Where where;
    where.file = name;
    where.line = 1 + std::count(before.begin(), before.end(), '\n');
    where.column = static_cast<std::int64_t>(
        newline == std::string_view::npos ? before.size() + 1 : before.size() - newline);
    return where;
}

// nlohmann's message is "[json.exception.parse_error.101] parse error at line 1, column 5: …".
std::string cause_of(std::string_view what) {
    auto const colon = what.find(": ");
    return std::string{colon == std::string_view::npos ? what : what.substr(colon + 2)};
}

// Hands the text to the library and tells how far it has read.
class Reader {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = char const*;
    using reference = char const&;

    Reader(char const* at, char const** seen) : at_(at), seen_(seen) {}

    reference operator*() const { return *at_; }
    Reader& operator++() {
        ++at_;
        if (seen_ != nullptr) {
            *seen_ = at_;
        }
        return *this;
    }
    Reader operator++(int) {
        Reader const before = *this;
        ++*this;
        return before;
    }
    bool operator==(Reader const& other) const { return at_ == other.at_; }

private:
    char const* at_;
    char const** seen_;
};

// Refuses what the library lets pass: it keeps the last of two equal keys in silence, which hides
// typing errors, and nests as deep as the memory goes.
class Guard {
public:
    Guard(std::string_view text, std::string_view name, char const* const& seen)
        : text_(text), name_(name), seen_(seen) {}

    void hear(int level, Value::parse_event_t event, Value const& parsed) {
        switch (event) {
        case Value::parse_event_t::object_start:
            keys_.emplace_back();
            require_flat(level);
            break;
        case Value::parse_event_t::array_start:
            require_flat(level);
            break;
        case Value::parse_event_t::object_end:
            keys_.pop_back();
            break;
        case Value::parse_event_t::key:
            if (!keys_.back().insert(parsed.get<std::string>()).second) {
                auto const key = parsed.get<std::string>();
                refuse(
                    start_of_key(key),
                    fmt::format("the key \"{}\" occurs twice", text::printable_line(key)));
            }
            break;
        case Value::parse_event_t::array_end:
        case Value::parse_event_t::value:
            break;
        }
    }

    [[noreturn]] void refuse(std::size_t offset, std::string const& cause) const {
        Where const where = place_of(text_, name_, offset);
        throw Error{ErrorKind::usage, fmt::format("{}: {}", where.text(), cause)}.with_where(where);
    }

    // The number that was read last; the library looks one character further.
    [[nodiscard]] std::size_t start_of_number() const {
        constexpr std::string_view digits = "0123456789+-.eE";
        auto const end = text_.find_last_of(digits, read() > 0 ? read() - 1 : 0);
        auto const before = text_.find_last_not_of(digits, end);
        return before == std::string_view::npos ? 0 : before + 1;
    }

private:
    [[nodiscard]] std::size_t read() const {
        return static_cast<std::size_t>(seen_ - text_.data());
    }

    void require_flat(int level) const {
        if (level >= deepest) {
            refuse(read() - 1, fmt::format("nested deeper than {} levels", deepest));
        }
    }

    // Where the key was written without escapes; else where it ends.
    [[nodiscard]] std::size_t start_of_key(std::string_view key) const {
        std::size_t const length = key.size() + 2;
        std::size_t const start = read() >= length ? read() - length : 0;
        return text_.substr(start + 1, key.size()) == key ? start : read();
    }

    std::string_view text_;
    std::string_view name_;
    char const* const& seen_;
    std::vector<std::set<std::string>> keys_;
};

} // namespace

Box::Box() : value_(std::make_unique<Value>(Value::object())) {}
Box::Box(Value value) : value_(std::make_unique<Value>(std::move(value))) {}
Box::Box(Box const& other) : value_(std::make_unique<Value>(*other.value_)) {}
Box& Box::operator=(Box const& other) {
    if (this != &other) {
        *value_ = *other.value_;
    }
    return *this;
}
Box::Box(Box&& other) noexcept : value_(std::make_unique<Value>()) {
    value_.swap(other.value_);
}
Box& Box::operator=(Box&& other) noexcept {
    value_.swap(other.value_);
    return *this;
}
Box::~Box() = default;

Value parse(std::string_view text, std::string_view name) {
    if (auto value = build(text, deepest)) {
        return std::move(*value);
    }
    char const* seen = text.data();
    Guard guard{text, name, seen};
    auto const watch = [&](int level, Value::parse_event_t event, Value& parsed) {
        guard.hear(level, event, parsed);
        return true;
    };
    try {
        return Value::parse(
            Reader{text.data(), &seen}, Reader{text.data() + text.size(), nullptr}, watch);
    } catch (Value::parse_error const& error) {
        Where const where = place_of(text, name, error.byte > 0 ? error.byte - 1 : 0);
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{} is not JSON: {}", where.text(), text::printable_line(cause_of(error.what())))}
            .with_where(where);
    } catch (Value::out_of_range const& error) {
        guard.refuse(guard.start_of_number(), text::printable_line(cause_of(error.what())));
    }
}

std::string write(Value const& value, bool indented) {
    if (!indented) {
        return value.dump(-1, ' ', false, Value::error_handler_t::replace);
    }
    return value.dump(2, ' ', false, Value::error_handler_t::replace) + "\n";
}

Value const& at(Value const& object, std::string_view key) {
    static Value const null;
    if (!object.is_object()) {
        return null;
    }
    auto const found = object.find(std::string{key});
    return found == object.end() ? null : *found;
}

std::string text_at(Value const& object, std::string_view key, std::string_view otherwise) {
    Value const& value = at(object, key);
    return value.is_string() ? value.get<std::string>() : std::string{otherwise};
}

namespace {

// Follows the events of the parser up to the wanted member of the outermost object.
class Seeker {
public:
    explicit Seeker(std::string_view key) : key_(key) {}

    [[nodiscard]] std::string const& found() const { return found_; }

    bool null() { return goes_on(); }
    bool boolean(bool /*value*/) { return goes_on(); }
    bool number_integer(std::int64_t /*value*/) { return goes_on(); }
    bool number_unsigned(std::uint64_t /*value*/) { return goes_on(); }
    bool number_float(double /*value*/, std::string const& /*text*/) { return goes_on(); }
    bool binary(Value::binary_t const& /*value*/) { return goes_on(); }
    bool string(std::string& value) {
        if (is_next_) {
            found_ = std::move(value);
        }
        return goes_on();
    }
    bool start_object(std::size_t /*size*/) { return goes_down(); }
    bool start_array(std::size_t /*size*/) { return goes_down(); }
    bool end_object() { return goes_up(); }
    bool end_array() { return goes_up(); }
    bool key(std::string const& name) {
        is_next_ = level_ == 1 && name == key_;
        return true;
    }
    static bool
    parse_error(std::size_t /*at*/, std::string const& /*token*/, std::exception const& /*why*/) {
        return false;
    }

private:
    [[nodiscard]] bool goes_on() const { return !is_next_ && level_ > 0; }
    bool goes_down() {
        ++level_;
        return !is_next_;
    }
    bool goes_up() {
        --level_;
        return level_ > 0;
    }

    std::string_view key_;
    std::string found_;
    int level_ = 0;
    bool is_next_ = false;
};

} // namespace

std::string early_text(std::string_view text, std::string_view key) {
    Seeker seeker{key};
    static_cast<void>(Value::sax_parse(text.begin(), text.end(), &seeker));
    return seeker.found();
}

} // namespace slipway::json
