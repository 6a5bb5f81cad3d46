// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "github_deployment.hpp"

int main(int argc, char** argv) {
    return slipway::tool::main(argc, argv, slipway::github_deployment::definition);
}
