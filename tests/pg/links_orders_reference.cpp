// SPDX-License-Identifier: Apache-2.0
#include "links_orders_reference.hpp"

#include "../../tools/links-migrate/judge.hpp"
#include "json/value.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include <nlohmann/json.hpp>

namespace slipway::support {

namespace {

using json::Value;

bool is_blank_value(Value const& value) {
    return value.is_string() &&
           value.get<std::string>().find_first_not_of(" \t\r\n") == std::string::npos;
}

std::string spelled(Value const& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

bool all_digits(std::string const& text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A number as it is written without an exponent.
struct Digits {
    bool negative = false;
    std::string whole; // without leading zeros
    std::string fraction;

    static std::optional<Digits> of(Value const& value) {
        if (!value.is_number() && !value.is_string()) {
            return std::nullopt;
        }
        Digits out;
        auto text = spelled(value);
        out.negative = text.starts_with('-');
        text.erase(0, out.negative ? 1 : 0);
        auto const point = text.find('.');
        out.whole = text.substr(0, point);
        out.fraction = point == std::string::npos ? "" : text.substr(point + 1);
        if (!all_digits(out.whole) || out.whole.size() > 40 ||
            (point != std::string::npos && !all_digits(out.fraction))) {
            return std::nullopt;
        }
        out.whole.erase(0, out.whole.find_first_not_of('0'));
        return out;
    }
    [[nodiscard]] bool ends_by(std::size_t places) const {
        return fraction.find_first_not_of('0', places) == std::string::npos;
    }
};

struct OrderLine {
    std::optional<int> wanted;
    std::size_t n = 0;
    std::string rest; // all but the line
};

class OrderReference {
public:
    explicit OrderReference(Value const& value) { whole(value, false); }

    OrderedItems told() {
        std::sort(lines_.begin(), lines_.end(), [](OrderLine const& a, OrderLine const& b) {
            auto const key = [](OrderLine const& l) {
                return std::make_tuple(!l.wanted, l.wanted.value_or(0), l.n);
            };
            return key(a) < key(b);
        });
        int next = 1;
        for (auto const& line : lines_) {
            int const place = std::max(next, line.wanted.value_or(0));
            out_.rows.push_back(std::to_string(place) + "|" + line.rest);
            next = place + 1;
        }
        return out_;
    }

private:
    void whole(Value const& value, bool inside) {
        if (value.is_object()) {
            std::vector<std::string> names;
            for (auto const& [name, member] : value.items()) {
                names.push_back(name);
            }
            std::sort(names.begin(), names.end(), [](auto const& a, auto const& b) {
                return std::make_pair(a.size(), a) < std::make_pair(b.size(), b);
            });
            for (auto const& name : names) {
                item(value[name]);
            }
        } else if (value.is_array()) {
            for (auto const& element : value) {
                item(element);
            }
        } else if (value.is_string() && !inside && !is_blank_value(value)) {
            auto const decoded = links_migrate::decode(value.get<std::string>());
            if (!decoded.fault.empty()) {
                ++out_.reasons[decoded.fault];
            } else if (!decoded.json.empty()) {
                whole(json::parse(decoded.json, "text"), true);
            }
        } else if (value.is_number() || value.is_boolean()) {
            ++out_.reasons["scalar"];
        }
    }

    static std::optional<Value> first(Value const& item, std::vector<std::string> const& members) {
        for (auto const& member : members) {
            auto const found = item.is_object() ? item.find(member) : item.end();
            if (found != item.end() && !found->is_null() && !is_blank_value(*found)) {
                return *found;
            }
        }
        return std::nullopt;
    }

    void item(Value const& value) {
        ++n_;
        if (value.is_null() || is_blank_value(value) || (value.is_structured() && value.empty())) {
            ++out_.blank;
        } else if (value.is_array()) {
            ++out_.reasons["too_deep"];
        } else if (value.is_object() && value.contains("cancelled") && value["cancelled"] == true) {
            ++out_.reasons["inactive"];
        } else {
            auto const fault = line(value);
            if (!fault.empty()) {
                ++out_.reasons[fault];
            }
        }
    }

    // Why it is rejected; empty where it is not.
    std::string line(Value const& value) {
        auto const sku = value.is_object() ? first(value, {"sku", "code"}) : std::optional{value};
        if (!sku) {
            return "missing:sku";
        }
        if (sku->is_structured()) {
            return "invalid:sku";
        }
        if (text::code_points(spelled(*sku)) > 20) {
            return "too_long:sku";
        }
        auto const quantity = whole_number(first(value, {"quantity", "qty"}).value_or(1));
        if (!quantity) {
            return "invalid:quantity";
        }
        auto const price = first(value, {"price", "unit_price"});
        auto const amount = price ? money(*price) : std::optional<std::string>{"none"};
        if (!amount) {
            return "invalid:price";
        }
        auto const gift = first(value, {"gift"}).value_or(false);
        if (!(gift.is_boolean() || gift == "true" || gift == "false")) {
            return "invalid:gift";
        }
        auto const state = first(value, {"state"}).value_or("open");
        if (state != "open" && state != "sent" && state != "lost") {
            return "invalid:state";
        }
        lines_.push_back(
            {place(value),
             n_,
             spelled(*sku) + "|" + std::to_string(*quantity) + "|" + *amount + "|" + spelled(gift) +
                 "|" + state.get<std::string>() + "|EUR"});
        return "";
    }

    static std::optional<std::int64_t> whole_number(Value const& value) {
        auto const digits = Digits::of(value);
        if (!digits || !digits->ends_by(0) || digits->whole.size() > 10) {
            return std::nullopt;
        }
        auto const number = std::stoll("0" + digits->whole) * (digits->negative ? -1 : 1);
        bool const fits = number >= -2147483648LL && number <= 2147483647LL;
        return fits ? std::optional{number} : std::nullopt;
    }

    static std::optional<std::string> money(Value const& value) {
        auto const digits = Digits::of(value);
        if (!digits || !digits->ends_by(2) || digits->whole.size() > 8) {
            return std::nullopt;
        }
        auto const fraction = (digits->fraction + "00").substr(0, 2);
        auto const amount = (digits->whole.empty() ? "0" : digits->whole) + "." + fraction;
        return (digits->negative && amount != "0.00" ? "-" : "") + amount;
    }

    static std::optional<int> place(Value const& value) {
        for (char const* const member : {"line", "position"}) {
            if (!value.is_object() || !value.contains(member)) {
                continue;
            }
            auto const& found = value[member];
            auto const text = found.is_number() || found.is_string() ? spelled(found) : "";
            if (all_digits(text) && text.size() <= 6) {
                return std::stoi(text);
            }
        }
        return std::nullopt;
    }

    std::vector<OrderLine> lines_;
    std::size_t n_ = 0;
    OrderedItems out_;
};

} // namespace

OrderedItems ordered_items(Value const& value) {
    return OrderReference{value}.told();
}

} // namespace slipway::support
