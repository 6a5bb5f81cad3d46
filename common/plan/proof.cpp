// SPDX-License-Identifier: Apache-2.0
#include "plan/proof.hpp"

#include "plan/name.hpp"
#include "plan/phrase.hpp"

#include <span>

namespace slipway::plan {

namespace {

using Terms = std::span<sql::Token const>;

std::size_t bracket_end(Terms tokens, std::size_t open) {
    int depth = 0;
    for (std::size_t i = open; i < tokens.size(); ++i) {
        depth += tokens[i].kind == sql::Token::Kind::open ? 1 : 0;
        depth -= tokens[i].kind == sql::Token::Kind::close ? 1 : 0;
        if (depth == 0) {
            return i;
        }
    }
    return tokens.size();
}

bool is_the_test(Terms tokens, std::string_view column) {
    if (tokens.size() != 4) {
        return false;
    }
    auto const name = parts_of_name(tokens[0].text);
    return name.size() == 1 && name.front() == column && tokens[1].is("is") &&
           tokens[2].is("not") && tokens[3].is("null");
}

// One pass for AND at the top level; an OR there, or any other operator, proves nothing.
bool implies(Terms tokens, std::string_view column) {
    while (tokens.size() > 2 && tokens[0].kind == sql::Token::Kind::open &&
           bracket_end(tokens, 0) == tokens.size() - 1) {
        tokens = tokens.subspan(1, tokens.size() - 2);
    }
    std::size_t from = 0;
    bool split = false;
    bool found = false;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].kind == sql::Token::Kind::open) {
            i = bracket_end(tokens, i);
        } else if (tokens[i].is("or") || tokens[i].is("case") || tokens[i].is("between")) {
            return false;
        } else if (tokens[i].is("and")) {
            found = found || implies(tokens.subspan(from, i - from), column);
            from = i + 1;
            split = true;
        }
    }
    return split ? found || implies(tokens.subspan(from), column) : is_the_test(tokens, column);
}

} // namespace

bool implies_not_null(std::string_view expression, std::string_view column) {
    auto const tokens = tokens_of(expression);
    return implies(tokens, column);
}

} // namespace slipway::plan
