// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "rollback.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::rollback::definition);
}
