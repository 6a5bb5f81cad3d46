// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "smoke_http.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::smoke_http::definition);
}
