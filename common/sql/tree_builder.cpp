// SPDX-License-Identifier: Apache-2.0
#include "sql/tree_builder.hpp"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace slipway::sql {

namespace {

using json::Value;

// As the library's own, but with room for a node's members from the start: an object keeps them in
// a vector of pairs whose key is const, so that each time it grows all that is below is copied.
class Builder {
public:
    bool null() { return add(nullptr); }
    bool boolean(bool value) { return add(value); }
    bool number_integer(std::int64_t value) { return add(value); }
    bool number_unsigned(std::uint64_t value) { return add(value); }
    bool number_float(double value, std::string const& /*text*/) { return add(value); }
    bool string(std::string& value) { return add(std::move(value)); }
    bool binary(Value::binary_t& /*value*/) { return false; } // JSON has none

    bool start_object(std::size_t /*size*/) {
        constexpr std::size_t usual_members = 10;
        Value* const made = place(Value::object());
        made->get_ptr<Value::object_t*>()->reserve(usual_members);
        open_.push_back(made);
        return true;
    }

    bool key(std::string& name) {
        key_ = std::move(name);
        return true;
    }

    bool start_array(std::size_t /*size*/) {
        open_.push_back(place(Value::array()));
        return true;
    }

    bool end_object() { return close(); }
    bool end_array() { return close(); }

    bool parse_error(
        std::size_t /*at*/,
        std::string const& /*token*/,
        nlohmann::detail::exception const& /*error*/) {
        return false;
    }

    Value root;

private:
    bool close() {
        open_.pop_back();
        return true;
    }

    template <typename Scalar>
    bool add(Scalar&& value) {
        place(Value(std::forward<Scalar>(value)));
        return true;
    }

    // What is open is the last of what is around it, which does not grow before that is closed.
    Value* place(Value value) {
        if (open_.empty()) {
            root = std::move(value);
            return &root;
        }
        Value& outer = *open_.back();
        if (outer.is_array()) {
            outer.push_back(std::move(value));
            return &outer.back();
        }
        auto& members = *outer.get_ptr<Value::object_t*>();
        // Not by its key: the library writes none twice, and would be asked for each before it.
        return &members.Container::emplace_back(std::move(key_), std::move(value)).second;
    }

    std::vector<Value*> open_;
    std::string key_;
};

} // namespace

std::optional<Value> build_tree(std::string_view text) {
    Builder builder;
    return Value::sax_parse(text, &builder) ? std::optional{std::move(builder.root)} : std::nullopt;
}

} // namespace slipway::sql
