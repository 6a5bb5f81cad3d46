// SPDX-License-Identifier: Apache-2.0
// bench_rusage COMMAND…: runs it, its output to /dev/null, and prints what it took, its children
// included, as JSON: wall and CPU in ms, the peak of the largest process in KiB, its exit code.
#include <chrono>
#include <cstdio>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

double milliseconds(timeval const& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        return 2;
    }
    auto const start = std::chrono::steady_clock::now();
    pid_t const child = ::fork();
    if (child == 0) {
        int const null = ::open("/dev/null", O_RDWR);
        ::dup2(null, STDIN_FILENO);
        ::dup2(null, STDOUT_FILENO);
        ::dup2(null, STDERR_FILENO);
        ::execvp(argv[1], argv + 1);
        ::_exit(127);
    }
    int status = 0;
    rusage used{};
    if (::wait4(child, &status, 0, &used) != child) {
        return 3;
    }
    std::chrono::duration<double, std::milli> const wall = std::chrono::steady_clock::now() - start;
    std::printf(
        "{\"wall\": %.3f, \"cpu\": %.3f, \"rss\": %ld, \"code\": %d}\n",
        wall.count(),
        milliseconds(used.ru_utime) + milliseconds(used.ru_stime),
        used.ru_maxrss,
        WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
