// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "health_check.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::health_check::definition);
}
