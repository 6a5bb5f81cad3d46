// SPDX-License-Identifier: Apache-2.0
#include "json/build.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace slipway::json {

namespace {

// What is open lies on a stack, and becomes an object once its size is known: an object keeps its
// members in a vector of pairs whose key is const, so that all is copied each time that it grows.
class Builder {
public:
    using Size = rapidjson::SizeType;

    explicit Builder(std::size_t deepest) : deepest_(deepest) {}

    // NOLINTBEGIN(readability-identifier-naming): RapidJSON calls them
    bool Null() { return add(nullptr); }
    bool Bool(bool value) { return add(value); }
    bool Int(int value) { return add(std::int64_t{value}); }
    bool Uint(unsigned value) { return add(std::uint64_t{value}); }
    bool Int64(std::int64_t value) { return add(value); }
    bool Uint64(std::uint64_t value) { return add(value); }
    bool Double(double value) { return add(value); }
    bool RawNumber(char const* text, Size size, bool /*copy*/) { return add_number({text, size}); }
    bool String(char const* text, Size size, bool /*copy*/) {
        std::string value{text, size};
        return is_utf8(value) && add(std::move(value));
    }

    bool Key(char const* text, Size size, bool /*copy*/) {
        key_.assign(text, size);
        return is_utf8(key_);
    }

    bool StartObject() { return open(); }
    bool StartArray() { return open(); }

    bool EndObject(Size count) {
        auto const first = stack_.end() - static_cast<std::ptrdiff_t>(count);
        if (has_key_twice(first, count)) {
            return false;
        }
        auto made = Value::object();
        auto& members = made.get_ref<Value::object_t&>();
        members.reserve(count);
        for (auto member = first; member != stack_.end(); ++member) {
            members.Value::object_t::Container::emplace_back(
                std::move(member->first), std::move(member->second));
        }
        return close(first, std::move(made));
    }

    bool EndArray(Size count) {
        auto const first = stack_.end() - static_cast<std::ptrdiff_t>(count);
        auto made = Value::array();
        auto& elements = made.get_ref<Value::array_t&>();
        elements.reserve(count);
        for (auto element = first; element != stack_.end(); ++element) {
            elements.push_back(std::move(element->second));
        }
        return close(first, std::move(made));
    }
    // NOLINTEND(readability-identifier-naming)

    Value take() { return std::move(stack_.front().second); }

private:
    // RapidJSON writes `\udc00`, half of a character, as if it were one.
    static bool is_utf8(std::string_view text) {
        for (auto at = text.find('\xED'); at != std::string_view::npos;
             at = text.find('\xED', at + 1)) {
            if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) {
                return false;
            }
        }
        return true;
    }

    using Stack = std::vector<std::pair<std::string, Value>>;

    bool open() {
        if (names_.size() >= deepest_) {
            return false;
        }
        names_.push_back(std::move(key_));
        key_.clear();
        return true;
    }

    bool close(Stack::iterator first, Value value) {
        stack_.erase(first, stack_.end());
        stack_.emplace_back(std::move(names_.back()), std::move(value));
        names_.pop_back();
        return true;
    }

    template <typename Scalar>
    bool add(Scalar&& value) {
        stack_.emplace_back(std::move(key_), std::forward<Scalar>(value));
        key_.clear();
        return true;
    }

    // Whole numbers are exact up to 64 bits, as nlohmann has them.
    bool add_number(std::string_view text) {
        auto const* const end = text.data() + text.size();
        if (text.find_first_of(".eE") == std::string_view::npos) {
            std::uint64_t number = 0;
            if (std::from_chars(text.data(), end, number).ec == std::errc{}) {
                return add(number);
            }
            std::int64_t negative = 0;
            if (std::from_chars(text.data(), end, negative).ec == std::errc{}) {
                return add(negative);
            }
        }
        double number = 0;
        return std::from_chars(text.data(), end, number).ec == std::errc{} && add(number);
    }

    bool has_key_twice(Stack::iterator first, Size count) {
        constexpr Size few = 8;
        if (count <= few) {
            for (auto one = first; one != stack_.end(); ++one) {
                auto const same = [&](auto const& other) {
                    return other.first == one->first;
                };
                if (std::any_of(first, one, same)) {
                    return true;
                }
            }
            return false;
        }
        std::vector<std::string_view> keys;
        keys.reserve(count);
        std::transform(first, stack_.end(), std::back_inserter(keys), [](auto const& member) {
            return std::string_view{member.first};
        });
        std::sort(keys.begin(), keys.end());
        return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
    }

    std::size_t deepest_;
    Stack stack_;
    std::vector<std::string> names_; // the keys of what is open
    std::string key_;
};

} // namespace

std::optional<Value> build(std::string_view text, std::size_t deepest) {
    // RapidJSON takes a zero byte for the end.
    if (text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    constexpr unsigned flags =
        rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
    Builder builder{deepest};
    rapidjson::MemoryStream stream{text.data(), text.size()};
    rapidjson::Reader reader;
    return reader.Parse<flags>(stream, builder).IsError() ? std::nullopt
                                                          : std::optional{builder.take()};
}

} // namespace slipway::json
