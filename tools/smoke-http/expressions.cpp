// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "read_step.hpp"
#include "text/utf8.hpp"

#include <algorithm>

namespace slipway::smoke_http {

std::size_t Expressions::add(std::string text, Where where) {
    auto const known = std::find(texts_.begin(), texts_.end(), text);
    if (known != texts_.end()) {
        return static_cast<std::size_t>(known - texts_.begin());
    }
    texts_.push_back(std::move(text));
    places_.push_back(std::move(where));
    return texts_.size() - 1;
}

std::shared_ptr<expr::Program const>
Expressions::compile(std::vector<std::string> const& variables) const {
    try {
        return std::make_shared<expr::Program>(expr::compile(texts_, variables));
    } catch (Error const& error) {
        // The message names the expression, and only this room knows where it stands.
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            if (error.message().find(text::printable_line(texts_[i])) != std::string::npos) {
                throw error.with_context(places_[i].text()).with_where(places_[i]);
            }
        }
        throw;
    }
}

} // namespace slipway::smoke_http
