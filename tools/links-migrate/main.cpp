// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "links_migrate.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::links_migrate::definition);
}
