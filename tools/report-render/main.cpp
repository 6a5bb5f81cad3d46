// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "report_render.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::report_render::definition);
}
