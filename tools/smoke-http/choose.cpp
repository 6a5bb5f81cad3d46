// SPDX-License-Identifier: Apache-2.0
#include "choose.hpp"

#include "json/value.hpp"

#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

using config::Node;

namespace {

bool any_of(std::vector<std::string> const& words, std::vector<std::string> const& in) {
    return std::any_of(words.begin(), words.end(), [&](std::string const& word) {
        return std::find(in.begin(), in.end(), word) != in.end();
    });
}

bool names_variable(std::string const& text, std::string const& name) {
    return text.find("{{" + name + "}}") != std::string::npos ||
           text.find("{{ " + name + " }}") != std::string::npos ||
           text.find("$" + name) != std::string::npos;
}

} // namespace

Outline outline_of(Node const& node) {
    Outline out;
    if (!node.is_map()) {
        return out; // reading the step says what is wrong
    }
    out.tags = node.texts("tags");
    out.needs = node.texts("needs");
    auto const capture = node.find("capture");
    if (capture && capture->is_map()) {
        for (auto const& member : capture->members()) {
            out.captures.push_back(member.first);
        }
    }
    out.text = json::write(node.value());
    return out;
}

std::vector<Node> choose(std::vector<Node> const& nodes, std::vector<std::string> const& tags) {
    if (tags.empty()) {
        return nodes;
    }
    std::vector<Outline> outlines;
    std::transform(nodes.begin(), nodes.end(), std::back_inserter(outlines), outline_of);
    std::vector<bool> chosen(nodes.size(), false);
    for (std::size_t i = nodes.size(); i-- > 0;) {
        chosen[i] = any_of(tags, outlines[i].tags);
        auto const id = nodes[i].is_map() ? nodes[i].text("id").value_or("") : "";
        for (std::size_t later = i + 1; later < nodes.size() && !chosen[i]; ++later) {
            auto const& needs = outlines[later].needs;
            bool const needed = std::find(needs.begin(), needs.end(), id) != needs.end() ||
                                std::any_of(
                                    outlines[i].captures.begin(),
                                    outlines[i].captures.end(),
                                    [&](std::string const& name) {
                                        return names_variable(outlines[later].text, name);
                                    });
            chosen[i] = chosen[later] && needed;
        }
    }
    std::vector<Node> out;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (chosen[i]) {
            out.push_back(nodes[i]);
        }
    }
    return out;
}

} // namespace slipway::smoke_http
